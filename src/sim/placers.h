// The policies, one function each. Policies() lists them.
#pragma once

#include "berth/sim/placer.h"

namespace berth::sim {

Placer MakeCombined(std::uint64_t seed);
Placer MakeKubeDefault(std::uint64_t seed);
Placer MakeKubeDefaultImageLocality(std::uint64_t seed);
Placer MakeBinpack(std::uint64_t seed);
Placer MakeRandom(std::uint64_t seed);
Placer MakeLeastLoad(std::uint64_t seed);
Placer MakeLocalityOnly(std::uint64_t seed);

}  // namespace berth::sim
