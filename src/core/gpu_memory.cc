// gpu-memory: how well the room is used. binpack wants little left on the node once the pod has
// docked, spread wants much. raw: MiB left on a shared node, devices left on a whole one;
// normalised: that as a share of the node's capacity. tight looks at the chosen devices instead:
// what stays on each should be nothing, or enough for another pod, and an empty device should be
// opened for those who fill it. A little of it is how full the node is. fragmentation asks what the
// room is worth to the pods that the cluster usually sees (fragmentation.h). The published policies
// give points to each node (packings.h). What goes by pods is binpack as long as none has been
// seen.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "berth/core/published.h"
#include "fragmentation.h"
#include "packings.h"
#include "scorers.h"

namespace berth::core {
namespace {

using cluster::DeviceSet;
using cluster::DeviceShare;
using cluster::NodeRow;
using cluster::WholeDevices;

struct Left {
  double amount = 0;
  double capacity = 0;

  double share() const { return capacity > 0 ? std::clamp(amount / capacity, 0.0, 1.0) : 0.0; }
};

// An exclusive share takes all memory of each device, whatever it asked.
double Taken(const NodeRow& row, const DeviceShare& share, DeviceSet chosen) {
  if (!share.exclusive()) {
    return static_cast<double>(share.memory.count()) * share.count;
  }
  double taken = 0;
  chosen.ForEach([&](int device) { taken += row.free_memory[static_cast<unsigned>(device)]; });
  return taken;
}

Left LeftOf(const NodeRow& row, const DeviceShare& share, DeviceSet chosen) {
  return {.amount = row.memory_free - Taken(row, share, chosen),
          .capacity = static_cast<double>(row.memory_capacity)};
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

Left LeftOf(const NodeRow& row, const cluster::DeviceDemand& demand, DeviceSet chosen) {
  if (demand.share) {
    return LeftOf(row, *demand.share, chosen);
  }
  return row.mode == cluster::NodeMode::kShared
             ? Left{.amount = static_cast<double>(row.memory_free),
                    .capacity = static_cast<double>(row.memory_capacity)}
             : LeftOf(row, demand.whole);
}

// Devices of a node are taken for equal; the override annotation can say otherwise, and then this
// is their mean.
Left LeftOnDevice(const NodeRow& row, const DeviceShare& share, int device) {
  const double free = row.free_memory[static_cast<unsigned>(device)];
  const double taken = share.exclusive() ? free : static_cast<double>(share.memory.count());
  return {.amount = free - taken,
          .capacity = row.usable.empty()
                          ? 0
                          : static_cast<double>(row.memory_capacity) / row.usable.size()};
}

// Of one device, 0 best .. 1 worst. The steps are those of the cold-start experiment
// (docs/simulation.md), as shares of a device.
double Looseness(const NodeRow& row, const DeviceShare& share, int device) {
  constexpr double kNothing = 0.025;
  constexpr double kSplinter = 0.3;
  constexpr double kHalf = 0.5;
  const double left = LeftOnDevice(row, share, device).share();
  if (left <= kNothing) {
    return 0;
  }
  const double what_stays = left < kSplinter ? 1.0 : (left < kHalf ? 0.2 : 0.3);
  const double opened = row.pristine.Has(device) ? 2.0 : 0.0;
  return (what_stays + opened) / 3.0;
}

double MeanLooseness(const NodeRow& row, const DeviceShare& share, DeviceSet chosen) {
  double sum = 0;
  chosen.ForEach([&](int device) { sum += Looseness(row, share, device); });
  return chosen.empty() ? 0 : sum / chosen.size();
}

// Of nodes whose devices are alike, the emptier: starts of one model come in bursts, and what has
// just brought its weights should have room for the next of them. Measured in docs/simulation.md.
double Tightness(const NodeRow& row, const DeviceShare& share, DeviceSet chosen) {
  constexpr double kOfNode = 2.0 / 15;
  const double node_use = 1.0 - LeftOf(row, share, chosen).share();
  return ((1 - kOfNode) * MeanLooseness(row, share, chosen)) + (kOfNode * node_use);
}

// Of a packing that looks at the node alone; others are binpack while they know nothing.
double Normalised(Left left, Packing packing) {
  return packing == Packing::kSpread ? 1.0 - left.share() : left.share();
}

// --- A node's cost. Each is empty where another packing is meant, or nothing is known yet that it
// goes by.

std::optional<Fragmentation> FragmentationOf(const Cycle& cycle, Packing packing) {
  return packing == Packing::kFragmentation ? Fragmentation::Of(cycle) : std::nullopt;
}

NodeCost FragmentationCost(const Cycle& cycle) {
  auto fragmentation = FragmentationOf(cycle, cycle.policy.node_packing);
  if (!fragmentation) {
    return {};
  }
  return [demand = cycle.pod.demand, fragmentation = *std::move(fragmentation)](
             const NodeView& node, DeviceSet chosen) {
    return Cost{.raw = LeftOf(node.row, demand, chosen).amount,
                .normalised = fragmentation.Normalised(fragmentation.On(node, chosen))};
  };
}

NodeCost PublishedCost(const Cycle& cycle) {
  const PublishedPacking* const published = FindPublished(cycle.policy.node_packing);
  NodePoints points = published != nullptr ? published->Prepare(cycle) : NodePoints();
  if (!points) {
    return {};
  }
  return [demand = cycle.pod.demand, points = std::move(points)](const NodeView& node,
                                                                 DeviceSet chosen) {
    const double share = static_cast<double>(points(node, chosen)) / kMostPoints;
    return Cost{.raw = LeftOf(node.row, demand, chosen).amount,
                .normalised = std::clamp(1 - share, 0.0, 1.0)};
  };
}

NodeCost ShareCost(const DeviceShare& share, Packing packing) {
  if (packing == Packing::kTight) {
    return [share](const NodeView& node, DeviceSet chosen) {
      return Cost{.raw = LeftOf(node.row, share, chosen).amount,
                  .normalised = Tightness(node.row, share, chosen)};
    };
  }
  return [share, packing](const NodeView& node, DeviceSet chosen) {
    const Left left = LeftOf(node.row, share, chosen);
    return Cost{.raw = left.amount, .normalised = Normalised(left, packing)};
  };
}

NodeCost WholeCost(const std::vector<WholeDevices>& whole, Packing packing) {
  return [whole, packing](const NodeView& node, DeviceSet) {
    const Left left = LeftOf(node.row, whole);
    return Cost{.raw = left.amount, .normalised = Normalised(left, packing)};
  };
}

// --- A device's cost.

DevicePricer FragmentationPricer(const Cycle& cycle) {
  auto fragmentation = FragmentationOf(cycle, cycle.policy.device_packing);
  if (!fragmentation) {
    return {};
  }
  return [fragmentation = *std::move(fragmentation)](const NodeView& node, float weight,
                                                     DeviceCosts& costs) {
    node.roomy.ForEach([&](int device) {
      costs[static_cast<std::size_t>(device)] +=
          weight * static_cast<float>(fragmentation.OnDevice(node, device));
    });
  };
}

DevicePricer PublishedPricer(const Cycle& cycle) {
  const PublishedPacking* const published = FindPublished(cycle.policy.device_packing);
  return published != nullptr ? published->PrepareDevices(cycle) : DevicePricer();
}

DevicePricer SharePricer(const DeviceShare& share, Packing packing) {
  return [share, packing](const NodeView& node, float weight, DeviceCosts& costs) {
    node.roomy.ForEach([&](int device) {
      const double cost = packing == Packing::kTight
                              ? Looseness(node.row, share, device)
                              : Normalised(LeftOnDevice(node.row, share, device), packing);
      costs[static_cast<std::size_t>(device)] += weight * static_cast<float>(cost);
    });
  };
}

class GpuMemoryScorer final : public Scorer {
 public:
  std::string_view name() const override { return "gpu-memory"; }
  std::string_view unit() const override { return "MiB or devices left"; }
  double WeightOf(const Cycle& cycle) const override { return cycle.policy.weights.gpu_memory; }

  NodeCost Prepare(const Cycle& cycle) const override {
    if (NodeCost fragmentation = FragmentationCost(cycle)) {
      return fragmentation;
    }
    if (NodeCost published = PublishedCost(cycle)) {
      return published;
    }
    const cluster::DeviceDemand& demand = cycle.pod.demand;
    const Packing packing = cycle.policy.node_packing;
    return demand.share ? ShareCost(*demand.share, packing) : WholeCost(demand.whole, packing);
  }

  // A pod without devices takes the CPU that free devices will need.
  NodeCost PrepareHost(const Cycle& cycle) const override {
    if (NodeCost published = PublishedCost(cycle)) {
      return published;
    }
    return cycle.pod.cpu > Millicores(0) ? FragmentationCost(cycle) : NodeCost();
  }

  // Without loads to weigh against, the order of the packing is exact (ChooseDevices).
  DevicePricer PrepareDevices(const Cycle& cycle) const override {
    if (DevicePricer fragmentation = FragmentationPricer(cycle)) {
      return fragmentation;
    }
    if (DevicePricer published = PublishedPricer(cycle)) {
      return published;
    }
    const Packing packing = cycle.policy.device_packing;
    const auto& loads = cycle.snapshot.outlook().loads;
    const bool measured = loads != nullptr && loads->fresh_share > 0;
    return packing == Packing::kTight || measured
               ? SharePricer(cycle.pod.demand.share.value_or(DeviceShare()), packing)
               : DevicePricer();
  }

  std::string Explain(const Cycle& cycle, const NodeView& node, DeviceSet chosen) const override {
    const Left left = LeftOf(node.row, cycle.pod.demand, chosen);
    const bool shared = node.row.mode == cluster::NodeMode::kShared;
    std::string text = fmt::format("{:.0f} of {:.0f} {} stay free on the node", left.amount,
                                   left.capacity, shared ? "MiB" : "devices");
    if (const auto fragmentation = FragmentationOf(cycle, cycle.policy.node_packing)) {
      const WorthLost lost = fragmentation->On(node, chosen);
      text += fmt::format(
          "; to usual pods its room is worth {:.2f} devices less, {:.2f} more of them lack CPU, "
          "and {:.2f} is for scarcity",
          lost.room, lost.stranded, lost.scarce);
    }
    if (const PublishedPacking* const published = FindPublished(cycle.policy.node_packing)) {
      text += "; " + published->Explain(cycle, node, chosen);
    }
    return text;
  }
};

}  // namespace

std::unique_ptr<const Scorer> MakeGpuMemoryScorer() { return std::make_unique<GpuMemoryScorer>(); }

}  // namespace berth::core
