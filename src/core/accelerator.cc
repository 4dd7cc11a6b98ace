// Accelerator: the pod names device models that will do (berth.dev/accelerators), and so may the
// variant of its model; the node's product must be one of each.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "filters.h"

namespace berth::core {
namespace {

bool IsBoundary(std::string_view text, std::size_t at) {
  return at >= text.size() || text[at] == '-' || text[at] == '_' || text[at] == ' ';
}

// "h100" matches "nvidia-h100-80gb-hbm3" but not "nvidia-h1000": whole words of the product,
// several of them too
// ("a100-sxm4"). Both are lower case.
bool Names(std::string_view product, std::string_view wanted) {
  for (std::size_t at = product.find(wanted); at != std::string_view::npos;
       at = product.find(wanted, at + 1)) {
    if ((at == 0 || IsBoundary(product, at - 1)) && IsBoundary(product, at + wanted.size())) {
      return true;
    }
  }
  return false;
}

bool WillDo(std::string_view product, const std::vector<std::string>& wanted) {
  return wanted.empty() || std::ranges::any_of(wanted, [&](const std::string& accelerator) {
           return Names(product, accelerator);
         });
}

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
      will_do.push_back(WillDo(product, of_pod) && WillDo(product, of_variant));
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
