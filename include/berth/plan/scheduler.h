// Ways to divide tasks among machines, to be compared on one and the same instance. A new one is a
// function and one line in Schedulers().
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/plan/instance.h"

namespace berth::plan {

using Machine = std::uint32_t;
using Assignment = std::vector<Machine>;  // by task

struct Scheduler {
  std::string_view name;
  std::string_view help;
  // The same instance and seed give the same assignment; those that draw nothing ignore the seed.
  Assignment (*assign)(const Instance&, std::uint64_t seed) = nullptr;
  // Proven: its makespan is at most this many times the shortest possible. nullptr: no such proof.
  double (*bound)(std::size_t machines) = nullptr;
};

// In the order of tables: from the least to the most that is known of the tasks.
std::span<const Scheduler> Schedulers();

// How long tasks wait that are all there at time 0, on their machine, for those before them.
struct Waits {
  double mean = 0;  // seconds
  double p99 = 0;
};

struct Quality {
  Duration makespan{};
  double imbalance = 0;  // the largest load over the mean load, less 1
  Waits in_order;        // each machine runs its tasks in the order of arrival
  Waits shortest_first;  // or the shortest first, which no other order has a smaller mean than
};

Quality Measure(const Instance& instance, const Assignment& assignment);

}  // namespace berth::plan
