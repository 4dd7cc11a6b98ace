// Devices: what a node has, what a pod asks, which ones were chosen.
#pragma once

#include <bit>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "berth/base/units.h"

namespace berth::cluster {

// Named devices on one shared node. Sixteen is the largest accelerator count of a public instance
// type; a node that claims more is offered to nobody, with a reason.
inline constexpr int kMaxDevices = 16;

// 16 TiB: far beyond any device, and the sum over a node stays within 32 bits.
inline constexpr MiB kMaxDeviceMemory{std::int64_t{1} << 24};

// Which of a node's devices, by index.
class DeviceSet {
 public:
  constexpr DeviceSet() = default;
  constexpr explicit DeviceSet(std::uint16_t bits) : bits_(bits) {}
  static constexpr DeviceSet First(int count) {
    return DeviceSet(static_cast<std::uint16_t>((1U << count) - 1U));
  }

  static constexpr DeviceSet Only(int device) {
    return DeviceSet(static_cast<std::uint16_t>(1U << device));
  }

  constexpr void Add(int device) { bits_ = static_cast<std::uint16_t>(bits_ | (1U << device)); }
  constexpr bool Has(int device) const { return ((bits_ >> device) & 1U) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr int size() const { return std::popcount(bits_); }
  constexpr std::uint16_t bits() const { return bits_; }

  friend constexpr DeviceSet operator&(DeviceSet a, DeviceSet b) {
    return DeviceSet(static_cast<std::uint16_t>(a.bits_ & b.bits_));
  }
  friend constexpr DeviceSet operator|(DeviceSet a, DeviceSet b) {
    return DeviceSet(static_cast<std::uint16_t>(a.bits_ | b.bits_));
  }
  friend constexpr DeviceSet operator-(DeviceSet a, DeviceSet b) {
    return DeviceSet(static_cast<std::uint16_t>(a.bits_ & ~b.bits_));
  }
  friend constexpr bool operator==(DeviceSet, DeviceSet) = default;

  // Calls f(device) for each member, lowest index first.
  template <typename F>
  constexpr void ForEach(F f) const {
    for (unsigned rest = bits_; rest != 0; rest &= rest - 1U) {
      f(std::countr_zero(rest));
    }
  }

 private:
  std::uint16_t bits_ = 0;
};

// Position in the table of device classes (device::ClassTable), e.g. of nvidia.com/gpu.
using ClassId = std::uint8_t;

struct Device {
  std::string id;  // UUID where known, else the index in decimal
  MiB memory;
  bool healthy = true;

  friend bool operator==(const Device&, const Device&) = default;
};

// So many whole devices of one class. The kubelet picks them.
struct WholeDevices {
  ClassId device_class = 0;
  std::int32_t count = 0;

  friend auto operator<=>(const WholeDevices&, const WholeDevices&) = default;
};

// A part of each of `count` distinct devices of a shared node. Berth picks them.
struct DeviceShare {
  MiB memory;     // on each device
  Percent cores;  // on each device
  std::int32_t count = 1;

  // 100 percent of a device's compute is the device: nobody else is on it, whatever memory was
  // asked.
  bool exclusive() const { return cores >= Percent(100); }
  friend auto operator<=>(const DeviceShare&, const DeviceShare&) = default;
};

// What a pod takes from whichever node it docks at: whole devices or shares, never both
// (device::ReadDemand).
struct DeviceDemand {
  std::vector<WholeDevices> whole;
  std::optional<DeviceShare> share;

  bool empty() const { return whole.empty() && !share.has_value(); }
  friend auto operator<=>(const DeviceDemand&, const DeviceDemand&) = default;
};

}  // namespace berth::cluster
