// What the experiments of `berth simulate` share.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "experiments.h"

namespace berth::app {

// One experiment: its own flags, and what it does with them. --experiment, --policy, --seed,
// --seeds, -o and --chart belong to all.
struct Experiment {
  std::string_view name;
  std::string_view help;
  std::span<const Flag> flags;
  std::string (*policies)() = nullptr;  // lines of the help
  // An Error is a wrong use.
  Result<Findings> (*run)(const Arguments& arguments, ProgressBar& progress) = nullptr;
};

const Experiment& ColdStartExperiment();
const Experiment& ReplayExperiment();

}  // namespace berth::app
