// Scorers price a node that fits. A new one is one .cc, one test, one line in Scorers().
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "berth/core/cycle.h"

namespace berth::core {

struct Cost {
  double raw = 0;         // in the scorer's own unit
  double normalised = 0;  // 0 best .. 1 worst
};

using NodeCost = std::function<Cost(const NodeView&, cluster::DeviceSet chosen)>;

class Scorer {
 public:
  virtual ~Scorer() = default;
  virtual std::string_view name() const = 0;  // "gpu-memory"
  virtual std::string_view unit() const = 0;  // of Cost::raw
  // Empty when the scorer has nothing to say about this pod.
  virtual NodeCost Prepare(const Cycle& cycle) const = 0;
};

std::span<const std::unique_ptr<const Scorer>> Scorers();

}  // namespace berth::core
