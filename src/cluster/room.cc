#include "berth/cluster/room.h"

#include <algorithm>

namespace berth::cluster {

DeviceSet Roomy(const NodeRow& row, const DeviceShare& share) {
  DeviceSet roomy;
  for (unsigned i = 0; i < row.device_count; ++i) {
    if (row.free_memory[i] >= share.memory.count() && row.free_cores[i] >= share.cores.count()) {
      roomy.Add(static_cast<int>(i));
    }
  }
  return roomy & (share.exclusive() ? row.pristine & row.usable : row.usable);
}

const WholeRoom* FindClass(const NodeRow& row, ClassId device_class) {
  for (int i = 0; i < row.class_count; ++i) {
    if (row.whole(i).device_class == device_class) {
      return &row.whole(i);
    }
  }
  return nullptr;
}

void Charge(NodeRow& row, const DeviceDemand& demand, DeviceSet devices) {
  for (const WholeDevices& taken : demand.whole) {
    for (int i = 0; i < row.class_count; ++i) {
      WholeRoom& room = row.whole(i);
      if (room.device_class == taken.device_class) {
        room.free = static_cast<std::int16_t>(std::max(0, room.free - taken.count));
      }
    }
  }
  if (!demand.share) {
    return;
  }
  const DeviceShare& share = *demand.share;
  devices.ForEach([&](int device) {
    const auto i = static_cast<unsigned>(device);
    const std::int64_t wanted = share.exclusive() ? row.free_memory[i] : share.memory.count();
    const auto memory =
        static_cast<std::int32_t>(std::min<std::int64_t>(row.free_memory[i], wanted));
    row.free_memory[i] -= memory;
    row.free_cores[i] = static_cast<std::uint8_t>(
        std::max<std::int64_t>(0, row.free_cores[i] - share.cores.count()));
    if (row.usable.Has(device)) {
      row.memory_free -= memory;
    }
  });
  row.pristine = row.pristine - devices;
}

}  // namespace berth::cluster
