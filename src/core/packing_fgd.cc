// fgd: fragmentation gradient descent ("Beware of Fragmentation", USENIX ATC 2023). The node, and
// of a part of a device the device, where typical pods lose least:
//
//   fragments = idle - what a typical pod could have of it, in the mean of typical pods
//
// Typical are the most frequent classes of cluster::Demand. Those that want the other kind of node,
// whole or shared, can have nothing of this one, as those that want another model.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "berth/cluster/product.h"
#include "berth/cluster/room.h"
#include "berth/core/published.h"
#include "device_parts.h"
#include "packings.h"

namespace berth::core {
namespace {

using cluster::ClassCount;
using cluster::Demand;
using cluster::DeviceSet;
using cluster::kParts;
using cluster::NodeRow;

// What is idle on a node: whole devices, and parts of those that are in use.
struct Idle {
  int whole = 0;
  int opened = 0;                                // devices in use with something left
  std::array<int, cluster::kMaxDevices> left{};  // of those, in parts
  Millicores cpu;

  void Add(int parts) {
    if (parts == kParts) {
      ++whole;
    } else if (parts > 0) {
      left[static_cast<std::size_t>(opened++)] = parts;
    }
  }

  int parts() const {
    int sum = kParts * whole;
    for (int i = 0; i < opened; ++i) {
      sum += left[static_cast<std::size_t>(i)];
    }
    return sum;
  }
};

// The node once the pod is on the chosen devices.
Idle IdleAfter(const NodeView& node, const cluster::DeviceDemand& demand, Millicores cpu,
               DeviceSet chosen) {
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

// A class of pods on nodes that it can go to.
struct Typical {
  Millicores cpu;
  int parts = 0;  // of each of so many devices
  int devices = 0;
  double count = 0;
};

// Parts that a pod of the class could have.
int UsableBy(const Typical& pod, const Idle& idle) {
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

// Of the demand's classes, the most frequent that make up 95 % of the pods, as in the published
// runs; and no more than a decision can look at.
class TypicalPods {
 public:
  TypicalPods(std::shared_ptr<const Demand> demand, std::vector<std::string> products)
      : demand_(std::move(demand)), products_(std::move(products)) {
    constexpr double kCovered = 0.95;
    constexpr std::size_t kMost = 128;
    while (used_ < std::min(kMost, demand_->classes.size()) && sum_ < kCovered * demand_->pods) {
      sum_ += demand_->classes[used_++].count;
    }
  }

  // Devices that the mean typical pod cannot use.
  double FragmentsOf(const NodeRow& row, const Idle& idle) {
    double usable = 0;
    for (const Typical& pod : On(row)) {
      usable += pod.count * UsableBy(pod, idle);
    }
    return ((sum_ * idle.parts()) - usable) / sum_ / kParts;
  }

 private:
  // What tells one node's typical pods from another's.
  struct Nodes {
    std::uint16_t product = 0;
    std::int64_t device_memory = 0;
    std::vector<cluster::ClassId> classes;

    friend bool operator==(const Nodes&, const Nodes&) = default;
  };

  static Nodes NodesLike(const NodeRow& row) {
    Nodes nodes{.product = row.product,
                .device_memory = row.usable.empty() ? 0 : row.memory_capacity / row.usable.size(),
                .classes = {}};
    for (int i = 0; i < row.class_count; ++i) {
      nodes.classes.push_back(row.whole(i).device_class);
    }
    return nodes;
  }

  const std::vector<Typical>& On(const NodeRow& row) {
    Nodes nodes = NodesLike(row);
    const auto at = std::ranges::find(known_, nodes, &Known::nodes);
    if (at != known_.end()) {
      return at->typical;
    }
    known_.push_back({.nodes = std::move(nodes), .typical = {}});
    Known& known = known_.back();
    for (std::size_t i = 0; i < used_; ++i) {
      const ClassCount& asked = demand_->classes[i];
      if (!cluster::WillDo(products_[row.product], asked.pods.accelerators)) {
        continue;
      }
      Typical typical{.cpu = asked.pods.cpu, .count = asked.count};
      if (const auto& share = asked.pods.demand.share) {
        typical.parts = cluster::PartsOf(*share, MiB(known.nodes.device_memory));
        typical.devices = share->count;
      } else {
        typical.parts = kParts;
        typical.devices = cluster::DevicesOf(asked.pods.demand);
      }
      if (Takes(row, asked.pods.demand) && typical.parts <= kParts) {
        known.typical.push_back(typical);
      }
    }
    return known.typical;
  }

  static bool Takes(const NodeRow& row, const cluster::DeviceDemand& demand) {
    return demand.share ? row.mode == cluster::NodeMode::kShared
                        : std::ranges::all_of(demand.whole, [&](const auto& wanted) {
                            return cluster::FindClass(row, wanted.device_class) != nullptr;
                          });
  }

  struct Known {
    Nodes nodes;
    std::vector<Typical> typical;
  };

  std::shared_ptr<const Demand> demand_;
  std::vector<std::string> products_;
  std::size_t used_ = 0;  // of its classes
  double sum_ = 0;        // of their counts
  std::vector<Known> known_;
};

// What differs by rounding alone is the same.
double Rounded(double devices) {
  constexpr double kGrain = 1e9;
  return std::round(devices * kGrain) / kGrain;
}

// One pod on any node. Remembers typical pods by kinds of nodes, as it meets them.
class Gradient {
 public:
  // nullptr: nothing is known of what pods ask for.
  static std::shared_ptr<Gradient> Of(const Cycle& cycle) {
    const auto& demand = cycle.snapshot.outlook().demand;
    return demand == nullptr || demand->classes.empty() ? nullptr
                                                        : std::make_shared<Gradient>(cycle, demand);
  }

  Gradient(const Cycle& cycle, std::shared_ptr<const Demand> demand)
      : demand_(cycle.pod.demand),
        cpu_(cycle.pod.cpu),
        typical_(std::move(demand), cycle.snapshot.products()) {}

  // Fragments on the node as it is, in devices.
  double Before(const NodeView& node) {
    return typical_.FragmentsOf(node.row, IdleAfter(node, {}, Millicores(0), {}));
  }
  // By how many they become fewer.
  double On(const NodeView& node, DeviceSet chosen, double before) {
    return Rounded(before - typical_.FragmentsOf(node.row, IdleAfter(node, demand_, cpu_, chosen)));
  }
  double On(const NodeView& node, DeviceSet chosen) { return On(node, chosen, Before(node)); }

  bool takes_a_part() const { return demand_.share && !demand_.share->exclusive(); }

 private:
  cluster::DeviceDemand demand_;
  Millicores cpu_;
  TypicalPods typical_;
};

class Fgd final : public PublishedPacking {
 public:
  NodePoints Prepare(const Cycle& cycle) const override {
    auto gradient = Gradient::Of(cycle);
    if (gradient == nullptr) {
      return {};
    }
    return [gradient = std::move(gradient)](const NodeView& node, DeviceSet chosen) {
      return FgdPoints(gradient->On(node, chosen));
    };
  }

  // Of devices with as many points the first.
  DevicePricer PrepareDevices(const Cycle& cycle) const override {
    auto gradient = Gradient::Of(cycle);
    if (gradient == nullptr || !gradient->takes_a_part()) {
      return {};
    }
    return
        [gradient = std::move(gradient)](const NodeView& node, float weight, DeviceCosts& costs) {
          const double before = gradient->Before(node);
          node.roomy.ForEach([&](int device) {
            const int points = FgdPoints(gradient->On(node, DeviceSet::Only(device), before));
            costs[static_cast<std::size_t>(device)] +=
                weight * static_cast<float>(kMostPoints - points) / kMostPoints;
          });
        };
  }

  std::string Explain(const Cycle& cycle, const NodeView& node, DeviceSet chosen) const override {
    const auto gradient = Gradient::Of(cycle);
    return gradient == nullptr
               ? "nothing is known of what pods ask for"
               : fmt::format("for the usual pod fragments change by {:+.2f} devices",
                             0.0 - gradient->On(node, chosen));
  }
};

}  // namespace

std::unique_ptr<const PublishedPacking> MakeFgd() { return std::make_unique<Fgd>(); }

}  // namespace berth::core
