// gpu-packing: parts of devices in use first, then free devices of nodes in use, then of free
// nodes. Of pods without devices it says nothing.
#include <algorithm>

#include "packing_rules.h"

namespace berth::sim {
namespace {

constexpr int kPart = kMostPoints;          // 50..100
constexpr int kUsedNode = kMostPoints / 2;  // 33..50
constexpr int kFreeNode = kMostPoints / 3;  // 0..33

int PointsOf(const NodeRoom& room, const PodShape& pod) {
  const int whole = room.whole_devices();
  if (whole == room.devices) {
    return std::max(kFreeNode - whole, whole);
  }
  int opened = 0;
  std::int64_t left = 0;  // percent of a device, before the pod
  TightestDevices(room, pod).ForEach([&](int device) {
    const Millidevices free = room.free[static_cast<std::size_t>(device)];
    opened += free == kWholeDevice ? 1 : 0;
    left += free.count() * 100 / kWholeDevice.count();
  });
  if (opened > 0) {
    return std::max(kUsedNode - opened, kFreeNode);
  }
  return std::max(kPart - static_cast<int>(left / 10), kUsedNode);
}

class GpuPackingRule final : public PackingRule {
 public:
  NodePoints Prepare(const PodShape& pod) const override {
    return [pod](const NodeRoom& room) { return pod.devices == 0 ? 0 : PointsOf(room, pod); };
  }
};

}  // namespace

std::unique_ptr<PackingRule> MakeGpuPackingRule(const ReplayWorld& /*world*/) {
  return std::make_unique<GpuPackingRule>();
}

}  // namespace berth::sim
