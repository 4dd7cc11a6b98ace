// What is left of a node, and what pods of one shape ask of it.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "berth/cluster/device.h"
#include "berth/sim/trace.h"

namespace berth::sim {

// Pods by how they use devices: parts of one, or so many whole ones.
inline constexpr int kPartOfOne = 0;
inline constexpr int kUses = cluster::kMaxDevices + 1;

using ModelId = std::uint16_t;  // position in Shapes::models

// All that tells one pod from another when a place is chosen.
struct PodShape {
  Millicores cpu;
  MiB memory;
  int devices = 0;
  Millidevices share;  // of each device
  bool any_model = true;
  std::vector<bool> models;  // that will do, by id; counts where not any will

  bool is_part() const { return devices == 1 && share < kWholeDevice; }
  bool Accepts(ModelId model) const { return any_model || models[model]; }
  Millidevices demand() const { return share * devices; }
  // Position among the uses; only with devices.
  int use() const { return is_part() ? kPartOfOne : devices; }

  friend bool operator==(const PodShape&, const PodShape&) = default;
};

struct NodeRoom {
  Millicores cpu;
  MiB memory;
  int devices = 0;
  ModelId model = 0;
  std::array<Millidevices, cluster::kMaxDevices> free{};  // by device
  std::array<std::int32_t, kUses> pods{};                 // with devices, by use

  Millidevices free_in_all() const {
    Millidevices sum;
    for (const Millidevices left : free) {
      sum += left;
    }
    return sum;
  }
  int whole_devices() const {
    int count = 0;
    for (const Millidevices left : free) {
      count += left == kWholeDevice ? 1 : 0;
    }
    return count;
  }
};

// Devices with room for one share of the pod.
inline cluster::DeviceSet Roomy(const NodeRoom& room, const PodShape& pod) {
  cluster::DeviceSet roomy;
  for (int device = 0; device < room.devices; ++device) {
    if (room.free[static_cast<std::size_t>(device)] >= pod.share) {
      roomy.Add(device);
    }
  }
  return roomy;
}

inline bool Fits(const NodeRoom& room, const PodShape& pod) {
  return room.cpu >= pod.cpu && room.memory >= pod.memory &&
         (pod.devices == 0 || (pod.Accepts(room.model) && Roomy(room, pod).size() >= pod.devices));
}

// Takes the pod's room, or with a sign of -1 gives it back.
inline void Charge(NodeRoom& room, const PodShape& pod, cluster::DeviceSet devices, int sign) {
  room.cpu -= pod.cpu * sign;
  room.memory -= pod.memory * sign;
  devices.ForEach(
      [&](int device) { room.free[static_cast<std::size_t>(device)] -= pod.share * sign; });
  if (pod.devices > 0) {
    room.pods[static_cast<std::size_t>(pod.use())] += sign;
  }
}
inline void Take(NodeRoom& room, const PodShape& pod, cluster::DeviceSet devices) {
  Charge(room, pod, devices, 1);
}
inline void GiveBack(NodeRoom& room, const PodShape& pod, cluster::DeviceSet devices) {
  Charge(room, pod, devices, -1);
}

}  // namespace berth::sim
