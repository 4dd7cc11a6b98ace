// Accelerator: the pod names device models that will do (berth.dev/accelerators), and so may the
// variant of its model; the node's product must be one of each.
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "berth/cluster/product.h"
#include "filters.h"

namespace berth::core {
namespace {

class AcceleratorFilter final : public Filter {
 public:
  std::string_view name() const override { return "Accelerator"; }

  NodeCheck Prepare(const Cycle& cycle) const override {
    const std::span<const std::string> of_pod = cycle.pod.accelerators;
    const std::span<const std::string> of_variant =
        cycle.variant != nullptr ? std::span<const std::string>(cycle.variant->accelerators)
                                 : std::span<const std::string>();
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
