// The classes that Berth knows by itself.
#pragma once

#include <vector>

#include "berth/device/classes.h"

namespace berth::device {

std::vector<DeviceClass> BuiltInClasses();

}  // namespace berth::device
