// What the pods that docked lately asked for. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
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
    ++counts_[{.demand = pod.demand, .accelerators = pod.accelerators, .cpu = pod.cpu}];
    ++total_;
    ++added_;
  }

  // What another memory holds is remembered as new.
  void Add(const DemandMemory& later) {
    for (const auto& [pods, count] : later.counts_) {
      counts_[pods] += count;
    }
    total_ += later.total_;
    added_ += later.total_;
  }

  // Enough is new since Learn: soon while little is known, later every few hundred pods.
  bool due() const {
    constexpr double kSeldom = 250;
    return added_ > 0 && added_ >= std::min(kSeldom, (total_ - added_) / 8);
  }

  std::vector<cluster::ClassCount> Learn() {
    while (total_ >= 2 * kKept) {
      Halve();
    }
    added_ = 0;
    std::vector<cluster::ClassCount> classes;
    classes.reserve(counts_.size());
    for (const auto& [pods, count] : counts_) {
      classes.push_back({.pods = pods, .count = count});
    }
    return classes;
  }

 private:
  void Halve() {
    for (auto& [pods, count] : counts_) {
      count /= 2;
    }
    std::erase_if(counts_, [](const auto& entry) { return entry.second < kForgotten; });
    total_ = 0;
    for (const auto& [pods, count] : counts_) {
      total_ += count;
    }
  }

  static constexpr double kForgotten = 0.1;  // pods
  std::map<cluster::PodClass, double> counts_;
  double total_ = 0;
  double added_ = 0;  // since Learn
};

}  // namespace berth::state
