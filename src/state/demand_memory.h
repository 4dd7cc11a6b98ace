// What the pods that docked lately asked for, and what was told of pods beforehand. Not
// thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "berth/cluster/demand.h"
#include "berth/cluster/pod.h"

namespace berth::state {

// Counts by class. Once it holds twice kKept pods each count is halved, so that a pod counts half
// after kKept others have come, and what nobody asks for any more is forgotten. Who starts again
// learns from the pods that are there.
class DemandMemory {
 public:
  static constexpr double kKept = 2000;

  // A pod docked. Those without devices are nothing to remember.
  void Add(const cluster::PodRequest& pod) {
    if (pod.demand.empty()) {
      return;
    }
    ++counts_[{.demand = pod.demand, .accelerators = pod.accelerators, .cpu = pod.cpu}].docked;
    ++docked_;
    ++added_;
  }

  // What docked by another memory is remembered as new.
  void Add(const DemandMemory& later) {
    for (const auto& [pods, count] : later.counts_) {
      counts_[pods].docked += count.docked;
    }
    docked_ += later.docked_;
    added_ += later.docked_;
  }

  // In place of what was told before.
  void Tell(std::span<const cluster::ClassCount> classes) {
    told_ = 0;
    for (auto& [pods, count] : counts_) {
      count.told = 0;
    }
    for (const cluster::ClassCount& asked : classes) {
      counts_[asked.pods].told += asked.count;
      told_ += asked.count;
    }
    std::erase_if(counts_, [](const auto& entry) { return entry.second.all() <= 0; });
  }

  // Enough is new since Learn: soon while little is known, later every few hundred pods.
  bool due() const {
    constexpr double kSeldom = 250;
    return added_ > 0 && added_ >= std::min(kSeldom, (told_ + docked_ - added_) / 8);
  }

  double told() const { return told_; }

  std::vector<cluster::ClassCount> Learn() {
    while (told_ + docked_ >= 2 * kKept) {
      Halve();
    }
    added_ = 0;
    std::vector<cluster::ClassCount> classes;
    classes.reserve(counts_.size());
    for (const auto& [pods, count] : counts_) {
      classes.push_back({.pods = pods, .count = count.all()});
    }
    return classes;
  }

 private:
  struct Count {
    double docked = 0;
    double told = 0;

    double all() const { return docked + told; }
  };

  void Halve() {
    for (auto& [pods, count] : counts_) {
      count.docked /= 2;
      count.told /= 2;
    }
    std::erase_if(counts_, [](const auto& entry) { return entry.second.all() < kForgotten; });
    docked_ = 0;
    told_ = 0;
    for (const auto& [pods, count] : counts_) {
      docked_ += count.docked;
      told_ += count.told;
    }
  }

  static constexpr double kForgotten = 0.1;  // pods
  std::map<cluster::PodClass, Count> counts_;
  double docked_ = 0;
  double told_ = 0;
  double added_ = 0;  // of docked_, since Learn
};

}  // namespace berth::state
