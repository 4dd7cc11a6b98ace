// What a configuration demands of the nodes of certain pods: residency of data, confidential
// computing.
#pragma once

#include <cstdint>

namespace berth::cluster {

inline constexpr int kMaxRequirements = 64;

// One bit each, by position in Snapshot::requirements.
using RequirementSet = std::uint64_t;

}  // namespace berth::cluster
