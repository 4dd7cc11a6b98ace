#include "berth/cluster/room.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>

namespace berth::cluster {

namespace {

// Decisions over thousands of nodes spend most of their time on "which devices have enough", so the
// devices of a row are compared side by side. GCC and Clang have such vectors on every machine.
using Words = std::int32_t __attribute__((vector_size(16)));
using Octets = std::uint8_t __attribute__((vector_size(16)));

template <typename Vector, typename Element>
Vector Load(const Element* from) {
  Vector vector;
  std::memcpy(&vector, from, sizeof vector);
  return vector;
}

std::uint32_t SumOfOctets(std::uint64_t octets) {
  return static_cast<std::uint32_t>((octets * 0x0101010101010101U) >> 56U);
}

// Devices with at least that much memory, as bits.
std::uint32_t HaveMemory(const NodeRow& row, std::int32_t needed) {
  Words found{};
  Words bit{1, 2, 4, 8};
  for (unsigned i = 0; i < row.device_count; i += 4) {
    found |= (Load<Words>(&row.free_memory[i]) >= needed) & bit;
    bit <<= 4;
  }
  return static_cast<std::uint32_t>(found[0] | found[1] | found[2] | found[3]);
}

// Devices with at least that share of their cores, as bits.
std::uint32_t HaveCores(const NodeRow& row, std::uint8_t needed) {
  constexpr Octets kBit{1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  const Octets found = (Load<Octets>(row.free_cores.data()) >= needed) & kBit;
  std::uint64_t half[2];
  std::memcpy(half, &found, sizeof half);
  return SumOfOctets(half[0]) | SumOfOctets(half[1]) << 8U;
}

}  // namespace

DeviceSet Roomy(const NodeRow& row, const DeviceShare& share) {
  if (row.usable.empty()) {
    return {};
  }
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  const auto memory = static_cast<std::int32_t>(std::min(share.memory.count(), kMost));
  const auto cores = static_cast<std::uint8_t>(std::min<std::int64_t>(share.cores.count(), 100));
  const std::uint32_t enough = HaveMemory(row, memory) & HaveCores(row, cores);
  const DeviceSet roomy = DeviceSet(static_cast<std::uint16_t>(enough)) & row.usable;
  return share.exclusive() ? roomy & row.pristine : roomy;
}

const WholeRoom* FindClass(const NodeRow& row, ClassId device_class) {
  for (int i = 0; i < row.class_count; ++i) {
    if (row.whole(i).device_class == device_class) {
      return &row.whole(i);
    }
  }
  return nullptr;
}

int DevicesOf(const DeviceDemand& demand) {
  int devices = demand.share ? demand.share->count : 0;
  for (const WholeDevices& whole : demand.whole) {
    devices += whole.count;
  }
  return devices;
}

void Charge(NodeRow& row, const DeviceDemand& demand, DeviceSet devices) {
  for (const WholeDevices& taken : demand.whole) {
    for (int i = 0; i < row.class_count; ++i) {
      WholeRoom& room = row.whole(i);
      if (room.device_class == taken.device_class) {
        const std::int64_t left = std::max<std::int64_t>(0, std::int64_t{room.free} - taken.count);
        room.free = static_cast<std::int16_t>(std::min<std::int64_t>(room.free, left));
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
