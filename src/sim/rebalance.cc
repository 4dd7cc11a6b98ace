#include "berth/sim/rebalance.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

namespace berth::sim {
namespace {

using Pods = std::vector<const kube::PodObject*>;

// The next set of as many positions below `limit`, in lexical order. False: that was the last.
bool Advance(std::vector<std::size_t>& chosen, std::size_t limit) {
  for (std::size_t i = chosen.size(); i > 0; --i) {
    if (chosen[i - 1] < limit - (chosen.size() - (i - 1))) {
      ++chosen[i - 1];
      std::iota(chosen.begin() + static_cast<std::ptrdiff_t>(i), chosen.end(), chosen[i - 1] + 1);
      return true;
    }
  }
  return false;
}

class MoveSearch {
 public:
  MoveSearch(TrialCluster& cluster, const kube::PodObject& pod, const RebalanceLimits& limits)
      : cluster_(cluster), pod_(pod), limits_(limits) {}

  std::optional<Rebalance> Run() {
    if (const Docking docking = cluster_.Dock(pod_); docking.ok()) {
      cluster_.TakeAway(pod_);
      return Rebalance{.node = docking.node, .moves = {}};
    }
    const std::map<std::string, Pods> nodes = PodsOfNodesThatCould();
    for (std::size_t moves = 1; moves <= limits_.moves; ++moves) {
      for (const auto& [node, pods] : nodes) {
        if (std::optional<Rebalance> found = Search(node, pods, moves)) {
          return found;
        }
      }
    }
    return std::nullopt;
  }

 private:
  // Nodes on which the pod would fit without any of their pods.
  std::map<std::string, Pods> PodsOfNodesThatCould() {
    std::map<std::string, Pods> nodes;
    for (const kube::PodObject& docked : cluster_.docked()) {
      if (!docked.terminating) {
        nodes[docked.node_name].push_back(&docked);
      }
    }
    std::erase_if(nodes,
                  [this](const auto& entry) { return !FitsWithout(entry.first, entry.second); });
    return nodes;
  }

  bool FitsWithout(const std::string& node, const Pods& pods) {
    TakeAway(pods);
    const bool fits = cluster_.DockOn(pod_, node).ok();
    cluster_.TakeAway(pod_);
    PutBack(pods);
    return fits;
  }

  std::optional<Rebalance> Search(const std::string& node, const Pods& pods, std::size_t moves) {
    if (pods.size() < moves) {
      return std::nullopt;
    }
    std::vector<std::size_t> chosen(moves);
    std::iota(chosen.begin(), chosen.end(), std::size_t{0});
    do {
      if (++tries_ > limits_.tries) {
        return std::nullopt;
      }
      Pods leaving;
      for (const std::size_t i : chosen) {
        leaving.push_back(pods[i]);
      }
      if (std::optional<Rebalance> found = Without(node, leaving)) {
        return found;
      }
    } while (Advance(chosen, pods.size()));
    return std::nullopt;
  }

  std::optional<Rebalance> Without(const std::string& node, const Pods& leaving) {
    if (!FitsWithout(node, leaving)) {
      return std::nullopt;
    }
    Rebalance rebalance{.node = node, .moves = {}};
    TakeAway(leaving);
    for (const kube::PodObject* pod : leaving) {
      Docking to = cluster_.DockElsewhere(*pod, node);
      if (!to.ok()) {
        break;
      }
      rebalance.moves.push_back({.pod = pod, .to = std::move(to)});
    }
    TakeAway(leaving);
    PutBack(leaving);
    return rebalance.moves.size() == leaving.size() ? std::optional(std::move(rebalance))
                                                    : std::nullopt;
  }

  void TakeAway(const Pods& pods) {
    for (const kube::PodObject* pod : pods) {
      cluster_.TakeAway(*pod);
    }
  }
  void PutBack(const Pods& pods) {
    for (const kube::PodObject* pod : pods) {
      cluster_.PutBack(*pod);
    }
  }

  TrialCluster& cluster_;
  const kube::PodObject& pod_;
  const RebalanceLimits& limits_;
  std::size_t tries_ = 0;
};

}  // namespace

std::optional<Rebalance> FewestMoves(TrialCluster& cluster, const kube::PodObject& pod,
                                     const RebalanceLimits& limits) {
  return MoveSearch(cluster, pod, limits).Run();
}

}  // namespace berth::sim
