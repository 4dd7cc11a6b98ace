// The fewest docked pods that have to move for a pod to fit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "berth/sim/trial_cluster.h"

namespace berth::sim {

struct Move {
  const kube::PodObject* pod = nullptr;  // of cluster.docked()
  Docking to;
};

struct Rebalance {
  std::string node;         // where the pod docks then
  std::vector<Move> moves;  // none: it fits as it is
};

struct RebalanceLimits {
  std::size_t moves = 4;        // at most
  std::size_t tries = 100'000;  // sets of pods looked at
};

// Of the ways with the fewest moves the first by node, in the order of the nodes. The pods that
// move are docked elsewhere, not on the node that they leave. nullopt: none within the limits.
// Leaves the cluster as it was.
std::optional<Rebalance> FewestMoves(TrialCluster& cluster, const kube::PodObject& pod,
                                     const RebalanceLimits& limits = {});

}  // namespace berth::sim
