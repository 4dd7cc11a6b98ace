// The schedulers, one function each. Schedulers() lists them.
#pragma once

#include "berth/plan/scheduler.h"

namespace berth::plan {

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
