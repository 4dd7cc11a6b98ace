#include "schedulers.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "berth/base/check.h"

namespace berth::plan {
namespace {

// Graham, Bounds for certain multiprocessing anomalies, 1966.
double ListBound(std::size_t machines) { return 2 - (1 / static_cast<double>(machines)); }

// Graham, Bounds on multiprocessing timing anomalies, 1969.
double LongestFirstBound(std::size_t machines) {
  return (4.0 / 3) - (1 / (3 * static_cast<double>(machines)));
}

std::vector<std::vector<Duration>> DemandsByMachine(const Instance& instance,
                                                    const Assignment& assignment) {
  std::vector<std::vector<Duration>> demands(instance.machines);
  for (std::size_t task = 0; task < assignment.size(); ++task) {
    demands[assignment[task]].push_back(instance.demands[task]);
  }
  return demands;
}

Waits WaitsOf(const std::vector<std::vector<Duration>>& machines, std::size_t tasks) {
  std::vector<double> waits;
  waits.reserve(tasks);
  for (const std::vector<Duration>& demands : machines) {
    Duration start{};
    for (const Duration demand : demands) {
      waits.push_back(Seconds(start));
      start += demand;
    }
  }
  const double sum = std::accumulate(waits.begin(), waits.end(), 0.0);
  const auto p99 = waits.begin() + static_cast<std::ptrdiff_t>(((99 * tasks) + 99) / 100) - 1;
  std::ranges::nth_element(waits, p99);
  return {.mean = sum / static_cast<double>(tasks), .p99 = *p99};
}

}  // namespace

std::span<const Scheduler> Schedulers() {
  static constexpr std::array<Scheduler, 9> kSchedulers = {{
      {"round-robin", "static: the next machine", &RoundRobin},
      {"hash", "static: a hash of the task's number", &Hash},
      {"random", "static: any machine", &AtRandom},
      {"two-choices", "dynamic: the less loaded of two random machines", &TwoChoices},
      {"least-loaded", "dynamic: the least loaded machine", &LeastLoaded, &ListBound},
      {"longest-first", "greedy: longest task first, to the least loaded machine", &LongestFirst,
       &LongestFirstBound},
      {"local-search", "heuristic: longest first, then moves, swaps and kicks", &LocalSearch,
       &LongestFirstBound},
      {"genetic", "40 random schedules, up to 200 generations", &Genetic},
      {"genetic-longest-first", "the same with longest first among the 40",
       &GeneticFromLongestFirst, &LongestFirstBound},
  }};
  return kSchedulers;
}

Quality Measure(const Instance& instance, const Assignment& assignment) {
  BERTH_CHECK(assignment.size() == instance.demands.size());
  std::vector<std::vector<Duration>> machines = DemandsByMachine(instance, assignment);
  Quality quality;
  Duration sum{};
  for (const std::vector<Duration>& demands : machines) {
    const Duration load = std::accumulate(demands.begin(), demands.end(), Duration(0));
    quality.makespan = std::max(quality.makespan, load);
    sum += load;
  }
  quality.imbalance =
      (Seconds(quality.makespan) * static_cast<double>(instance.machines) / Seconds(sum)) - 1;
  quality.in_order = WaitsOf(machines, assignment.size());
  for (std::vector<Duration>& demands : machines) {
    std::ranges::sort(demands);
  }
  quality.shortest_first = WaitsOf(machines, assignment.size());
  return quality;
}

}  // namespace berth::plan
