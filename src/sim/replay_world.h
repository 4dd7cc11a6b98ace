// What every policy of a replay may know: the nodes, the shapes of the pods, and which are typical.
#pragma once

#include <cstdint>
#include <vector>

#include "berth/sim/replay.h"
#include "shapes.h"
#include "typical_pods.h"

namespace berth::sim {

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
