// Nodes by what is left of them.
#pragma once

#include <cstddef>
#include <vector>

#include "node_room.h"

namespace berth::sim {

// `free`: millidevices of each device. `uses`: how the pods there use devices (PodShape::use).
inline NodeRoom Room(Millicores cpu, const std::vector<int>& free,
                     const std::vector<int>& uses = {}) {
  NodeRoom room{.cpu = cpu, .devices = static_cast<int>(free.size())};
  for (std::size_t i = 0; i < free.size(); ++i) {
    room.free[i] = Millidevices(free[i]);
  }
  for (const int use : uses) {
    ++room.pods[static_cast<std::size_t>(use)];
  }
  return room;
}

}  // namespace berth::sim
