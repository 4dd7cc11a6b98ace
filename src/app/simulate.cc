// berth simulate: policies side by side in a simulated cluster.
#include "simulate.h"

#include <algorithm>
#include <array>
#include <ostream>

#include "commands.h"

namespace berth::app {
namespace {

constexpr std::array kSharedFlags = {
    Flag{"--experiment", "NAME", "replay (default where a trace is named) or cold-start"},
    Flag{"--policy", "NAME", "only this policy, and others that are named so; default: all", true},
    Flag{"--seed", "N", "one seed; same seed, same result"},
    Flag{"--seeds", "N,N,...", "several; default: 42, of cold-start 15,24,56,64,158"},
    Flag{"-o", "FORMAT", "table (default), json or csv"},
    Flag{"--chart", "FILE", "write a picture as well, SVG"},
};

// Each names what is to be replayed.
constexpr std::array<std::string_view, 3> kTraces = {"--nodes", "--trace", "--cluster"};

std::array<const Experiment*, 2> Experiments() {
  return {&ReplayExperiment(), &ColdStartExperiment()};
}

bool IsAmong(std::string_view flag, std::span<const Flag> flags) {
  return std::ranges::find(flags, flag, &Flag::name) != flags.end();
}

std::vector<Flag> AllFlags() {
  std::vector<Flag> flags(kSharedFlags.begin(), kSharedFlags.end());
  for (const Experiment* experiment : Experiments()) {
    flags.insert(flags.end(), experiment->flags.begin(), experiment->flags.end());
  }
  return flags;
}

Result<const Experiment*> NamedExperiment(const Arguments& arguments) {
  const auto name = arguments.Get("--experiment");
  const bool has_trace = std::ranges::any_of(
      kTraces, [&arguments](std::string_view flag) { return arguments.Has(flag); });
  if (!name && has_trace) {
    return &ReplayExperiment();
  }
  if (!name) {
    return InvalidArgument(
        "name what to simulate: --nodes FILE --pods FILE, --trace FILE, --cluster FILE, or "
        "--experiment cold-start");
  }
  std::vector<std::string_view> known;
  for (const Experiment* experiment : Experiments()) {
    if (experiment->name == *name) {
      return experiment;
    }
    known.push_back(experiment->name);
  }
  return InvalidArgument(
      fmt::format("--experiment: there is no '{}'; there are: {}", *name, fmt::join(known, ", ")));
}

Result<const Experiment*> ReadExperiment(const Arguments& arguments) {
  if (!arguments.operands.empty()) {
    return InvalidArgument(fmt::format("unexpected argument {}", arguments.operands.front()));
  }
  BERTH_ASSIGN_OR_RETURN(const Experiment* const wanted, NamedExperiment(arguments));
  for (const Experiment* other : Experiments()) {
    for (const auto& [flag, value] : arguments.flags) {
      if (other != wanted && IsAmong(flag, other->flags)) {
        return InvalidArgument(fmt::format("{} belongs to --experiment {}", flag, other->name));
      }
    }
  }
  return wanted;
}

void PrintHelp(std::ostream& out) {
  out << "usage: berth simulate --nodes FILE --pods FILE [flags]\n"
         "       berth simulate --trace FILE [flags]\n"
         "       berth simulate --cluster FILE [--config FILE] [flags]\n"
         "       berth simulate --experiment cold-start [flags]\n\n"
      << FlagHelp(kSharedFlags);
  for (const Experiment* experiment : Experiments()) {
    out << fmt::format("\n{}: {}\n", experiment->name, experiment->help)
        << FlagHelp(experiment->flags) << "policies:\n"
        << experiment->policies();
  }
}

Result<Findings> FindOut(const Arguments& arguments, ProgressBar& progress) {
  BERTH_RETURN_IF_ERROR(CheckChart(arguments));
  BERTH_ASSIGN_OR_RETURN(const Experiment* const experiment, ReadExperiment(arguments));
  return experiment->run(arguments, progress);
}

}  // namespace

int Simulate(std::span<const std::string> words, std::ostream& out, std::ostream& err) {
  const std::vector<Flag> flags = AllFlags();
  return RunCommand(
      {.name = "simulate", .flags = flags, .print_help = &PrintHelp, .find_out = &FindOut}, words,
      out, err);
}

}  // namespace berth::app
