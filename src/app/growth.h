// How the cost of a replay grows with the cluster.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "berth/sim/replay.h"
#include "simulate.h"

namespace berth::app {

// A table of CPU time: each policy with a hundredth of `most` nodes, a tenth, and all of them, and
// ten pods a node. Of `trace` the nodes and pods are taken, the seed and the rule of ties.
std::string MeasureGrowth(const sim::ReplaySetup& trace, std::size_t most,
                          std::span<const sim::PackingPolicy* const> policies,
                          const ProgressBar& progress);

}  // namespace berth::app
