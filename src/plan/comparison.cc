#include "berth/plan/comparison.h"

#include <fmt/format.h>

#include <algorithm>

namespace berth::plan {
namespace {

struct Run {
  Quality quality;
  double cpu = 0;
};

Run RunOnce(const Scheduler& scheduler, const Instance& instance, std::uint64_t seed,
            const ComparisonOptions& options) {
  const double before = options.cpu_seconds ? options.cpu_seconds() : 0;
  const Assignment assignment = scheduler.assign(instance, seed);
  const double after = options.cpu_seconds ? options.cpu_seconds() : 0;
  return {.quality = Measure(instance, assignment), .cpu = after - before};
}

// Adds one seed of `count`.
void Add(const Run& run, Duration lower_bound, double count, ComparisonRow& row) {
  const Quality& quality = run.quality;
  const double gap = (Seconds(quality.makespan) / Seconds(lower_bound)) - 1;
  row.makespan += Seconds(quality.makespan) / count;
  row.lower_bound += Seconds(lower_bound) / count;
  row.gap += gap / count;
  row.worst_gap = std::max(row.worst_gap, gap);
  row.imbalance += quality.imbalance / count;
  row.in_order.mean += quality.in_order.mean / count;
  row.in_order.p99 += quality.in_order.p99 / count;
  row.shortest_first.mean += quality.shortest_first.mean / count;
  row.shortest_first.p99 += quality.shortest_first.p99 / count;
  if (row.cpu) {
    *row.cpu += run.cpu / count;
  }
}

Cell OrNone(const std::optional<double>& number, double factor) {
  return number ? Cell(factor * *number) : Cell();
}

}  // namespace

std::vector<ComparisonRow> CompareSchedulers(std::span<const Problem> problems,
                                             std::span<const Scheduler* const> schedulers,
                                             std::span<const std::uint64_t> seeds,
                                             const ComparisonOptions& options) {
  const std::size_t all = problems.size() * schedulers.size() * seeds.size();
  std::size_t done = 0;
  options.done(done, all);
  std::vector<ComparisonRow> rows;
  for (const Problem& problem : problems) {
    const std::size_t first = rows.size();
    for (const Scheduler* scheduler : schedulers) {
      rows.push_back({.problem = problem.name, .scheduler = std::string(scheduler->name)});
      if (options.cpu_seconds) {
        rows.back().cpu = 0;
      }
    }
    for (const std::uint64_t seed : seeds) {
      const Instance instance = problem.make(seed);
      const Duration lower_bound = LowerBound(instance);
      for (std::size_t i = 0; i < schedulers.size(); ++i) {
        const Scheduler& scheduler = *schedulers[i];
        ComparisonRow& row = rows[first + i];
        Add(RunOnce(scheduler, instance, seed, options), lower_bound,
            static_cast<double>(seeds.size()), row);
        if (scheduler.bound != nullptr) {
          row.bound = scheduler.bound(instance.machines) - 1;
        }
        options.done(++done, all);
      }
    }
  }
  return rows;
}

Report ComparisonReport(std::span<const ComparisonRow> rows, std::size_t seeds) {
  Report report{.title = "Schedulers: makespan over the lower bound; less is better",
                .columns = {{"instance", "instance"},
                            {"scheduler", "scheduler"},
                            {"makespan ms", "makespan_ms", NumberForm::kFourDigits},
                            {"lower bound ms", "lower_bound_ms", NumberForm::kFourDigits},
                            {"gap %", "gap_percent", NumberForm::kFourDigits, true},
                            {"worst gap %", "worst_gap_percent", NumberForm::kFourDigits},
                            {"proven %", "proven_percent"},
                            {"imbalance %", "imbalance_percent", NumberForm::kFourDigits},
                            {"wait ms", "mean_wait_ms", NumberForm::kFourDigits},
                            {"p99 ms", "p99_wait_ms", NumberForm::kFourDigits},
                            {"SPT wait ms", "spt_mean_wait_ms", NumberForm::kFourDigits},
                            {"SPT p99 ms", "spt_p99_wait_ms", NumberForm::kFourDigits}},
                .rows = {},
                .notes = {}};
  const bool shows_cpu = !rows.empty() && rows.front().cpu;
  if (shows_cpu) {
    report.columns.push_back({"CPU ms", "cpu_ms"});
  }
  for (const ComparisonRow& row : rows) {
    report.rows.push_back({row.problem, row.scheduler, 1e3 * row.makespan, 1e3 * row.lower_bound,
                           100 * row.gap, 100 * row.worst_gap, OrNone(row.bound, 100),
                           100 * row.imbalance, 1e3 * row.in_order.mean, 1e3 * row.in_order.p99,
                           1e3 * row.shortest_first.mean, 1e3 * row.shortest_first.p99});
    if (shows_cpu) {
      report.rows.back().push_back(OrNone(row.cpu, 1e3));
    }
  }
  report.notes = {fmt::format(
      "Means over {} seed{}. A gap of 0 is optimal. Proven: never further above the optimum "
      "(Graham 1966, 1969). Waits: tasks all there at time 0, in the order of arrival, and the "
      "shortest first (SPT) on the same machines.",
      seeds, seeds == 1 ? "" : "s")};
  return report;
}

}  // namespace berth::plan
