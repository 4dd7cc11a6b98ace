// The built-in filters, one function each. Filters() puts them in order.
#pragma once

#include <memory>

#include "berth/core/filter.h"

namespace berth::core {

std::unique_ptr<const Filter> MakeRequirementFilter();
std::unique_ptr<const Filter> MakeNodeModeFilter();
std::unique_ptr<const Filter> MakeAcceleratorFilter();
std::unique_ptr<const Filter> MakeDeviceRoomFilter();
std::unique_ptr<const Filter> MakeModelMemoryFilter();

}  // namespace berth::core
