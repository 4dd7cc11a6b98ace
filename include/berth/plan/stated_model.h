// The model as it was stated: M tasks with demands D on N servers of C slots each. Its objective is
// a constant of the demands; docs/planning.md says so, and what to optimise instead.
#pragma once

#include <span>
#include <vector>

#include "berth/base/clock.h"
#include "berth/plan/report.h"

namespace berth::plan {

struct StatedModel {
  double by_slots = 0;             // sum D / C
  double by_servers = 0;           // sum D / N
  std::vector<double> recurrence;  // S_1 .. S_M

  double objective() const { return by_slots + by_servers; }
};

// S_1 = D_1, S_{i+1} = min(S_i + D_{i+1} / C, S_i + D_{i+1} / N + D_{i+1}). In the unit of the
// demands.
StatedModel EvaluateStated(std::span<const double> demands, std::int64_t servers,
                           std::int64_t slots);

// Demands in milliseconds, a row per task.
Report StatedReport(std::span<const Duration> demands, std::int64_t servers, std::int64_t slots);

}  // namespace berth::plan
