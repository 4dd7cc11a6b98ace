// How busy devices are, as telemetry and the pods on them tell. Made outside the request path, and
// complete: what is not measured has been estimated, so that no node looks idle because nobody
// watches it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "berth/cluster/device.h"
#include "berth/cluster/names.h"
#include "berth/cluster/node.h"

namespace berth::cluster {

// Of a shared node by device; of a whole node [0] is the mean over its devices that are in use.
struct NodeLoad {
  std::array<float, kMaxDevices> load{};           // 0 idle .. 1 saturated
  std::array<float, kMaxDevices> queue_seconds{};  // that a new request would wait
  // Free memory of the device (MiB) when its load was told: what has been taken since is not in
  // it.
  std::array<std::int32_t, kMaxDevices> free_memory{};
  float confidence = 0;  // 1 fresh telemetry .. 0 all estimated

  friend bool operator==(const NodeLoad&, const NodeLoad&) = default;
};

// Immutable. nodes[i] belongs to the node that has index i in `names`.
struct LoadTable {
  std::shared_ptr<const NameTable> names;
  std::vector<NodeLoad> nodes;
  // Share of the nodes with accelerators in use that have fresh telemetry, 0..1. Below one half the
  // load term counts for less.
  float fresh_share = 0;
};

}  // namespace berth::cluster
