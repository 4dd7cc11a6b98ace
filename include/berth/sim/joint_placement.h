// All waiting pods at once: an order in which more of them dock than in the one they came in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "berth/sim/trial_cluster.h"

namespace berth::sim {

struct Placement {
  std::vector<Docking> pods;  // by position in waiting()
  std::size_t docked = 0;
  double devices = 0;  // that they ask for; of a shared one its memory's part of the average
  double cost = 0;     // seconds, of all that docked
};

// As kube-scheduler takes them: one after the other.
Placement PlaceOneByOne(TrialCluster& cluster);

struct JointSettings {
  std::uint64_t seed = 1;
  int rounds = 100;
  // Called before the first round and after each with how many there were and will be.
  std::function<void(std::size_t, std::size_t)> done = [](std::size_t, std::size_t) {};
};

// Never worse than one by one: at each priority, from the highest, what docks asks for at least as
// many devices as far as no higher one gains; with as many, it is as many pods, then no higher a
// cost. Starts from kube-scheduler's order and from the largest first; then those that found no
// room go first within their priority, and pods change places at random.
Placement PlaceJointly(TrialCluster& cluster, const JointSettings& settings);

}  // namespace berth::sim
