#include "scorers.h"

#include <array>

namespace berth::core {

std::span<const std::unique_ptr<const Scorer>> Scorers() {
  static const std::array<std::unique_ptr<const Scorer>, 1> kScorers = {
      MakeGpuMemoryScorer(),
  };
  return kScorers;
}

}  // namespace berth::core
