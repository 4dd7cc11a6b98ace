// The fewest docked pods that have to move for a pod to fit.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "berth/sim/trial_cluster.h"

namespace berth::sim {

struct Move {
  const kube::PodObject* pod = nullptr;  // of cluster.docked()
  Docking to;
  // Nodes that have to be cordoned for it to dock there and nowhere else: the one that is to be
  // made room on, the one that it leaves, those that it would rather dock on. By name.
  std::vector<std::string> closed;
};

struct Rebalance {
  std::string node;         // where the pod docks then
  std::vector<Move> moves;  // in an order in which each fits when it comes; none: it fits as it is
};

struct RebalanceSettings {
  std::size_t moves = 4;  // at most
  // Dockings tried for each number of moves, and as many for those with chains.
  std::size_t tries = 100'000;
  // Called before each of these searches and at the end with how many there were and may be.
  std::function<void(std::size_t, std::size_t)> done = [](std::size_t, std::size_t) {};
};

// Of the ways with the fewest moves one without chains, in which every pod goes where there is room
// already, else one in which some take the room that others left before them; of these the first by
// node, in the order of the nodes. No pod moves twice, none to the node that is made room on.
// nullopt: none within the limits. Leaves the cluster as it was.
std::optional<Rebalance> FewestMoves(TrialCluster& cluster, const kube::PodObject& pod,
                                     const RebalanceSettings& settings = {});

}  // namespace berth::sim
