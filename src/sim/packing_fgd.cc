// fgd: fragmentation gradient descent ("Beware of Fragmentation", USENIX ATC 2023). The node, and
// of a part of a device the device, where typical pods lose least:
//
//   points = whole part of 100 / (1 + e^-x),  x = fragments before - after, in devices
//
// Taking the whole part is part of the policy: finer points do worse (docs/quality.md).
#include "packing_rules.h"

namespace berth::sim {
namespace {

using cluster::DeviceSet;

struct Choice {
  int points = -1;
  DeviceSet devices;
};

class FgdRule final : public PackingRule {
 public:
  explicit FgdRule(const Fragmentation& fragmentation) : fragmentation_(fragmentation) {}

  NodePoints Prepare(const PodShape& pod) const override {
    return [this, pod](const NodeRoom& room) { return Best(room, pod).points; };
  }

  DeviceSet Choose(const NodeRoom& room, const PodShape& pod) override {
    return Best(room, pod).devices;
  }

 private:
  Choice Best(const NodeRoom& room, const PodShape& pod) const {
    const std::int64_t before = fragmentation_.Of(room);
    if (!pod.is_part()) {
      const DeviceSet devices = TightestDevices(room, pod);
      return {.points = PointsOf(before, room, pod, devices), .devices = devices};
    }
    Choice best;
    Millidevices last{-1};
    Roomy(room, pod).ForEach([&](int device) {
      // Neighbours with as much free are no better.
      if (room.free[static_cast<std::size_t>(device)] == last) {
        return;
      }
      last = room.free[static_cast<std::size_t>(device)];
      const DeviceSet devices = DeviceSet::Only(device);
      const int points = PointsOf(before, room, pod, devices);
      if (points > best.points) {
        best = {.points = points, .devices = devices};
      }
    });
    return best;
  }

  int PointsOf(std::int64_t before, NodeRoom room, const PodShape& pod, DeviceSet devices) const {
    Take(room, pod, devices);
    const std::int64_t gain = before - fragmentation_.Of(room);
    const double x = static_cast<double>(gain) / static_cast<double>(fragmentation_.weight()) /
                     static_cast<double>(kWholeDevice.count());
    return core::FgdPoints(x);
  }

  const Fragmentation& fragmentation_;
};

}  // namespace

std::unique_ptr<PackingRule> MakeFgdRule(const ReplayWorld& world) {
  return std::make_unique<FgdRule>(world.fragmentation);
}

}  // namespace berth::sim
