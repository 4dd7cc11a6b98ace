// /metrics/resources: what grows with the cluster, written by hand because a client library needs a
// hundred times as long for it.
#pragma once

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

// Exposition format 0.0.4, at most five series for each node that is in order, in the order given.
std::string RenderResources(std::span<const NodeResources> nodes);

}  // namespace berth::observe
