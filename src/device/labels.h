// What a vendor's labels say about the devices of a node.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "berth/base/units.h"
#include "berth/device/classes.h"
#include "berth/kube/objects.h"

namespace berth::device {

inline constexpr std::string_view kZoneLabel = "topology.kubernetes.io/zone";

// A label that is absent, or is no plain number, is nullopt.
std::optional<std::int64_t> CountOf(const kube::StringMap& labels, std::string_view label);
std::optional<std::int64_t> ReplicasOf(const kube::StringMap& labels, const DeviceClass& kind);

// Memory of one of `count` devices, within kMaxDeviceMemory.
std::optional<MiB> MemoryOf(const kube::StringMap& labels, const DeviceClass& kind,
                            std::int64_t count);

// The device's model: what NVIDIA appends for time slices and MIG is taken off. Empty: unknown.
std::string ProductOf(const kube::StringMap& labels, const DeviceClass& kind);

// The product names a part of a device (MIG), not the device.
bool NamesPartition(std::string_view product_label_value);

}  // namespace berth::device
