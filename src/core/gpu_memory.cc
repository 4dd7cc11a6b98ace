// gpu-memory: how much device room is left on the node once the pod has docked. Binpack wants
// little, spread wants much. raw: MiB left on a shared node, devices left on a whole one;
// normalised: that as a share of the node's capacity.
#include <algorithm>

#include "scorers.h"

namespace berth::core {
namespace {

using cluster::DeviceShare;
using cluster::NodeRow;
using cluster::WholeDevices;

struct Left {
  double amount = 0;
  double capacity = 0;
};

// An exclusive share takes all memory of each device, whatever it asked.
double Taken(const NodeRow& row, const DeviceShare& share, cluster::DeviceSet chosen) {
  if (!share.exclusive()) {
    return static_cast<double>(share.memory.count()) * share.count;
  }
  double taken = 0;
  chosen.ForEach([&](int device) { taken += row.free_memory[static_cast<unsigned>(device)]; });
  return taken;
}

Left LeftOf(const NodeRow& row, const std::vector<WholeDevices>& demand) {
  Left left;
  for (int i = 0; i < row.class_count; ++i) {
    left.amount += row.whole(i).free;
    left.capacity += row.whole(i).capacity;
  }
  for (const WholeDevices& wanted : demand) {
    left.amount -= wanted.count;
  }
  return left;
}

Cost Price(Left left, Packing packing) {
  const double share = left.capacity > 0 ? std::clamp(left.amount / left.capacity, 0.0, 1.0) : 0.0;
  return {.raw = left.amount, .normalised = packing == Packing::kBinpack ? share : 1.0 - share};
}

class GpuMemoryScorer final : public Scorer {
 public:
  std::string_view name() const override { return "gpu-memory"; }
  std::string_view unit() const override { return "MiB or devices left"; }

  NodeCost Prepare(const Cycle& cycle) const override {
    const Packing packing = cycle.policy.node_packing;
    if (cycle.pod.demand.share) {
      return [share = *cycle.pod.demand.share, packing](const NodeView& node,
                                                        cluster::DeviceSet chosen) {
        return Price({.amount = node.row.memory_free - Taken(node.row, share, chosen),
                      .capacity = static_cast<double>(node.row.memory_capacity)},
                     packing);
      };
    }
    return [whole = cycle.pod.demand.whole, packing](const NodeView& node, cluster::DeviceSet) {
      return Price(LeftOf(node.row, whole), packing);
    };
  }
};

}  // namespace

std::unique_ptr<const Scorer> MakeGpuMemoryScorer() { return std::make_unique<GpuMemoryScorer>(); }

}  // namespace berth::core
