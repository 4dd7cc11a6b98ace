// Why a pod docks where it does, or nowhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/base/clock.h"
#include "berth/cluster/pod.h"
#include "berth/core/explain.h"

namespace berth::extender {

struct ExplainedNode {
  std::string name;
  core::Reason reason = core::Reason::kFits;
  bool contended = false;            // fits only in room that other pods are expected to take
  double cost = 0;                   // seconds of waiting that all terms together are worth
  std::string variant;               // of the pod's model; empty: none
  std::vector<std::string> devices;  // ids; empty where the kubelet picks
  core::NodeExplanation said;
};

struct Explanation {
  cluster::PodRequest pod;
  std::string profile;
  WallTime at;
  bool observed = false;  // Berth only observes: `node` of a decided one is where others put it
  bool decided = false;   // shows what was decided then; false: what would be decided now
  std::string node;       // where it is bound, else the best; empty: none fits
  std::string why;        // one sentence
  std::vector<ExplainedNode> fitting;  // best first
  std::vector<ExplainedNode> refused;  // by name
  std::uint64_t fitting_total = 0;     // beyond the limit too
  std::uint64_t refused_total = 0;
  std::vector<std::pair<core::Reason, std::uint64_t>> refused_by_reason;  // most frequent first
};

}  // namespace berth::extender
