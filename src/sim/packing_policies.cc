#include <array>

#include "berth/sim/replay.h"
#include "berth_packer.h"
#include "packing_rules.h"
#include "scored_packer.h"

namespace berth::sim {

std::span<const PackingPolicy> PackingPolicies() {
  static constexpr std::array kPolicies = {
      PackingPolicy{"random", "any node with room, any device on it", &MakeDrawn<&MakeRandomRule>},
      PackingPolicy{"first-fit", "the first node with room", &MakeScored<&MakeFirstFitRule>},
      PackingPolicy{"dot-product", "free room and demand that point apart (Tetris)",
                    &MakeScored<&MakeDotProductRule>},
      PackingPolicy{"gpu-clustering", "like pods on the same nodes",
                    &MakeScored<&MakeGpuClusteringRule>},
      PackingPolicy{"gpu-packing", "devices in use, then nodes in use, then free nodes",
                    &MakeScored<&MakeGpuPackingRule>},
      PackingPolicy{"best-fit", "the node with the least CPU and devices left",
                    &MakeScored<&MakeBestFitRule>},
      PackingPolicy{"fgd", "fragmentation gradient descent (USENIX ATC 2023)",
                    &MakeScored<&MakeFgdRule>},
      PackingPolicy{"binpack", "Berth: the fullest node, the fullest device",
                    &MakeBerth<core::Packing::kBinpack>},
      PackingPolicy{"spread", "Berth: the emptiest node, the emptiest device",
                    &MakeBerth<core::Packing::kSpread>},
      PackingPolicy{"tight", "Berth: devices on which nothing or much is left",
                    &MakeBerth<core::Packing::kTight>},
      PackingPolicy{"fragmentation", "Berth: what the next pods will ask for is kept",
                    &MakeBerth<core::Packing::kFragmentation>},
  };
  return kPolicies;
}

}  // namespace berth::sim
