// The built-in scorers, one function each. Scorers() lists them.
#pragma once

#include <memory>

#include "berth/core/scorer.h"

namespace berth::core {

std::unique_ptr<const Scorer> MakeGpuMemoryScorer();
std::unique_ptr<const Scorer> MakeBatchLoadScorer();
std::unique_ptr<const Scorer> MakeModelPlacementScorer();

}  // namespace berth::core
