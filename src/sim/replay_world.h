// What every policy of a replay may know: the nodes, the shapes of the pods, and which are typical.
#pragma once

#include <cstdint>
#include <vector>

#include "berth/sim/replay.h"
#include "shapes.h"
#include "typical_pods.h"

namespace berth::sim {

// Of a seed. Which stream draws the ties is luck for `random`; docs/quality.md says how much.
enum class Stream : std::uint64_t { kDevices = 1, kArrivals = 2, kTies = 4 };

struct ReplayWorld {
  explicit ReplayWorld(const ReplaySetup& of)
      : setup(of),
        shapes(ShapesOf(of.nodes, of.pods)),
        typical(TypicalPodsOf(of.pods, shapes)),
        fragmentation(typical, shapes.models.size()) {}

  const PodShape& shape(std::uint32_t pod) const { return shapes.shapes[shapes.of_pod[pod]]; }

  const ReplaySetup& setup;
  const Shapes shapes;
  const std::vector<TypicalPod> typical;
  const Fragmentation fragmentation;
};

}  // namespace berth::sim
