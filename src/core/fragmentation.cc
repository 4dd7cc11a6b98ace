#include "fragmentation.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "device_parts.h"

namespace berth::core {
namespace {

using cluster::Demand;
using cluster::DeviceSet;
using cluster::kParts;

// Found by replays of a published trace and of variants of it (docs/adr/0017).
constexpr double kStranded = 0.6;  // of a device that has no CPU to go with it
constexpr double kScarce = 0.12;   // of a device at the price of 1
constexpr double kStep = 0.0845;   // of losses; a finer one spreads pods for what hardly matters

constexpr Demand::OfKind kUnknownKind{};

// What a device is worth less that had parts free `before` and has them `after`.
float LossOf(const Demand::OfKind& kind, int before, int after) {
  return kind.worth[static_cast<std::size_t>(before)] - kind.worth[static_cast<std::size_t>(after)];
}

}  // namespace

std::optional<Fragmentation> Fragmentation::Of(const Cycle& cycle) {
  const auto& demand = cycle.snapshot.outlook().demand;
  if (demand == nullptr || demand->pods == 0) {
    return std::nullopt;
  }
  return Fragmentation(demand, cycle.pod);
}

Fragmentation::Fragmentation(std::shared_ptr<const Demand> demand, const cluster::PodRequest& pod)
    : demand_(std::move(demand)),
      cpu_per_device_(static_cast<double>(demand_->cpu_per_device.count())),
      asked_(pod.demand),
      cpu_(pod.cpu) {
  const double devices = cluster::DevicesOf(asked_);
  float dearest = 0;
  for (const Demand::OfKind& kind : demand_->kinds) {
    dearest = std::max(dearest, kind.price);
  }
  least_ = -(kStranded + kScarce) * devices;
  const double strands =
      cpu_per_device_ > 0 ? static_cast<double>(cpu_.count()) / cpu_per_device_ : 0;
  const double most = devices + (kStranded * strands) + (kScarce * dearest * devices);
  range_ = most - least_ + kStep;
}

const Demand::OfKind& Fragmentation::KindOf(const NodeView& node) const {
  return node.host.kind < demand_->kinds.size() ? demand_->kinds[node.host.kind] : kUnknownKind;
}

double Fragmentation::Stranded(double devices, Millicores cpu) const {
  if (cpu_per_device_ <= 0) {
    return 0;
  }
  const double with_cpu = static_cast<double>(cpu.count()) / cpu_per_device_;
  return std::clamp(devices - with_cpu, 0.0, devices);
}

WorthLost Fragmentation::On(const NodeView& node, DeviceSet chosen) const {
  const Demand::OfKind& kind = KindOf(node);
  const Parts parts(node.row);
  const double free = InDevices(FreeParts(node.row, parts));
  WorthLost lost;
  const double taken = InDevices(TakenParts(parts, asked_, chosen));
  if (asked_.share) {
    chosen.ForEach([&](int device) {
      lost.room += LossOf(kind, parts.Free(device), parts.LeftBy(*asked_.share, device));
    });
  } else {
    lost.room = taken;
  }
  lost.stranded = Stranded(free - taken, node.host.cpu - cpu_) - Stranded(free, node.host.cpu);
  lost.scarce = kind.price * taken;
  return lost;
}

double Fragmentation::Normalised(const WorthLost& lost) const {
  constexpr double kRounding = 1e-6;
  const double sum = lost.room + (kStranded * lost.stranded) + (kScarce * lost.scarce);
  const double stepped = std::ceil((sum / kStep) - kRounding) * kStep;
  return std::clamp((stepped - least_) / range_, 0.0, 1.0);
}

double Fragmentation::OnDevice(const NodeView& node, int device) const {
  constexpr double kOfRest = 0.01;
  if (!asked_.share) {
    return 0;
  }
  const Demand::OfKind& kind = KindOf(node);
  const Parts parts(node.row);
  const int after = parts.LeftBy(*asked_.share, device);
  const double lost = LossOf(kind, parts.Free(device), after);
  return ((1 - kOfRest) * lost) + (kOfRest * after / kParts);
}

}  // namespace berth::core
