#include "scorers.h"

#include <array>

namespace berth::core {

NodeCost Scorer::PrepareHost(const Cycle&) const { return {}; }

DevicePricer Scorer::PrepareDevices(const Cycle&) const { return {}; }

std::span<const std::unique_ptr<const Scorer>> Scorers() {
  static const std::array<std::unique_ptr<const Scorer>, 3> scorers = {
      MakeGpuMemoryScorer(),
      MakeBatchLoadScorer(),
      MakeModelPlacementScorer(),
  };
  return scorers;
}

}  // namespace berth::core
