// Scorers price a node that fits. A new one is one .cc, one test, one line in Scorers().
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "berth/core/cycle.h"

namespace berth::core {

struct Cost {
  double raw = 0;         // in the scorer's own unit
  double normalised = 0;  // 0 best .. 1 worst
};

using NodeCost = std::function<Cost(const NodeView&, cluster::DeviceSet chosen)>;

// Adds the normalised cost of a share on each roomy device, times `weight`. The devices with the
// least sums over all scorers are chosen.
using DeviceCosts = std::array<float, cluster::kMaxDevices>;
using DevicePricer = std::function<void(const NodeView&, float weight, DeviceCosts& costs)>;

class Scorer {
 public:
  virtual ~Scorer() = default;
  virtual std::string_view name() const = 0;  // "gpu-memory"
  virtual std::string_view unit() const = 0;  // of Cost::raw
  // Empty when the scorer has nothing to say about this pod.
  virtual NodeCost Prepare(const Cycle& cycle) const = 0;
  // The same for pods without devices. Empty when nodes are alike for them, as mostly they are.
  virtual NodeCost PrepareHost(const Cycle& cycle) const;
  // For pods that ask for shares. Empty when any device is as good as another.
  virtual DevicePricer PrepareDevices(const Cycle& cycle) const;
  // Seconds of waiting that the worst node is worth; 0 leaves the scorer out.
  virtual double WeightOf(const Cycle& cycle) const = 0;
  // What the cost says, for people: "12288 MiB stay free on the node".
  virtual std::string Explain(const Cycle& cycle, const NodeView& node,
                              cluster::DeviceSet chosen) const = 0;
};

std::span<const std::unique_ptr<const Scorer>> Scorers();

}  // namespace berth::core
