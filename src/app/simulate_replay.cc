// berth simulate --nodes FILE --pods FILE, or --trace or --cluster FILE: a trace is replayed under
// packing policies.
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "berth/sim/arrivals.h"
#include "berth/sim/cluster_trace.h"
#include "berth/sim/replay.h"
#include "berth/sim/replay_report.h"
#include "berth/sim/trace.h"
#include "cluster_file.h"
#include "configuration_file.h"
#include "file.h"
#include "growth.h"
#include "rules.h"
#include "simulate.h"

namespace berth::app {
namespace {

constexpr std::array kFlags = {
    Flag{"--nodes", "FILE", "CSV: cpu_milli,memory_mib,gpu and, if you like, sn,model"},
    Flag{"--pods", "FILE",
         "CSV: cpu_milli,memory_mib,num_gpu,gpu_milli and, if you like, name,gpu_spec,times"},
    Flag{"--trace", "FILE", "YAML: kind Trace, nodes and pods with their counts"},
    Flag{"--cluster", "FILE",
         "a cluster's own nodes and pods: kubectl get nodes,pods -A -o yaml, or /api/v1/snapshot"},
    Flag{"--config", "FILE", "with --cluster: configuration of the Berth that serves there"},
    Flag{"--order", "FILE",
         "rows of pods as they come, one a line; '{seed}' in the name is the "
         "seed; default: as in the file"},
    Flag{"--node-rank", "FILE",
         "ranks of nodes, one a line: of equal ones the lowest is taken; "
         "'{seed}' as above"},
    Flag{"--inflate", "PERCENT", "shuffle pods and repeat some until they ask so much of all GPUs"},
    Flag{"--ties", "RULE",
         "of equal nodes take the lowest rank (rank, default) or any (any); "
         "Berth's own policies know no ties"},
    Flag{
        "--typical-pods", "WHENCE",
        "what Berth's fragmentation knows of the pods: what docked so far (learn, default), or all "
        "of the trace beforehand (trace)"},
    Flag{"--departures", "", "pods come and leave at the times of the trace"},
    Flag{"--scale", "NODES",
         "replay the trace grown to so many nodes, a tenth and a hundredth of them, with ten pods "
         "a node; print what it costs"},
};

constexpr std::array<std::uint64_t, 1> kSeeds = {42};

using sim::Trace;

struct NamedText {
  std::string name;  // of the file
  std::string text;
};

// Of the file that the flag names. An Error names the flag.
Result<NamedText> ReadFileOf(const Arguments& arguments, std::string_view flag) {
  const auto path = arguments.Get(flag);
  if (!path) {
    return InvalidArgument(fmt::format("{} is missing", flag));
  }
  Result<std::string> text = ReadFile(*path);
  if (!text.ok()) {
    return InvalidArgument(fmt::format("{}: {}", flag, text.error().message));
  }
  return NamedText{.name = NameOf(*path), .text = *std::move(text)};
}

Result<Trace> ReadCsv(const Arguments& arguments) {
  if (arguments.Get("--nodes") == "-" && arguments.Get("--pods") == "-") {
    return InvalidArgument("--nodes and --pods cannot both be standard input");
  }
  Trace trace;
  BERTH_ASSIGN_OR_RETURN(const NamedText nodes, ReadFileOf(arguments, "--nodes"));
  BERTH_ASSIGN_OR_RETURN(const NamedText pods, ReadFileOf(arguments, "--pods"));
  BERTH_ASSIGN_OR_RETURN(trace.nodes, sim::ReadTraceNodes(nodes.text, nodes.name));
  BERTH_ASSIGN_OR_RETURN(trace.pods, sim::ReadTracePods(pods.text, pods.name));
  return trace;
}

Result<Trace> ReadClusterTrace(const Arguments& arguments) {
  BERTH_ASSIGN_OR_RETURN(const auto configuration,
                         OpenConfiguration(arguments.Get("--config").value_or("")));
  BERTH_ASSIGN_OR_RETURN(const device::ClassTable classes, ClassesOf(configuration->at_start()));
  const std::string path = arguments.Get("--cluster").value_or("");
  BERTH_ASSIGN_OR_RETURN(const ClusterFile cluster, ReadCluster(path));
  Result<Trace> trace = sim::TraceOfCluster(cluster.nodes, cluster.pods, classes);
  if (!trace.ok()) {
    return InvalidArgument(fmt::format("{}: {}", path, trace.error().message));
  }
  return trace;
}

Result<Trace> ReadYaml(const Arguments& arguments) {
  BERTH_ASSIGN_OR_RETURN(const NamedText trace, ReadFileOf(arguments, "--trace"));
  return sim::ReadTrace(trace.text, trace.name);
}

// Of the one source that the flags name.
Result<Trace> ReadTrace(const Arguments& arguments) {
  constexpr std::array<std::string_view, 4> kSources = {"--cluster", "--trace", "--nodes",
                                                        "--pods"};
  for (std::size_t i = 0; i < 2; ++i) {
    for (const std::string_view other : std::span(kSources).subspan(i + 1)) {
      if (arguments.Has(kSources[i]) && arguments.Has(other)) {
        return InvalidArgument(fmt::format("{} and {} exclude each other", kSources[i], other));
      }
    }
  }
  if (arguments.Has("--config") && !arguments.Has("--cluster")) {
    return InvalidArgument("--config goes with --cluster only");
  }
  if (arguments.Has("--cluster")) {
    return ReadClusterTrace(arguments);
  }
  return arguments.Has("--trace") ? ReadYaml(arguments) : ReadCsv(arguments);
}

std::string WithSeed(std::string path, std::uint64_t seed) {
  constexpr std::string_view kMark = "{seed}";
  if (const std::size_t at = path.find(kMark); at != std::string::npos) {
    path.replace(at, kMark.size(), std::to_string(seed));
  }
  return path;
}

using ReadRows = Result<std::vector<std::uint32_t>> (*)(std::string_view, std::string_view,
                                                        std::size_t);

// nullopt: the flag was not given.
Result<std::optional<std::vector<std::uint32_t>>> ReadRowsOf(const Arguments& arguments,
                                                             std::string_view flag,
                                                             std::uint64_t seed, std::size_t count,
                                                             ReadRows read) {
  const auto pattern = arguments.Get(flag);
  if (!pattern) {
    return std::optional<std::vector<std::uint32_t>>();
  }
  const std::string path = WithSeed(*pattern, seed);
  const Result<std::string> text = ReadFile(path);
  if (!text.ok()) {
    return InvalidArgument(fmt::format("{}: {}", flag, text.error().message));
  }
  BERTH_ASSIGN_OR_RETURN(std::vector<std::uint32_t> rows, read(*text, path, count));
  return std::optional(std::move(rows));
}

Result<std::vector<std::uint32_t>> ReadArrivals(const Arguments& arguments, const Trace& trace,
                                                std::uint64_t seed) {
  const auto& pods = trace.pods.rows;
  BERTH_ASSIGN_OR_RETURN(auto given,
                         ReadRowsOf(arguments, "--order", seed, pods.size(), &sim::ReadArrivals));
  if (given) {
    return *std::move(given);
  }
  const auto inflate = arguments.Get("--inflate");
  if (!inflate) {
    return sim::FileOrder(pods.size());
  }
  BERTH_ASSIGN_OR_RETURN(const int percent, ReadNumber("--inflate", *inflate, 1, 10'000));
  return sim::InflatedArrivals(trace.nodes, pods, percent, seed);
}

Result<sim::TieRule> ReadTies(const Arguments& arguments) {
  const std::string rule = arguments.Get("--ties").value_or("rank");
  if (rule == "rank") {
    return sim::TieRule::kLowestRank;
  }
  if (rule == "any") {
    return sim::TieRule::kAny;
  }
  return InvalidArgument(fmt::format("--ties: expected rank or any, found '{}'", rule));
}

Result<sim::Foresight> ReadForesight(const Arguments& arguments) {
  const std::string whence = arguments.Get("--typical-pods").value_or("learn");
  if (whence == "learn") {
    return sim::Foresight::kNone;
  }
  if (whence == "trace") {
    return sim::Foresight::kTrace;
  }
  return InvalidArgument(
      fmt::format("--typical-pods: expected learn or trace, found '{}'", whence));
}

Result<sim::ReplayMode> ReadMode(const Arguments& arguments, const Trace& trace) {
  if (!arguments.Has("--departures")) {
    return sim::ReplayMode::kArrivals;
  }
  for (const std::string_view other : {"--order", "--inflate"}) {
    if (arguments.Has(other)) {
      return InvalidArgument(fmt::format("--departures and {} exclude each other", other));
    }
  }
  if (!trace.pods.timed) {
    return InvalidArgument(
        "--departures: nothing says when pods end; --pods may, in columns creation_time and "
        "deletion_time");
  }
  return sim::ReplayMode::kDepartures;
}

Result<sim::ReplaySetup> ReadSetup(const Arguments& arguments, const Trace& trace,
                                   std::uint64_t seed) {
  sim::ReplaySetup setup{.nodes = trace.nodes, .pods = trace.pods.rows, .seed = seed};
  BERTH_ASSIGN_OR_RETURN(setup.ties, ReadTies(arguments));
  BERTH_ASSIGN_OR_RETURN(setup.mode, ReadMode(arguments, trace));
  BERTH_ASSIGN_OR_RETURN(setup.foresight, ReadForesight(arguments));
  BERTH_ASSIGN_OR_RETURN(setup.arrivals, ReadArrivals(arguments, trace, seed));
  BERTH_ASSIGN_OR_RETURN(
      auto ranks, ReadRowsOf(arguments, "--node-rank", seed, trace.nodes.size(), &sim::ReadRanks));
  setup.ranks = ranks ? *std::move(ranks) : sim::FileOrder(trace.nodes.size());
  return setup;
}

// What --scale does not go with.
Status CheckScale(const Arguments& arguments) {
  for (const std::string_view other : {"--order", "--node-rank", "--inflate", "--typical-pods",
                                       "--departures", "--seeds", "-o", "--chart"}) {
    if (arguments.Has("--scale") && arguments.Has(other)) {
      return InvalidArgument(fmt::format("--scale and {} exclude each other", other));
    }
  }
  return {};
}

using Policies = std::vector<const sim::PackingPolicy*>;

Result<Findings> FindGrowth(const Arguments& arguments, const Trace& trace,
                            const Policies& policies, std::uint64_t seed, ProgressBar& progress) {
  BERTH_ASSIGN_OR_RETURN(
      const std::size_t most,
      ReadNumber<std::size_t>("--scale", arguments.Get("--scale").value_or(""), 100, 1'000'000));
  BERTH_ASSIGN_OR_RETURN(const sim::TieRule ties, ReadTies(arguments));
  const sim::ReplaySetup setup{
      .nodes = trace.nodes, .pods = trace.pods.rows, .seed = seed, .ties = ties};
  return Findings{.text = MeasureGrowth(setup, most, policies, progress), .chart = {}};
}

Result<Findings> FindCurves(const Arguments& arguments, const Trace& trace,
                            const Policies& policies, std::span<const std::uint64_t> seeds,
                            Format format, ProgressBar& progress) {
  constexpr Writers<const sim::ReplayReport&> kWriters = {
      .table = &sim::ReplayTable, .json = &sim::ReplayJson, .csv = &sim::ReplayCsv};
  std::vector<sim::ReplaySetup> setups;
  for (const std::uint64_t seed : seeds) {
    BERTH_ASSIGN_OR_RETURN(sim::ReplaySetup setup, ReadSetup(arguments, trace, seed));
    setups.push_back(std::move(setup));
  }
  const std::vector<sim::ReplayRow> rows =
      sim::CompareReplays(setups, policies, std::ref(progress));
  const sim::ReplayReport report{.mode = setups.front().mode, .nodes = trace.nodes, .rows = rows};
  return Findings{.text = kWriters.Write(report, format), .chart = sim::ReplayChart(report)};
}

Result<Findings> Run(const Arguments& arguments, ProgressBar& progress) {
  if (arguments.Has("--order") && arguments.Has("--inflate")) {
    return InvalidArgument("--order and --inflate exclude each other");
  }
  BERTH_RETURN_IF_ERROR(CheckScale(arguments));
  BERTH_ASSIGN_OR_RETURN(const Policies policies,
                         ReadNamedOrAll(arguments, "--policy", "policy", sim::PackingPolicies()));
  BERTH_ASSIGN_OR_RETURN(const std::vector<std::uint64_t> seeds, ReadSeeds(arguments, kSeeds));
  BERTH_ASSIGN_OR_RETURN(const Format format, ReadFormat(arguments));
  BERTH_ASSIGN_OR_RETURN(const Trace trace, ReadTrace(arguments));
  return arguments.Has("--scale") ? FindGrowth(arguments, trace, policies, seeds.front(), progress)
                                  : FindCurves(arguments, trace, policies, seeds, format, progress);
}

std::string PolicyHelp() { return HelpOf(sim::PackingPolicies()); }

}  // namespace

const Experiment& ReplayExperiment() {
  static constexpr Experiment kExperiment = {.name = "replay",
                                             .help = "how full a trace's pods make the devices",
                                             .flags = kFlags,
                                             .policies = &PolicyHelp,
                                             .run = &Run};
  return kExperiment;
}

}  // namespace berth::app
