// Filters say whether a node can take the pod at all. A new one is one .cc, one test, one line in
// Filters().
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "berth/core/cycle.h"
#include "berth/core/reason.h"

namespace berth::core {

// Prepared once per request, asked once per node. Owns what it captures. An empty check passes
// every node.
using NodeCheck = std::function<Reason(const NodeView&)>;

class Filter {
 public:
  virtual ~Filter() = default;
  virtual std::string_view name() const = 0;
  virtual NodeCheck Prepare(const Cycle& cycle) const = 0;
};

// In the order they run; the first refusal stands.
std::span<const std::unique_ptr<const Filter>> Filters();

}  // namespace berth::core
