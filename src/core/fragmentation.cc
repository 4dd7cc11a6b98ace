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
using cluster::DeviceShare;
using cluster::kParts;

// Found by replays of a published trace and of variants of it (docs/adr/0017).
constexpr double kStranded = 0.6;  // of a device that has no CPU to go with it
constexpr double kScarce = 0.12;   // of a device at the price of 1
constexpr double kStep = 0.0845;   // of losses; a finer one spreads pods for what hardly matters

constexpr Demand::OfKind kUnknownKind{};

// What the device is worth less with the share on it, in devices.
float WorthLostOn(const Demand::OfKind& kind, const Parts& parts, const DeviceShare& share,
                  int device) {
  return kind.worth[static_cast<std::size_t>(parts.Free(device))] -
         kind.worth[static_cast<std::size_t>(parts.LeftBy(share, device))];
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
    : demand_(std::move(demand)), asked_(pod.demand), cpu_(pod.cpu) {
  const double devices = cluster::DevicesOf(asked_);
  float dearest = 0;
  for (const Demand::OfKind& kind : demand_->kinds) {
    dearest = std::max(dearest, kind.price);
  }
  least_ = -(kStranded + kScarce) * devices;
  const double strands = DevicesServedBy(cpu_).value_or(0);
  const double most = devices + (kStranded * strands) + (kScarce * dearest * devices);
  range_ = most - least_ + kStep;
}

const Demand::OfKind& Fragmentation::KindOf(const NodeView& node) const {
  return node.host.kind < demand_->kinds.size() ? demand_->kinds[node.host.kind] : kUnknownKind;
}

std::optional<double> Fragmentation::DevicesServedBy(Millicores cpu) const {
  const Millicores each = demand_->cpu_per_device;
  return each > Millicores(0)
             ? std::optional(static_cast<double>(cpu.count()) / static_cast<double>(each.count()))
             : std::nullopt;
}

double Fragmentation::Stranded(double devices, Millicores cpu) const {
  const std::optional<double> served = DevicesServedBy(cpu);
  return served ? std::clamp(devices - *served, 0.0, devices) : 0;
}

WorthLost Fragmentation::On(const NodeView& node, DeviceSet chosen) const {
  const Demand::OfKind& kind = KindOf(node);
  const Parts parts(node.row);
  const double free = InDevices(FreeParts(node.row, parts));
  WorthLost lost;
  const double taken = InDevices(TakenParts(parts, asked_, chosen));
  if (asked_.share) {
    chosen.ForEach(
        [&](int device) { lost.room += WorthLostOn(kind, parts, *asked_.share, device); });
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
  const Parts parts(node.row);
  const double lost = WorthLostOn(KindOf(node), parts, *asked_.share, device);
  return ((1 - kOfRest) * lost) + (kOfRest * parts.LeftBy(*asked_.share, device) / kParts);
}

}  // namespace berth::core
