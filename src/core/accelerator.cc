// Accelerator: the pod names device models that will do (berth.dev/accelerators), and so may the
// variant of its model; the node's product must be one of each.
#include <string>
#include <vector>

#include "berth/cluster/product.h"
#include "filters.h"

namespace berth::core {
namespace {

class AcceleratorFilter final : public Filter {
 public:
  std::string_view name() const override { return "Accelerator"; }

  NodeCheck Prepare(const Cycle& cycle) const override {
    static const std::vector<std::string> kAny;
    const auto& of_pod = cycle.pod.accelerators;
    const auto& of_variant = cycle.variant != nullptr ? cycle.variant->accelerators : kAny;
    if (of_pod.empty() && of_variant.empty()) {
      return {};
    }
    std::vector<bool> will_do;  // by product
    for (const std::string& product : cycle.snapshot.products()) {
      will_do.push_back(cluster::WillDo(product, of_pod) && cluster::WillDo(product, of_variant));
    }
    return [will_do = std::move(will_do)](const NodeView& node) {
      return will_do[node.row.product] ? Reason::kFits : Reason::kAccelerator;
    };
  }
};

}  // namespace

std::unique_ptr<const Filter> MakeAcceleratorFilter() {
  return std::make_unique<AcceleratorFilter>();
}

}  // namespace berth::core
