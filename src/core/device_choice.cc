#include "berth/core/device_choice.h"

#include <cstdint>
#include <limits>

namespace berth::core {

using cluster::DeviceSet;
using cluster::NodeRow;

namespace {

// The device that comes first in the order of the packing. What is left of it is compared as one
// number, memory before cores; spread turns that number over.
int Best(const NodeRow& row, DeviceSet among, Packing packing) {
  constexpr std::uint64_t kAllBits = (std::uint64_t{1} << 40U) - 1;
  const std::uint64_t turn = packing == Packing::kSpread ? kAllBits : 0;
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  int best = 0;
  among.ForEach([&](int device) {
    const auto i = static_cast<unsigned>(device);
    const auto memory = static_cast<std::uint32_t>(row.free_memory[i]);
    const std::uint64_t left = ((std::uint64_t{memory} << 8U) | row.free_cores[i]) ^ turn;
    if (left < least) {
      least = left;
      best = device;
    }
  });
  return best;
}

// Kept out of line: the usual count of one then needs no stack frame.
[[gnu::noinline]] DeviceSet ChooseSeveral(const NodeRow& row, DeviceSet roomy, int count,
                                          Packing packing) {
  if (roomy.size() < count) {
    return {};
  }
  DeviceSet chosen;
  for (int i = 0; i < count; ++i) {
    chosen.Add(Best(row, roomy - chosen, packing));
  }
  return chosen;
}

}  // namespace

DeviceSet CheapestDevices(const DeviceCosts& costs, DeviceSet roomy, int count) {
  if (roomy.size() < count) {
    return {};
  }
  DeviceSet chosen;
  for (int i = 0; i < count; ++i) {
    int best = -1;
    (roomy - chosen).ForEach([&](int device) {
      if (best < 0 ||
          costs[static_cast<std::size_t>(device)] < costs[static_cast<std::size_t>(best)]) {
        best = device;
      }
    });
    chosen.Add(best);
  }
  return chosen;
}

DeviceSet ChooseDevices(const NodeRow& row, DeviceSet roomy, int count, Packing packing) {
  if (count != 1) {
    return ChooseSeveral(row, roomy, count, packing);
  }
  return roomy.empty() ? DeviceSet() : DeviceSet::Only(Best(row, roomy, packing));
}

}  // namespace berth::core
