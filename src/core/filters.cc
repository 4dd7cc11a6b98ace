#include "filters.h"

#include <array>

namespace berth::core {

std::span<const std::unique_ptr<const Filter>> Filters() {
  static const std::array<std::unique_ptr<const Filter>, 5> filters = {
      MakeRequirementFilter(), MakeNodeModeFilter(),    MakeAcceleratorFilter(),
      MakeDeviceRoomFilter(),  MakeModelMemoryFilter(),
  };
  return filters;
}

}  // namespace berth::core
