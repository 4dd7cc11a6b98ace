#include "fragments.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "berth/cluster/product.h"
#include "berth/cluster/room.h"
#include "device_parts.h"

namespace berth::core {
namespace {

using cluster::DeviceDemand;
using cluster::DeviceSet;
using cluster::kParts;
using cluster::NodeRow;

// The most frequent classes that make up so much of the pods, as in the published runs; and no more
// than a decision can look at.
constexpr double kCovered = 0.95;
constexpr std::size_t kMostClasses = 128;

bool HasWhatIsAsked(const NodeRow& row, const DeviceDemand& demand) {
  return demand.share ? row.mode == cluster::NodeMode::kShared
                      : std::ranges::all_of(demand.whole, [&](const auto& wanted) {
                          return cluster::FindClass(row, wanted.device_class) != nullptr;
                        });
}

}  // namespace

void Idle::Add(int parts) {
  if (parts == kParts) {
    ++whole;
  } else if (parts > 0) {
    left[static_cast<std::size_t>(opened++)] = parts;
  }
}

int Idle::parts() const {
  int sum = kParts * whole;
  for (int i = 0; i < opened; ++i) {
    sum += left[static_cast<std::size_t>(i)];
  }
  return sum;
}

Idle IdleAfter(const NodeView& node, const DeviceDemand& demand, Millicores cpu, DeviceSet chosen) {
  Idle idle{.cpu = node.host.cpu - cpu};
  const Parts parts(node.row);
  node.row.usable.ForEach([&](int device) {
    idle.Add(demand.share && chosen.Has(device) ? parts.LeftBy(*demand.share, device)
                                                : parts.Free(device));
  });
  for (int i = 0; i < node.row.class_count; ++i) {
    idle.whole += std::max<int>(node.row.whole(i).free, 0);
  }
  for (const cluster::WholeDevices& wanted : demand.whole) {
    idle.whole = std::max(0, idle.whole - wanted.count);
  }
  return idle;
}

FragmentMeter::FragmentMeter(std::shared_ptr<const cluster::Demand> demand,
                             std::vector<std::string> products)
    : demand_(std::move(demand)), products_(std::move(products)) {
  const std::size_t most = std::min(kMostClasses, demand_->classes.size());
  while (used_ < most && pods_ < kCovered * demand_->pods) {
    pods_ += demand_->classes[used_++].count;
  }
}

double FragmentMeter::FragmentsOf(const NodeRow& row, const Idle& idle) {
  double usable = 0;
  for (const Typical& pod : TypicalOn(row)) {
    usable += pod.count * UsableBy(pod, idle);
  }
  return ((pods_ * idle.parts()) - usable) / pods_ / kParts;
}

// Parts that a pod of the class could have.
int FragmentMeter::UsableBy(const Typical& pod, const Idle& idle) {
  if (pod.cpu > idle.cpu) {
    return 0;
  }
  int roomy = idle.whole;
  int parts = kParts * idle.whole;
  for (int i = 0; i < idle.opened; ++i) {
    const int left = idle.left[static_cast<std::size_t>(i)];
    if (left >= pod.parts) {
      ++roomy;
      parts += left;
    }
  }
  return roomy >= pod.devices ? parts : 0;
}

FragmentMeter::Sort FragmentMeter::SortOf(const NodeRow& row) {
  Sort sort{.mode = row.mode,
            .product = row.product,
            .device_memory = MiB(row.usable.empty() ? 0 : row.memory_capacity / row.usable.size()),
            .class_count = row.class_count};
  for (int i = 0; i < row.class_count; ++i) {
    sort.classes[static_cast<std::size_t>(i)] = row.whole(i).device_class;
  }
  return sort;
}

const std::vector<FragmentMeter::Typical>& FragmentMeter::TypicalOn(const NodeRow& row) {
  const Sort sort = SortOf(row);
  const auto at = std::ranges::find(known_, sort, &Known::sort);
  return at != known_.end()
             ? at->typical
             : known_.emplace_back(Known{.sort = sort, .typical = FindTypical(row, sort)}).typical;
}

std::vector<FragmentMeter::Typical> FragmentMeter::FindTypical(const NodeRow& row,
                                                               const Sort& sort) const {
  std::vector<Typical> typical;
  for (std::size_t i = 0; i < used_; ++i) {
    const auto& [pods, count] = demand_->classes[i];
    const std::optional<cluster::DeviceShare>& share = pods.demand.share;
    const int parts = share ? cluster::PartsOf(*share, sort.device_memory) : kParts;
    if (parts <= kParts && HasWhatIsAsked(row, pods.demand) &&
        cluster::WillDo(products_[row.product], pods.accelerators)) {
      typical.push_back({.cpu = pods.cpu,
                         .parts = parts,
                         .devices = cluster::DevicesOf(pods.demand),
                         .count = count});
    }
  }
  return typical;
}

}  // namespace berth::core
