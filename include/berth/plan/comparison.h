// Schedulers side by side on the same instances.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "berth/plan/instance.h"
#include "berth/plan/report.h"
#include "berth/plan/scheduler.h"

namespace berth::plan {

// A family of this room, or tasks of the caller's own.
struct Problem {
  std::string name;
  std::function<Instance(std::uint64_t seed)> make;
};

// Means over the seeds, unless it says otherwise.
struct ComparisonRow {
  std::string problem;
  std::string scheduler;
  double makespan = 0;          // seconds
  double lower_bound = 0;       // seconds
  double gap = 0;               // of the makespan over the lower bound; 0: it is optimal
  double worst_gap = 0;         // of all seeds
  std::optional<double> bound;  // proven: at most so far above the optimum
  double imbalance = 0;
  Waits in_order;
  Waits shortest_first;
  std::optional<double> cpu;  // seconds
};

struct ComparisonOptions {
  // Seconds of CPU that the program took so far. Empty: they are not asked for.
  std::function<double()> cpu_seconds;
  // Called before the first run and after each with how many there were and will be.
  std::function<void(std::size_t, std::size_t)> done = [](std::size_t, std::size_t) {};
};

// Problem by problem. No list is empty.
std::vector<ComparisonRow> CompareSchedulers(std::span<const Problem> problems,
                                             std::span<const Scheduler* const> schedulers,
                                             std::span<const std::uint64_t> seeds,
                                             const ComparisonOptions& options);

Report ComparisonReport(std::span<const ComparisonRow> rows, std::size_t seeds);

}  // namespace berth::plan
