#include "packing_rules.h"

#include "berth/base/check.h"

namespace berth::sim {

using cluster::DeviceSet;

DeviceSet PackingRule::Choose(const NodeRoom& room, const PodShape& pod) {
  return TightestDevices(room, pod);
}

DeviceSet TightestDevices(const NodeRoom& room, const PodShape& pod) {
  DeviceSet rest = Roomy(room, pod);
  DeviceSet chosen;
  for (int i = 0; i < pod.devices; ++i) {
    int tightest = -1;
    rest.ForEach([&](int device) {
      if (tightest < 0 || room.free[static_cast<std::size_t>(device)] <
                              room.free[static_cast<std::size_t>(tightest)]) {
        tightest = device;
      }
    });
    BERTH_CHECK(tightest >= 0);  // the node has room
    chosen.Add(tightest);
    rest = rest - chosen;
  }
  return chosen;
}

}  // namespace berth::sim
