// A decision in words: what each term said of a node, and what a refused node lacks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/core/decide.h"

namespace berth::core {

// One scorer's say about one node.
struct Term {
  std::string_view scorer;
  std::string_view unit;  // of `raw`
  double raw = 0;
  double normalised = 0;    // 0 best .. 1 worst
  double weight = 0;        // seconds at the worst
  std::int64_t points = 0;  // 100 x (1 - normalised)
  std::string sentence;

  double seconds() const { return weight * normalised; }  // its part of NodeDecision::cost
};

struct NodeExplanation {
  std::vector<Term> terms;  // of a node that fits, in the order of Scorers()
  std::string miss;  // of one that does not: "needs 24576 MiB on a device, the best has 20480 MiB"
};

// What was decided about decision.nodes[position], from the inputs that it was decided with: asked
// with the same snapshot, pod, policy and expectations it says what counted then.
NodeExplanation Explain(const cluster::Snapshot& snapshot, const cluster::PodRequest& pod,
                        const Policy& policy, std::span<const Expectation> expectations,
                        const Decision& decision, std::size_t position);

}  // namespace berth::core
