#include "filters.h"

#include <array>

namespace berth::core {

std::span<const std::unique_ptr<const Filter>> Filters() {
  static const std::array<std::unique_ptr<const Filter>, 5> kFilters = {
      MakeRequirementFilter(), MakeNodeModeFilter(),    MakeAcceleratorFilter(),
      MakeDeviceRoomFilter(),  MakeModelMemoryFilter(),
  };
  return kFilters;
}

}  // namespace berth::core
