// dot-product: the node whose free room and the pod's demand have the smallest product.
#include "packing_rules.h"

namespace berth::sim {
namespace {

class DotProductRule final : public PackingRule {
 public:
  NodePoints Prepare(const PodShape& pod) const override {
    return [cpu = pod.cpu, demand = pod.demand()](const NodeRoom& room) {
      return core::DotProductPoints({.cpu = room.cpu, .devices = InDevices(room.free_in_all())},
                                    {.cpu = cpu, .devices = InDevices(demand)});
    };
  }
};

}  // namespace

std::unique_ptr<PackingRule> MakeDotProductRule(const ReplayWorld& /*world*/) {
  return std::make_unique<DotProductRule>();
}

}  // namespace berth::sim
