// The experiments of `berth plan` on a real cluster, as a file shows it. They do nothing to it.
#pragma once

#include "arguments.h"
#include "berth/base/result.h"
#include "berth/plan/report.h"
#include "experiments.h"

namespace berth::app {

// --cluster, --config, --catalog, --seed, --rounds: the pods that wait, one by one and all at once.
Result<plan::Report> RunPending(const Arguments& arguments, ProgressBar& progress);

// --cluster, --config, --catalog, --rebalance: the fewest pods to move for one to fit.
Result<plan::Report> RunRebalance(const Arguments& arguments, ProgressBar& progress);

}  // namespace berth::app
