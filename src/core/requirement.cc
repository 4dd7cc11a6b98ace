// Requirement: residency and confidentiality, as the configuration demands them of the pod's nodes.
#include "filters.h"

namespace berth::core {
namespace {

class RequirementFilter final : public Filter {
 public:
  std::string_view name() const override { return "Requirement"; }

  NodeCheck Prepare(const Cycle& cycle) const override {
    if (cycle.pod.requirements == 0) {
      return {};
    }
    return [&snapshot = cycle.snapshot, wanted = cycle.pod.requirements](const NodeView& node) {
      const cluster::NodeFacts* const facts = snapshot.facts(node.index);
      return facts != nullptr && (facts->requirements_met & wanted) == wanted
                 ? Reason::kFits
                 : Reason::kRequirement;
    };
  }
};

}  // namespace

std::unique_ptr<const Filter> MakeRequirementFilter() {
  return std::make_unique<RequirementFilter>();
}

}  // namespace berth::core
