// NodeMode: only nodes that serve the kind of devices the pod asks for are offered.
#include "filters.h"

namespace berth::core {
namespace {

using cluster::NodeMode;

// kFits when a node of this mode is offered to a pod that wants `wanted`.
constexpr Reason Judge(NodeMode mode, NodeMode wanted) {
  if (mode == wanted) {
    return Reason::kFits;
  }
  switch (mode) {
    case NodeMode::kAbsent:
      return Reason::kNodeUnknown;
    case NodeMode::kMixed:
      return Reason::kNodeMixed;
    case NodeMode::kInvalid:
      return Reason::kNodeInvalid;
    case NodeMode::kForeign:
      return Reason::kNodeForeign;
    case NodeMode::kNone:
    case NodeMode::kWhole:
    case NodeMode::kShared:
      return Reason::kNoDevices;
  }
  return Reason::kNoDevices;
}

class NodeModeFilter final : public Filter {
 public:
  std::string_view name() const override { return "NodeMode"; }

  NodeCheck Prepare(const Cycle& cycle) const override {
    const NodeMode wanted = cycle.pod.demand.share ? NodeMode::kShared : NodeMode::kWhole;
    return [wanted](const NodeView& node) { return Judge(node.row.mode, wanted); };
  }
};

}  // namespace

std::unique_ptr<const Filter> MakeNodeModeFilter() { return std::make_unique<NodeModeFilter>(); }

}  // namespace berth::core
