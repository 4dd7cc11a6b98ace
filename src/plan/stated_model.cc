#include "berth/plan/stated_model.h"

#include <fmt/format.h>

#include <algorithm>

namespace berth::plan {

StatedModel EvaluateStated(std::span<const double> demands, std::int64_t servers,
                           std::int64_t slots) {
  const auto n = static_cast<double>(servers);
  const auto c = static_cast<double>(slots);
  StatedModel model;
  for (const double demand : demands) {
    model.by_slots += demand / c;
    model.by_servers += demand / n;
    const double last = model.recurrence.empty() ? 0 : model.recurrence.back();
    model.recurrence.push_back(model.recurrence.empty()
                                   ? demand
                                   : std::min(last + (demand / c), last + (demand / n) + demand));
  }
  return model;
}

Report StatedReport(std::span<const Duration> demands, std::int64_t servers, std::int64_t slots) {
  std::vector<double> milliseconds;
  milliseconds.reserve(demands.size());
  for (const Duration demand : demands) {
    milliseconds.push_back(static_cast<double>(demand.count()) / 1e6);
  }
  const StatedModel model = EvaluateStated(milliseconds, servers, slots);
  Report report{.title = "The stated model: sum D / C + sum D / N, and its recurrence S",
                .columns = {{"task", "task"},
                            {"demand ms", "demand_ms", NumberForm::kFourDigits},
                            {"S ms", "s_ms", NumberForm::kFourDigits, true}},
                .rows = {},
                .notes = {}};
  for (std::size_t i = 0; i < milliseconds.size(); ++i) {
    report.rows.push_back({std::to_string(i + 1), milliseconds[i], model.recurrence[i]});
  }
  report.notes = {
      fmt::format("N = {} servers, C = {} slots. Objective: {:.6g} + {:.6g} = {:.6g} ms.", servers,
                  slots, model.by_slots, model.by_servers, model.objective()),
      "The objective adds up demands, whoever runs them: no assignment is better than another by "
      "it. The recurrence always takes its first branch, for D / C is never more than D / N + D. "
      "What an assignment decides is makespan and waiting: --experiment schedulers."};
  return report;
}

}  // namespace berth::plan
