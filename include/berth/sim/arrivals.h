// In which order the pods of a trace come, and traces grown to any size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "berth/sim/trace.h"

namespace berth::sim {

// Rows 0 to count - 1: pods as they come in the file, or nodes ranked as in the file.
std::vector<std::uint32_t> FileOrder(std::size_t count);

// The pods shuffled, and any of them again until the next would pass `percent` of the devices; or,
// where they ask more than that already, some left out. Rows; not empty.
std::vector<std::uint32_t> InflatedArrivals(std::span<const TraceNode> nodes,
                                            std::span<const TracePod> pods, int percent,
                                            std::uint64_t seed);

// So many nodes, the rows in turn, and pods of any of so many rows, drawn with the seed.
std::vector<TraceNode> GrownNodes(std::span<const TraceNode> nodes, std::size_t count);
std::vector<std::uint32_t> DrawnArrivals(std::size_t rows, std::size_t count, std::uint64_t seed);

}  // namespace berth::sim
