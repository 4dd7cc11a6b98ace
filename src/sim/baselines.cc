// What Berth is compared with. Each gives every node and device a score, and takes the best; among
// equals any, each as likely as the other.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "berth/base/random.h"
#include "berth/cluster/room.h"
#include "berth/core/placement_cost.h"
#include "placers.h"

namespace berth::sim {
namespace {

using cluster::DeviceSet;
using cluster::NodeIndex;
using cluster::NodeRow;
using cluster::PodRequest;
using cluster::Snapshot;

// One of those with the least cost.
class Lottery {
 public:
  explicit Lottery(Random& random) : random_(random) {}

  void Offer(std::uint32_t ticket, double cost) {
    if (cost > least_) {
      return;
    }
    if (cost < least_) {
      least_ = cost;
      tickets_.clear();
    }
    tickets_.push_back(ticket);
  }

  bool empty() const { return tickets_.empty(); }
  double least() const { return least_; }
  std::uint32_t Draw() {
    return tickets_[random_.Below(static_cast<std::uint32_t>(tickets_.size()))];
  }

 private:
  Random& random_;
  double least_ = std::numeric_limits<double>::infinity();
  std::vector<std::uint32_t> tickets_;
};

// The costs of one pod; the least is the best.
struct Costs {
  std::function<double(NodeIndex)> node;                // empty: all alike
  std::function<double(NodeIndex, int device)> device;  // empty: all alike
  bool device_first = false;  // the node with the best device, instead of a device of the best node
};

DeviceSet DrawDevices(NodeIndex node, DeviceSet roomy, int count, const Costs& costs,
                      Random& random) {
  DeviceSet chosen;
  for (int i = 0; i < count; ++i) {
    Lottery lottery(random);
    (roomy - chosen).ForEach([&](int device) {
      lottery.Offer(static_cast<std::uint32_t>(device),
                    costs.device ? costs.device(node, device) : 0);
    });
    chosen.Add(static_cast<int>(lottery.Draw()));
  }
  return chosen;
}

std::optional<Spot> Choose(const Snapshot& snapshot, const PodRequest& pod, const Costs& costs,
                           Random& random) {
  if (!pod.demand.share) {
    return std::nullopt;
  }
  const cluster::DeviceShare& share = *pod.demand.share;
  Lottery lottery(random);
  for (NodeIndex node = 0; node < snapshot.size(); ++node) {
    const DeviceSet roomy = cluster::Roomy(snapshot.row(node), share);
    if (roomy.size() < share.count) {
      continue;
    }
    double cost = costs.node ? costs.node(node) : 0;
    if (costs.device_first) {
      cost = std::numeric_limits<double>::infinity();
      roomy.ForEach([&](int device) { cost = std::min(cost, costs.device(node, device)); });
    }
    lottery.Offer(node, cost);
  }
  if (lottery.empty()) {
    return std::nullopt;
  }
  const NodeIndex node = lottery.Draw();
  const DeviceSet roomy = cluster::Roomy(snapshot.row(node), share);
  return Spot{.node = node, .devices = DrawDevices(node, roomy, share.count, costs, random)};
}

// Share of the node's device memory that is free once the pod has docked, as kube-scheduler's
// LeastAllocated scores it: 0..100 in whole numbers
// (pkg/scheduler/framework/plugins/noderesources/least_allocated.go).
double LeastAllocated(const NodeRow& row, const PodRequest& pod) {
  const cluster::DeviceShare share = pod.demand.share.value_or(cluster::DeviceShare());
  const std::int64_t left = row.memory_free - (share.memory.count() * share.count);
  const std::int64_t points = left * 100 / row.memory_capacity;
  return static_cast<double>(points);
}

const cluster::ModelVariant& VariantOf(const Snapshot& snapshot, const PodRequest& pod) {
  return snapshot.outlook().catalog->Find(pod.model)->variants.front();
}

// By node: the weights, taken for a container image, are on the disk or in memory.
std::vector<bool> HaveImage(const Snapshot& snapshot, const PodRequest& pod) {
  std::vector<bool> have(snapshot.size(), false);
  const cluster::ModelVariant& variant = VariantOf(snapshot, pod);
  for (const cluster::WeightCopy& copy : snapshot.outlook().weights->Find(variant.source)) {
    have[copy.node] = have[copy.node] || copy.ready_in <= 0;
  }
  return have;
}

// kube-scheduler's ImageLocality for one container, 0..100 in whole numbers: the image's size times
// the share of nodes that have it, from 23 MiB to 1000 MiB
// (pkg/scheduler/framework/plugins/imagelocality/image_locality.go).
double ImageScore(Bytes size, std::size_t holders, std::size_t nodes) {
  constexpr double kMebibyte = 1024.0 * 1024.0;
  constexpr double kLeast = 23 * kMebibyte;
  constexpr double kMost = 1000 * kMebibyte;
  const double spread = static_cast<double>(holders) / static_cast<double>(nodes);
  const double sum = std::clamp(static_cast<double>(size.count()) * spread, kLeast, kMost);
  return std::floor(100 * (sum - kLeast) / (kMost - kLeast));
}

double LoadOf(const Snapshot& snapshot, NodeIndex node, int device) {
  return snapshot.outlook().loads->nodes[node].load[static_cast<std::size_t>(device)];
}

constexpr std::uint64_t kStream = 0x706C6163;  // of ties; workloads use others

}  // namespace

Placer MakeRandom(std::uint64_t seed) {
  return [random = Random(seed, kStream)](const Snapshot& snapshot, const PodRequest& pod) mutable {
    return Choose(snapshot, pod, {}, random);
  };
}

Placer MakeKubeDefault(std::uint64_t seed) {
  return [random = Random(seed, kStream)](const Snapshot& snapshot, const PodRequest& pod) mutable {
    return Choose(
        snapshot, pod,
        {.node = [&](NodeIndex node) { return -LeastAllocated(snapshot.row(node), pod); }}, random);
  };
}

Placer MakeKubeDefaultImageLocality(std::uint64_t seed) {
  return [random = Random(seed, kStream)](const Snapshot& snapshot, const PodRequest& pod) mutable {
    const std::vector<bool> have = HaveImage(snapshot, pod);
    const double image =
        ImageScore(VariantOf(snapshot, pod).weights,
                   static_cast<std::size_t>(std::ranges::count(have, true)), have.size());
    return Choose(snapshot, pod,
                  {.node =
                       [&](NodeIndex node) {
                         return -LeastAllocated(snapshot.row(node), pod) - (have[node] ? image : 0);
                       }},
                  random);
  };
}

Placer MakeBinpack(std::uint64_t seed) {
  return [random = Random(seed, kStream)](const Snapshot& snapshot, const PodRequest& pod) mutable {
    return Choose(snapshot, pod,
                  {.node = [&](NodeIndex node) { return snapshot.row(node).memory_free; },
                   .device =
                       [&](NodeIndex node, int device) {
                         return snapshot.row(node).free_memory[static_cast<std::size_t>(device)];
                       }},
                  random);
  };
}

Placer MakeLeastLoad(std::uint64_t seed) {
  return [random = Random(seed, kStream)](const Snapshot& snapshot, const PodRequest& pod) mutable {
    return Choose(
        snapshot, pod,
        {.device = [&](NodeIndex node, int device) { return LoadOf(snapshot, node, device); },
         .device_first = true},
        random);
  };
}

// The start-up estimate is the one that Berth uses, without what it adds for evictions.
Placer MakeLocalityOnly(std::uint64_t seed) {
  return [random = Random(seed, kStream)](const Snapshot& snapshot, const PodRequest& pod) mutable {
    const core::PlacementPrices prices(snapshot, VariantOf(snapshot, pod));
    return Choose(snapshot, pod,
                  {.node =
                       [&](NodeIndex node) {
                         const core::PlacementCost cost = prices.On(node);
                         return cost.transfer_seconds + cost.queue_seconds;
                       }},
                  random);
  };
}

}  // namespace berth::sim
