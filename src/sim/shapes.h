// The shapes among a trace's pods: many pods, few shapes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "berth/sim/trace.h"
#include "node_room.h"

namespace berth::sim {

struct Shapes {
  std::vector<std::string> models;    // that nodes have
  std::vector<PodShape> shapes;       // in the order of their first pod
  std::vector<std::uint32_t> of_pod;  // position in `shapes`, by row
  std::vector<NodeRoom> empty_nodes;  // by row
};

Shapes ShapesOf(std::span<const TraceNode> nodes, std::span<const TracePod> pods);

}  // namespace berth::sim
