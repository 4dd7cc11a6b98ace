// berth simulate: policies side by side in a simulated cluster.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <limits>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "arguments.h"
#include "berth/app/run.h"
#include "berth/sim/cold_start.h"
#include "berth/sim/cold_start_report.h"
#include "berth/sim/placer.h"
#include "commands.h"

namespace berth::app {
namespace {

constexpr std::string_view kColdStart = "cold-start";

constexpr std::array kFlags = {
    Flag{"--experiment", "NAME", "cold-start: how soon replicas of models serve"},
    Flag{"--policy", "NAME", "only this policy, and others that are named so; default: all", true},
    Flag{"--seed", "N", "one seed; same seed, same result"},
    Flag{"--seeds", "N,N,...", "several; default 15,24,56,64,158"},
    Flag{"--use", "SHARE", "mean share of device memory in use, 0.05 to 0.7; default 0.45"},
    Flag{"--zipf", "EXPONENT", "how much popular models are preferred, 0 to 3; default 1"},
    Flag{"--starts", "N", "expected starts per seed, 100 to 1000000; default 12000"},
    Flag{"-o", "FORMAT", "table (default), json or csv"},
    Flag{"--chart", "FILE", "write a picture as well, SVG"},
};

// The five of 1..200 whose worlds come closest to the reference (docs/simulation.md).
constexpr std::array<std::uint64_t, 5> kSeeds = {15, 24, 56, 64, 158};

struct Plan {
  sim::ColdStartSettings settings;
  std::vector<const sim::Policy*> policies;
  std::vector<std::uint64_t> seeds;
  std::string (*print)(std::span<const sim::ColdStartRow>) = nullptr;
  std::string chart;  // empty: none
};

std::vector<std::string_view> Split(std::string_view list) {
  std::vector<std::string_view> words;
  for (;;) {
    const std::size_t comma = list.find(',');
    words.push_back(list.substr(0, comma));
    if (comma == std::string_view::npos) {
      return words;
    }
    list.remove_prefix(comma + 1);
  }
}

template <typename Number>
Result<Number> ReadNumber(std::string_view flag, std::string_view text, Number least, Number most) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  if (!is_whole || !(number >= least && number <= most)) {
    return InvalidArgument(
        fmt::format("{}: expected a number from {} to {}, found '{}'", flag, least, most, text));
  }
  return number;
}

Result<std::vector<std::uint64_t>> ReadSeeds(const Arguments& arguments) {
  const auto one = arguments.Get("--seed");
  const auto several = arguments.Get("--seeds");
  if (one && several) {
    return InvalidArgument("--seed and --seeds exclude each other");
  }
  if (!one && !several) {
    return std::vector<std::uint64_t>(kSeeds.begin(), kSeeds.end());
  }
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  const std::string_view flag = one ? "--seed" : "--seeds";
  std::vector<std::uint64_t> seeds;
  for (const std::string_view word : one ? std::vector{std::string_view(*one)} : Split(*several)) {
    BERTH_ASSIGN_OR_RETURN(const std::uint64_t seed,
                           ReadNumber<std::uint64_t>(flag, word, 0, kMost));
    if (std::ranges::find(seeds, seed) != seeds.end()) {
      return InvalidArgument(fmt::format("{}: {} is given twice", flag, seed));
    }
    seeds.push_back(seed);
  }
  return seeds;
}

Result<std::vector<const sim::Policy*>> ReadPolicies(const Arguments& arguments) {
  std::vector<const sim::Policy*> policies;
  const auto names = arguments.Get("--policy");
  if (!names) {
    for (const sim::Policy& policy : sim::Policies()) {
      policies.push_back(&policy);
    }
    return policies;
  }
  for (const std::string_view name : Split(*names)) {
    const sim::Policy* policy = sim::FindPolicy(name);
    if (policy == nullptr) {
      std::vector<std::string_view> known;
      for (const sim::Policy& other : sim::Policies()) {
        known.push_back(other.name);
      }
      return InvalidArgument(fmt::format("--policy: there is no policy '{}'; there are: {}", name,
                                         fmt::join(known, ", ")));
    }
    if (std::ranges::find(policies, policy) != policies.end()) {
      return InvalidArgument(fmt::format("--policy: {} is given twice", name));
    }
    policies.push_back(policy);
  }
  return policies;
}

Result<Plan> MakePlan(const Arguments& arguments) {
  if (!arguments.operands.empty()) {
    return InvalidArgument(fmt::format("unexpected argument {}", arguments.operands.front()));
  }
  const auto experiment = arguments.Get("--experiment");
  if (!experiment) {
    return InvalidArgument("name what to simulate: --experiment cold-start");
  }
  if (*experiment != kColdStart) {
    return InvalidArgument(
        fmt::format("--experiment: there is no '{}'; there are: {}", *experiment, kColdStart));
  }
  Plan plan{.chart = arguments.Get("--chart").value_or("")};
  BERTH_ASSIGN_OR_RETURN(plan.policies, ReadPolicies(arguments));
  BERTH_ASSIGN_OR_RETURN(plan.seeds, ReadSeeds(arguments));
  if (const auto use = arguments.Get("--use")) {
    BERTH_ASSIGN_OR_RETURN(plan.settings.use, ReadNumber("--use", *use, 0.05, 0.7));
  }
  if (const auto zipf = arguments.Get("--zipf")) {
    BERTH_ASSIGN_OR_RETURN(plan.settings.zipf, ReadNumber("--zipf", *zipf, 0.0, 3.0));
  }
  if (const auto starts = arguments.Get("--starts")) {
    BERTH_ASSIGN_OR_RETURN(plan.settings.starts, ReadNumber("--starts", *starts, 100, 1'000'000));
  }
  const std::string format = arguments.Get("-o").value_or("table");
  if (format == "table") {
    plan.print = &sim::ColdStartTable;
  } else if (format == "json") {
    plan.print = &sim::ColdStartJson;
  } else if (format == "csv") {
    plan.print = &sim::ColdStartCsv;
  } else {
    return InvalidArgument(fmt::format("-o: expected table, json or csv, found '{}'", format));
  }
  return plan;
}

// "[########............] 14/35", rewritten in place, and gone at the end.
void DrawProgress(std::ostream& err, std::size_t done, std::size_t all) {
  constexpr std::size_t kWidth = 40;
  const std::size_t filled = kWidth * done / all;
  err << fmt::format("\r[{:#<{}}{:.<{}}] {}/{}", "", filled, "", kWidth - filled, done, all);
  if (done == all) {
    err << "\r\033[K";
  }
  err.flush();
}

}  // namespace

int Simulate(std::span<const std::string> words, std::ostream& out, std::ostream& err) {
  const Result<Arguments> arguments = ParseArguments(words, kFlags);
  if (arguments.ok() && arguments->help) {
    out << "usage: berth simulate --experiment cold-start [flags]\n\n"
        << FlagHelp(kFlags) << "\npolicies:\n";
    for (const sim::Policy& policy : sim::Policies()) {
      out << fmt::format("  {:<28} {}\n", policy.name, policy.help);
    }
    return kDone;
  }
  const Result<Plan> plan = arguments.ok() ? MakePlan(*arguments) : arguments.error();
  if (!plan.ok()) {
    err << "berth simulate: " << plan.error().message << "\n";
    return kWrongUse;
  }
  const bool is_watched = &err == &std::cerr && isatty(STDERR_FILENO) != 0;
  const std::vector<sim::ColdStartRow> rows = sim::CompareColdStart(
      plan->settings, plan->policies, plan->seeds, [&](std::size_t done, std::size_t all) {
        if (is_watched) {
          DrawProgress(err, done, all);
        }
      });
  out << plan->print(rows);
  if (!plan->chart.empty()) {
    std::ofstream file(plan->chart, std::ios::binary);
    file << sim::ColdStartChart(rows);
    file.flush();
    if (!file) {
      err << "berth simulate: --chart: cannot write " << plan->chart << "\n";
      return kFailed;
    }
  }
  return kDone;
}

}  // namespace berth::app
