// fgd: fragmentation gradient descent ("Beware of Fragmentation", USENIX ATC 2023). The node, and
// of a part of a device the device, where typical pods lose least (fragments.h).
#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>

#include "berth/core/published.h"
#include "fragments.h"
#include "packings.h"

namespace berth::core {
namespace {

using cluster::Demand;
using cluster::DeviceSet;

// What differs by rounding alone is the same.
double Rounded(double devices) {
  constexpr double kGrain = 1e9;
  return std::round(devices * kGrain) / kGrain;
}

// One pod on any node.
class Gradient {
 public:
  // nullptr: nothing is known of what pods ask for.
  static std::shared_ptr<Gradient> Of(const Cycle& cycle) {
    const auto& demand = cycle.snapshot.outlook().demand;
    return demand == nullptr || demand->classes.empty() ? nullptr
                                                        : std::make_shared<Gradient>(cycle, demand);
  }

  Gradient(const Cycle& cycle, std::shared_ptr<const Demand> demand)
      : demand_(cycle.pod.demand),
        cpu_(cycle.pod.cpu),
        meter_(std::move(demand), cycle.snapshot.products()) {}

  // Fragments on the node as it is, in devices.
  double Before(const NodeView& node) {
    return meter_.FragmentsOf(node.row, IdleAfter(node, {}, Millicores(0), {}));
  }
  // By how many they become fewer.
  double On(const NodeView& node, DeviceSet chosen, double before) {
    return Rounded(before - meter_.FragmentsOf(node.row, IdleAfter(node, demand_, cpu_, chosen)));
  }
  double On(const NodeView& node, DeviceSet chosen) { return On(node, chosen, Before(node)); }

  bool takes_a_part() const { return demand_.share && !demand_.share->exclusive(); }

 private:
  cluster::DeviceDemand demand_;
  Millicores cpu_;
  FragmentMeter meter_;
};

class Fgd final : public PublishedPacking {
 public:
  NodePoints Prepare(const Cycle& cycle) const override {
    auto gradient = Gradient::Of(cycle);
    if (gradient == nullptr) {
      return {};
    }
    return [gradient = std::move(gradient)](const NodeView& node, DeviceSet chosen) {
      return FgdPoints(gradient->On(node, chosen));
    };
  }

  // Of devices with as many points the first.
  DevicePricer PrepareDevices(const Cycle& cycle) const override {
    auto gradient = Gradient::Of(cycle);
    if (gradient == nullptr || !gradient->takes_a_part()) {
      return {};
    }
    return
        [gradient = std::move(gradient)](const NodeView& node, float weight, DeviceCosts& costs) {
          const double before = gradient->Before(node);
          node.roomy.ForEach([&](int device) {
            const int points = FgdPoints(gradient->On(node, DeviceSet::Only(device), before));
            costs[static_cast<std::size_t>(device)] +=
                weight * static_cast<float>(kMostPoints - points) / kMostPoints;
          });
        };
  }

  std::string Explain(const Cycle& cycle, const NodeView& node, DeviceSet chosen) const override {
    const auto gradient = Gradient::Of(cycle);
    return gradient == nullptr
               ? "nothing is known of what pods ask for"
               : fmt::format("for the usual pod fragments change by {:+.2f} devices",
                             0.0 - gradient->On(node, chosen));
  }
};

}  // namespace

std::unique_ptr<const PublishedPacking> MakeFgd() { return std::make_unique<Fgd>(); }

}  // namespace berth::core
