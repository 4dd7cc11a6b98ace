// The operator's word on what devices a shared node has: annotation berth.dev/device-override.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "berth/base/result.h"
#include "berth/cluster/device.h"
#include "berth/device/classes.h"

namespace berth::device {

struct DeviceOverride {
  std::string product;
  cluster::ClassId device_class = 0;
  std::vector<cluster::Device> devices;
};

// All of it or, as an error that names the field, nothing.
Result<DeviceOverride> ParseOverride(std::string_view json, const ClassTable& classes);

}  // namespace berth::device
