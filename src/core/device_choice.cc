#include "berth/core/device_choice.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "berth/cluster/room.h"

namespace berth::core {

using cluster::DeviceSet;
using cluster::DeviceShare;
using cluster::NodeRow;

DeviceSet ChooseDevices(const NodeRow& row, const DeviceShare& share, Packing packing) {
  const DeviceSet roomy = Roomy(row, share);
  if (roomy.size() < share.count) {
    return {};
  }
  const auto left = [&](int device) {
    const auto i = static_cast<unsigned>(device);
    const int sign = packing == Packing::kBinpack ? 1 : -1;
    return std::tuple(sign * row.free_memory[i], sign * row.free_cores[i], device);
  };
  if (share.count == 1) {
    int best = -1;
    roomy.ForEach([&](int device) {
      if (best < 0 || left(device) < left(best)) {
        best = device;
      }
    });
    DeviceSet chosen;
    chosen.Add(best);
    return chosen;
  }
  std::array<int, cluster::kMaxDevices> order{};
  std::size_t n = 0;
  roomy.ForEach([&](int device) { order[n++] = device; });
  std::sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(n),
            [&](int a, int b) { return left(a) < left(b); });
  DeviceSet chosen;
  for (std::size_t i = 0; i < static_cast<std::size_t>(share.count); ++i) {
    chosen.Add(order[i]);
  }
  return chosen;
}

}  // namespace berth::core
