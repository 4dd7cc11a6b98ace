// Devices of a node in parts (cluster::kParts), and what a pod takes of them.
#pragma once

#include <algorithm>
#include <cstdint>

#include "berth/cluster/node.h"
#include "berth/cluster/residual_worth.h"
#include "berth/cluster/room.h"

namespace berth::core {

// Devices of a shared node in parts. They are taken for equal, as in gpu_memory.cc.
class Parts {
 public:
  explicit Parts(const cluster::NodeRow& row)
      : row_(row),
        per_mib_(row.memory_capacity > 0 ? static_cast<float>(cluster::kParts * row.usable.size()) /
                                               static_cast<float>(row.memory_capacity)
                                         : 0) {}

  int Free(int device) const {
    const auto i = static_cast<unsigned>(device);
    return row_.pristine.Has(device) ? cluster::kParts
                                     : Left(row_.free_memory[i], row_.free_cores[i]);
  }

  int LeftBy(const cluster::DeviceShare& share, int device) const {
    if (share.exclusive()) {
      return 0;
    }
    const auto i = static_cast<unsigned>(device);
    return Left(row_.free_memory[i] - static_cast<std::int32_t>(share.memory.count()),
                row_.free_cores[i] - static_cast<int>(share.cores.count()));
  }

 private:
  // Whoever is there keeps others from having the whole device.
  int Left(std::int32_t memory, int cores) const {
    // NOLINTNEXTLINE(bugprone-incorrect-roundings): never below zero, and lround is a call
    const int by_memory = static_cast<int>((static_cast<float>(memory) * per_mib_) + 0.5F);
    return std::clamp(std::min(by_memory, cores), 0, cluster::kParts - 1);
  }

  const cluster::NodeRow& row_;
  float per_mib_;
};

inline double InDevices(int parts) { return static_cast<double>(parts) / cluster::kParts; }

// Of all devices, whole ones too.
inline int FreeParts(const cluster::NodeRow& row, const Parts& parts) {
  int free = 0;
  row.usable.ForEach([&](int device) { free += parts.Free(device); });
  for (int i = 0; i < row.class_count; ++i) {
    free += cluster::kParts * std::max<int>(row.whole(i).free, 0);
  }
  return free;
}

// That a pod takes of the node's devices.
inline int TakenParts(const Parts& parts, const cluster::DeviceDemand& demand,
                      cluster::DeviceSet chosen) {
  if (!demand.share) {
    return cluster::kParts * cluster::DevicesOf(demand);
  }
  int taken = 0;
  chosen.ForEach(
      [&](int device) { taken += parts.Free(device) - parts.LeftBy(*demand.share, device); });
  return taken;
}

}  // namespace berth::core
