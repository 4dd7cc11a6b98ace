// The streams of a replay's seed, so that one thing can be drawn anew without the others.
#pragma once

#include <cstdint>

namespace berth::sim {

// Which one draws the ties is luck for the policy `random`; docs/quality.md says how much.
enum class Stream : std::uint64_t { kDevices = 1, kArrivals = 2, kTies = 4, kOrders = 5 };

}  // namespace berth::sim
