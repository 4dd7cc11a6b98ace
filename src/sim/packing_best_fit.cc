// best-fit: the node where least is left, CPU and devices each as a share of the largest node's.
#include "packing_rules.h"

namespace berth::sim {
namespace {

class BestFitRule final : public PackingRule {
 public:
  NodePoints Prepare(const PodShape& pod) const override {
    return [cpu = pod.cpu, demand = pod.demand()](const NodeRoom& room) {
      return core::BestFitPoints(
          {.cpu = room.cpu - cpu, .devices = InDevices(room.free_in_all() - demand)});
    };
  }
};

}  // namespace

std::unique_ptr<PackingRule> MakeBestFitRule(const ReplayWorld& /*world*/) {
  return std::make_unique<BestFitRule>();
}

}  // namespace berth::sim
