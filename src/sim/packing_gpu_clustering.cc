// gpu-clustering: pods that use devices alike (a part of one, one, two, ...) on the same nodes,
// apart from others; then the node with the least left. Of pods without devices it says nothing.
#include <algorithm>

#include "packing_rules.h"

namespace berth::sim {
namespace {

constexpr int kBand = kMostPoints / 4;
constexpr auto kLargestDevices =
    static_cast<std::int64_t>(core::kLargestDevices * kWholeDevice.count());

// Which quarter of the points: like pods alone, like and unlike ones, none, unlike ones alone.
int BandOf(const NodeRoom& room, int use) {
  const auto uses = std::ranges::count_if(room.pods, [](std::int32_t pods) { return pods > 0; });
  if (room.pods[static_cast<std::size_t>(use)] > 0) {
    return uses == 1 ? 3 : 2;
  }
  return uses == 0 ? 1 : 0;
}

class GpuClusteringRule final : public PackingRule {
 public:
  NodePoints Prepare(const PodShape& pod) const override {
    if (pod.devices == 0) {
      return [](const NodeRoom&) { return 0; };
    }
    return [use = pod.use()](const NodeRoom& room) {
      const std::int64_t used = kLargestDevices - room.free_in_all().count();
      return static_cast<int>(kBand * used / kLargestDevices) + (kBand * BandOf(room, use));
    };
  }
};

}  // namespace

std::unique_ptr<PackingRule> MakeGpuClusteringRule(const ReplayWorld& /*world*/) {
  return std::make_unique<GpuClusteringRule>();
}

}  // namespace berth::sim
