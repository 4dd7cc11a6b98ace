// first-fit: the first node with room, in the order of their ranks.
#include "packing_rules.h"

namespace berth::sim {
namespace {

class FirstFitRule final : public PackingRule {
 public:
  NodePoints Prepare(const PodShape& /*pod*/) const override {
    return [](const NodeRoom&) { return 0; };
  }
};

}  // namespace

std::unique_ptr<PackingRule> MakeFirstFitRule(const ReplayWorld& /*world*/) {
  return std::make_unique<FirstFitRule>();
}

}  // namespace berth::sim
