// ModelMemory: whole devices are large enough for the model's variant. Shares ask for what the
// variant needs, so their room says it already.
#include <cstdint>

#include "filters.h"

namespace berth::core {
namespace {

class ModelMemoryFilter final : public Filter {
 public:
  std::string_view name() const override { return "ModelMemory"; }

  NodeCheck Prepare(const Cycle& cycle) const override {
    if (cycle.variant == nullptr || cycle.pod.demand.share) {
      return {};
    }
    return [&snapshot = cycle.snapshot, need = cycle.variant->memory](const NodeView& node) {
      const MiB memory = snapshot.facts(node.index)->whole_memory;
      const bool unknown = memory == MiB(0);
      return unknown || memory >= need ? Reason::kFits : Reason::kDeviceMemory;
    };
  }
};

}  // namespace

std::unique_ptr<const Filter> MakeModelMemoryFilter() {
  return std::make_unique<ModelMemoryFilter>();
}

}  // namespace berth::core
