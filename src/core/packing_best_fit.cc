// best-fit: the node where least is left, CPU and devices each as a share of the largest node's.
#include <fmt/format.h>

#include "berth/core/published.h"
#include "device_parts.h"
#include "packings.h"

namespace berth::core {
namespace {

HostAndDevices LeftOn(const NodeView& node, const cluster::DeviceDemand& demand, Millicores cpu,
                      cluster::DeviceSet chosen) {
  const Parts parts(node.row);
  return {.cpu = node.host.cpu - cpu,
          .devices = InDevices(FreeParts(node.row, parts) - TakenParts(parts, demand, chosen))};
}

class BestFit final : public PublishedPacking {
 public:
  NodePoints Prepare(const Cycle& cycle) const override {
    return [demand = cycle.pod.demand, cpu = cycle.pod.cpu](const NodeView& node,
                                                            cluster::DeviceSet chosen) {
      return BestFitPoints(LeftOn(node, demand, cpu, chosen));
    };
  }

  std::string Explain(const Cycle& cycle, const NodeView& node,
                      cluster::DeviceSet chosen) const override {
    const HostAndDevices left = LeftOn(node, cycle.pod.demand, cycle.pod.cpu, chosen);
    return fmt::format("{:.1f} CPU and {:.2f} devices stay free",
                       static_cast<double>(left.cpu.count()) / 1000, left.devices);
  }
};

}  // namespace

std::unique_ptr<const PublishedPacking> MakeBestFit() { return std::make_unique<BestFit>(); }

}  // namespace berth::core
