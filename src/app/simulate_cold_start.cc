// berth simulate --experiment cold-start: how soon replicas of models serve.
#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "berth/sim/cold_start.h"
#include "berth/sim/cold_start_report.h"
#include "berth/sim/placer.h"
#include "simulate.h"

namespace berth::app {
namespace {

constexpr std::array kFlags = {
    Flag{"--use", "SHARE", "mean share of device memory in use, 0.05 to 0.7; default 0.45"},
    Flag{"--zipf", "EXPONENT", "how much popular models are preferred, 0 to 3; default 1"},
    Flag{"--starts", "N", "expected starts per seed, 100 to 1000000; default 12000"},
};

// The five of 1..200 whose worlds come closest to the reference (docs/simulation.md).
constexpr std::array<std::uint64_t, 5> kSeeds = {15, 24, 56, 64, 158};

Result<sim::ColdStartSettings> ReadSettings(const Arguments& arguments) {
  sim::ColdStartSettings settings;
  if (const auto use = arguments.Get("--use")) {
    BERTH_ASSIGN_OR_RETURN(settings.use, ReadNumber("--use", *use, 0.05, 0.7));
  }
  if (const auto zipf = arguments.Get("--zipf")) {
    BERTH_ASSIGN_OR_RETURN(settings.zipf, ReadNumber("--zipf", *zipf, 0.0, 3.0));
  }
  if (const auto starts = arguments.Get("--starts")) {
    BERTH_ASSIGN_OR_RETURN(settings.starts, ReadNumber("--starts", *starts, 100, 1'000'000));
  }
  return settings;
}

Result<Findings> Run(const Arguments& arguments, ProgressBar& progress) {
  constexpr Writers<std::span<const sim::ColdStartRow>> kWriters = {
      .table = &sim::ColdStartTable, .json = &sim::ColdStartJson, .csv = &sim::ColdStartCsv};
  BERTH_ASSIGN_OR_RETURN(const auto policies,
                         ReadNamedOrAll(arguments, "--policy", "policy", sim::Policies()));
  BERTH_ASSIGN_OR_RETURN(const std::vector<std::uint64_t> seeds, ReadSeeds(arguments, kSeeds));
  BERTH_ASSIGN_OR_RETURN(const sim::ColdStartSettings settings, ReadSettings(arguments));
  BERTH_ASSIGN_OR_RETURN(const Format format, ReadFormat(arguments));
  const std::vector<sim::ColdStartRow> rows =
      sim::CompareColdStart(settings, policies, seeds, std::ref(progress));
  return Findings{.text = kWriters.Write(rows, format), .chart = sim::ColdStartChart(rows)};
}

std::string PolicyHelp() { return HelpOf(sim::Policies()); }

}  // namespace

const Experiment& ColdStartExperiment() {
  static constexpr Experiment kExperiment = {.name = "cold-start",
                                             .help = "how soon replicas of models serve",
                                             .flags = kFlags,
                                             .policies = &PolicyHelp,
                                             .run = &Run};
  return kExperiment;
}

}  // namespace berth::app
