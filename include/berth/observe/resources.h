// /metrics/resources: what grows with the cluster, written by hand because a client library needs a
// hundred times as long for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "berth/base/units.h"

namespace berth::observe {

struct NodeResources {
  std::string_view node;
  Bytes memory_capacity;  // of devices; 0 where unknown
  Bytes memory_allocated;
  std::int64_t devices = 0;
  std::int64_t devices_allocated = 0;  // held by a pod, in part or whole
  std::int64_t devices_overcommitted = 0;
  std::optional<double> load;  // mean over its devices, 0..1; nothing: not known
};

struct DeviceResources {
  std::size_t node = 0;  // position among the nodes
  std::string_view gpu;  // as pods are told: its UUID where it is known, else its index
  Bytes memory_capacity;
  Bytes memory_allocated;
  std::optional<float> load;  // 0..1; nothing: not known
};

// Exposition format 0.0.4, at most five series for each node that is in order and three for each of
// the devices, in the order given.
std::string RenderResources(std::span<const NodeResources> nodes,
                            std::span<const DeviceResources> devices = {});

}  // namespace berth::observe
