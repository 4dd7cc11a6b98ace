// Tasks to be divided among machines, all of them known: the problem that scheduling theory writes
// P||Cmax. docs/planning.md tells what it has to do with serving.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"

namespace berth::plan {

// The sum of all demands must fit: 73 years.
inline constexpr Duration kMostDemand{std::int64_t{1} << 61};

struct Instance {
  std::vector<Duration> demands;  // by task, in the order of arrival; each above 0
  std::size_t machines = 1;       // alike, each runs one task at a time
};

// What no schedule is shorter than: the largest of a machine's even share, the longest task, and
// the sum of the m-th and the (m+1)-th longest, two of which must meet. The share is rounded up to
// a multiple of what all demands are multiples of.
Duration LowerBound(const Instance& instance);

// Instances to compare schedulers on. A new one is a function and a line in Families().
struct Family {
  std::string_view name;
  std::string_view help;
  Instance (*make)(std::uint64_t seed) = nullptr;
  bool only_if_named = false;  // takes seconds
};

std::span<const Family> Families();

}  // namespace berth::plan
