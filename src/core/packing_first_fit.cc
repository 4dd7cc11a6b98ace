// first-fit: the first node with room, by name.
#include "packings.h"

namespace berth::core {
namespace {

class FirstFit final : public PublishedPacking {
 public:
  NodePoints Prepare(const Cycle& /*cycle*/) const override {
    return [](const NodeView&, cluster::DeviceSet) { return 0; };
  }

  std::string Explain(const Cycle& /*cycle*/, const NodeView& /*node*/,
                      cluster::DeviceSet /*chosen*/) const override {
    return "of the nodes with room the first by name is taken";
  }
};

}  // namespace

std::unique_ptr<const PublishedPacking> MakeFirstFit() { return std::make_unique<FirstFit>(); }

}  // namespace berth::core
