// dot-product: the node whose free room and the pod's demand have the smallest product, CPU and
// devices each as a share of the largest node's (Tetris: Grandl et al., SIGCOMM 2014, turned round
// as the published runs have it).
#include "packing_rules.h"

namespace berth::sim {
namespace {

double Product(Millicores free, Millicores asked) {
  return (static_cast<double>(free.count()) / kLargestCpu) *
         (static_cast<double>(asked.count()) / kLargestCpu);
}

double Product(Millidevices free, Millidevices asked) {
  return (static_cast<double>(free.count()) / kLargestDevices) *
         (static_cast<double>(asked.count()) / kLargestDevices);
}

class DotProductRule final : public PackingRule {
 public:
  NodePoints Prepare(const PodShape& pod) const override {
    return [cpu = pod.cpu, demand = pod.demand()](const NodeRoom& room) {
      const double mean = (Product(room.cpu, cpu) + Product(room.free_in_all(), demand)) / 2;
      return static_cast<int>((1 - mean) * kMostPoints);
    };
  }
};

}  // namespace

std::unique_ptr<PackingRule> MakeDotProductRule(const ReplayWorld& /*world*/) {
  return std::make_unique<DotProductRule>();
}

}  // namespace berth::sim
