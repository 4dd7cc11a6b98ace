// best-fit: the node where least is left, CPU and devices each as a share of the largest node's.
#include "packing_rules.h"

namespace berth::sim {
namespace {

class BestFitRule final : public PackingRule {
 public:
  NodePoints Prepare(const PodShape& pod) const override {
    return [cpu = pod.cpu, demand = pod.demand()](const NodeRoom& room) {
      const auto cpu_left = static_cast<double>((room.cpu - cpu).count());
      const auto devices_left = static_cast<double>((room.free_in_all() - demand).count());
      const double left = (cpu_left / kLargestCpu * 0.5) + (devices_left / kLargestDevices * 0.5);
      return static_cast<int>((1 - left) * kMostPoints);
    };
  }
};

}  // namespace

std::unique_ptr<PackingRule> MakeBestFitRule(const ReplayWorld& /*world*/) {
  return std::make_unique<BestFitRule>();
}

}  // namespace berth::sim
