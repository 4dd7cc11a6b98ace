// berth plan: offline schedules and capacity sums. It does nothing to any cluster.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <functional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "arguments.h"
#include "berth/plan/comparison.h"
#include "berth/plan/report.h"
#include "berth/plan/serving.h"
#include "berth/plan/standby.h"
#include "berth/plan/stated_model.h"
#include "commands.h"
#include "experiments.h"
#include "plan_cases.h"
#include "plan_cluster.h"

namespace berth::app {
namespace {

constexpr std::array kFlags = {
    Flag{"--experiment", "NAME",
         "see below; default: serving, or what --tasks, --cluster or --rebalance is for"},
    Flag{"--day", "N", "requests a day; default 1000000"},
    Flag{"--peak", "RATE", "requests a second at the peak; default 1000"},
    Flag{"--mix", "KIND:TIME:SHARE,...",
         "requests; default search:0.5ms:0.6,recommend:1ms:0.3,purchase:2ms:0.1", true},
    Flag{"--speed", "KIND=FACTOR,...",
         "of optimised models, or KIND=MODEL@VARIANT of the catalog; default: the shop's 1.3 each",
         true},
    Flag{"--catalog", "FILE", "a ModelCatalog: for --speed; for pods that name models"},
    Flag{"--servers", "N", "serving: default 1000; stated: 4; schedulers: with --tasks"},
    Flag{"--slots", "C", "of each server; serving: default 100; stated: 4; schedulers: 1"},
    Flag{"--p99", "DURATION", "that 99 of 100 requests may wait at most; default 1ms"},
    Flag{"--starts", "N", "replicas started per hour; default 600"},
    Flag{"--setup", "DURATION", "of a slot; default 30s"},
    Flag{"--lead", "DURATION", "how long before it a start is known; default 0"},
    Flag{"--idle-cost", "SHARE", "of a standby slot, of what a late start costs; default 0.05"},
    Flag{"--tasks", "FILE",
         "tasks of your own, CSV: a column demand (\"0.5ms\"), perhaps count; or YAML"},
    Flag{"--instance", "NAME", "only this one, and others that are named so", true},
    Flag{"--scheduler", "NAME", "only this one, and others that are named so", true},
    Flag{"--seed", "N", "one seed; same seed, same result"},
    Flag{"--seeds", "N,N,...", "several; default 1,2,...,10"},
    Flag{"--cluster", "FILE",
         "nodes and pods: kubectl get nodes,pods -A -o yaml, or /api/v1/snapshot"},
    Flag{"--config", "FILE", "configuration of the Berth that serves there"},
    Flag{"--rounds", "N", "orders tried for a joint placement; default 100"},
    Flag{"--rebalance", "RESOURCE=N,...", "what is to fit, such as nvidia.com/gpu=8"},
    Flag{"--cpu-time", "", "tell the CPU time too, which differs from run to run"},
    Flag{"-o", "FORMAT", "table (default), json or csv"},
    Flag{"--chart", "FILE", "write a picture as well, SVG"},
};

constexpr std::array<std::string_view, 3> kSharedFlags = {"--experiment", "-o", "--chart"};

struct Experiment {
  std::string_view name;
  std::string_view help;
  std::span<const std::string_view> flags;  // besides the shared ones
  Result<plan::Report> (*run)(const Arguments& arguments, ProgressBar& progress) = nullptr;
};

constexpr std::array<std::string_view, 8> kServingFlags = {
    "--day", "--peak", "--mix", "--speed", "--catalog", "--servers", "--slots", "--p99"};
constexpr std::array<std::string_view, 4> kStandbyFlags = {"--starts", "--setup", "--lead",
                                                           "--idle-cost"};
constexpr std::array<std::string_view, 5> kPendingFlags = {"--cluster", "--config", "--catalog",
                                                           "--seed", "--rounds"};
constexpr std::array<std::string_view, 4> kRebalanceFlags = {"--rebalance", "--cluster", "--config",
                                                             "--catalog"};
constexpr std::array<std::string_view, 3> kStatedFlags = {"--tasks", "--servers", "--slots"};
constexpr std::array<std::string_view, 8> kSchedulersFlags = {
    "--tasks",     "--servers", "--slots", "--instance",
    "--scheduler", "--seed",    "--seeds", "--cpu-time"};

Result<plan::Report> RunServing(const Arguments& arguments, ProgressBar& /*progress*/) {
  BERTH_ASSIGN_OR_RETURN(const plan::ServingCase serving, ReadServing(arguments));
  return plan::ServingReport(serving);
}

Result<plan::Report> RunStandby(const Arguments& arguments, ProgressBar& /*progress*/) {
  BERTH_ASSIGN_OR_RETURN(const plan::StandbyCase standby, ReadStandby(arguments));
  return plan::StandbyReport(standby);
}

Result<plan::Report> RunStated(const Arguments& arguments, ProgressBar& /*progress*/) {
  BERTH_ASSIGN_OR_RETURN(const StatedCase stated, ReadStated(arguments));
  return plan::StatedReport(stated.demands, stated.servers, stated.slots);
}

Result<plan::Report> RunSchedulers(const Arguments& arguments, ProgressBar& progress) {
  BERTH_ASSIGN_OR_RETURN(const SchedulersCase schedulers, ReadSchedulers(arguments));
  plan::ComparisonOptions options{.cpu_seconds = {}, .done = std::ref(progress)};
  if (arguments.Has("--cpu-time")) {
    options.cpu_seconds = [] { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; };
  }
  return plan::ComparisonReport(plan::CompareSchedulers(schedulers.problems, schedulers.schedulers,
                                                        schedulers.seeds, options),
                                schedulers.seeds.size());
}

constexpr std::array<Experiment, 6> kExperiments = {{
    {"serving", "use, waiting and servers needed for a day's requests", kServingFlags, &RunServing},
    {"standby", "pre-scheduling: what slots that are set up ahead save", kStandbyFlags,
     &RunStandby},
    {"stated", "the model sum D / C + sum D / N and its recurrence", kStatedFlags, &RunStated},
    {"schedulers", "makespan, waiting and imbalance, against lower bounds", kSchedulersFlags,
     &RunSchedulers},
    {"pending", "the waiting pods of a cluster: one by one, and all at once", kPendingFlags,
     &RunPending},
    {"rebalance", "the fewest pods of a cluster to move for another to fit", kRebalanceFlags,
     &RunRebalance},
}};

std::string_view DefaultExperiment(const Arguments& arguments) {
  return arguments.Has("--rebalance") ? "rebalance"
         : arguments.Has("--cluster") ? "pending"
         : arguments.Has("--tasks")   ? "schedulers"
                                      : "serving";
}

bool IsIn(std::string_view flag, std::span<const std::string_view> flags) {
  return std::ranges::find(flags, flag) != flags.end();
}

Result<const Experiment*> ReadExperiment(const Arguments& arguments) {
  if (!arguments.operands.empty()) {
    return InvalidArgument(fmt::format("unexpected argument {}", arguments.operands.front()));
  }
  const std::string name =
      arguments.Get("--experiment").value_or(std::string(DefaultExperiment(arguments)));
  BERTH_ASSIGN_OR_RETURN(
      const Experiment* const experiment,
      FindNamed("--experiment", "experiment", name, std::span<const Experiment>(kExperiments)));
  for (const auto& [flag, value] : arguments.flags) {
    if (!IsIn(flag, kSharedFlags) && !IsIn(flag, experiment->flags)) {
      return InvalidArgument(fmt::format("{} does not go with --experiment {}, which takes {}",
                                         flag, name, fmt::join(experiment->flags, ", ")));
    }
  }
  return experiment;
}

void PrintHelp(std::ostream& out) {
  out << "usage: berth plan [--experiment NAME] [flags]\n\n"
      << FlagHelp(kFlags) << "\nexperiments, and their flags:\n";
  for (const Experiment& experiment : kExperiments) {
    out << fmt::format("  {:<28} {}\n  {:<28} {}\n", experiment.name, experiment.help, "",
                       fmt::join(experiment.flags, " "));
  }
  out << "\ninstances:\n"
      << HelpOf(plan::Families()) << "\nschedulers:\n"
      << HelpOf(plan::Schedulers());
}

Result<Findings> FindOut(const Arguments& arguments, ProgressBar& progress) {
  constexpr Writers<const plan::Report&> kWriters = {
      .table = &plan::ReportTable, .json = &plan::ReportJson, .csv = &plan::ReportCsv};
  BERTH_ASSIGN_OR_RETURN(const Experiment* const experiment, ReadExperiment(arguments));
  BERTH_ASSIGN_OR_RETURN(const Format format, ReadFormat(arguments));
  BERTH_RETURN_IF_ERROR(CheckChart(arguments));
  BERTH_ASSIGN_OR_RETURN(const plan::Report report, experiment->run(arguments, progress));
  if (arguments.Has("--chart") && std::ranges::none_of(report.columns, &plan::Column::in_chart)) {
    return InvalidArgument(
        fmt::format("--chart: there is nothing to draw of {}", experiment->name));
  }
  return Findings{.text = kWriters.Write(report, format), .chart = plan::ReportChart(report)};
}

}  // namespace

int PlanAhead(std::span<const std::string> words, std::ostream& out, std::ostream& err) {
  return RunCommand(
      {.name = "plan", .flags = kFlags, .print_help = &PrintHelp, .find_out = &FindOut}, words, out,
      err);
}

}  // namespace berth::app
