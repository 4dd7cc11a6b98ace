// The schedulers, one function each. Schedulers() lists them.
#pragma once

#include <cstdint>

#include "berth/plan/scheduler.h"

namespace berth::plan {

// The streams of a seed. Instances are drawn from the stream 0.
enum class Stream : std::uint64_t { kAtRandom = 1, kTwoChoices = 2, kKicks = 3, kEvolution = 4 };

Assignment RoundRobin(const Instance& instance, std::uint64_t seed);
Assignment Hash(const Instance& instance, std::uint64_t seed);
Assignment AtRandom(const Instance& instance, std::uint64_t seed);
Assignment TwoChoices(const Instance& instance, std::uint64_t seed);
Assignment LeastLoaded(const Instance& instance, std::uint64_t seed);
Assignment LongestFirst(const Instance& instance, std::uint64_t seed);
Assignment LocalSearch(const Instance& instance, std::uint64_t seed);
Assignment Genetic(const Instance& instance, std::uint64_t seed);
Assignment GeneticFromLongestFirst(const Instance& instance, std::uint64_t seed);

}  // namespace berth::plan
