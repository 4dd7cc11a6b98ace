// dot-product: the node whose free room and the pod's demand have the smallest product.
#include <fmt/format.h>

#include "berth/core/published.h"
#include "device_parts.h"
#include "packings.h"

namespace berth::core {
namespace {

int PointsOf(const NodeView& node, const cluster::DeviceDemand& demand, Millicores cpu,
             cluster::DeviceSet chosen) {
  const Parts parts(node.row);
  return DotProductPoints({.cpu = node.host.cpu, .devices = InDevices(FreeParts(node.row, parts))},
                          {.cpu = cpu, .devices = InDevices(TakenParts(parts, demand, chosen))});
}

class DotProduct final : public PublishedPacking {
 public:
  NodePoints Prepare(const Cycle& cycle) const override {
    return [demand = cycle.pod.demand, cpu = cycle.pod.cpu](const NodeView& node,
                                                            cluster::DeviceSet chosen) {
      return PointsOf(node, demand, cpu, chosen);
    };
  }

  std::string Explain(const Cycle& cycle, const NodeView& node,
                      cluster::DeviceSet chosen) const override {
    return fmt::format("what is free and what is asked point apart by {} of {}",
                       PointsOf(node, cycle.pod.demand, cycle.pod.cpu, chosen), kMostPoints);
  }
};

}  // namespace

std::unique_ptr<const PublishedPacking> MakeDotProduct() { return std::make_unique<DotProduct>(); }

}  // namespace berth::core
