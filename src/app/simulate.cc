// berth simulate: policies side by side in a simulated cluster.
#include "simulate.h"

#include <unistd.h>

#include <array>
#include <fstream>
#include <iostream>
#include <limits>

#include "berth/app/run.h"
#include "commands.h"

namespace berth::app {
namespace {

constexpr std::array kSharedFlags = {
    Flag{"--experiment", "NAME", "replay (default where --nodes is given) or cold-start"},
    Flag{"--policy", "NAME", "only this policy, and others that are named so; default: all", true},
    Flag{"--seed", "N", "one seed; same seed, same result"},
    Flag{"--seeds", "N,N,...", "several; default: 42, of cold-start 15,24,56,64,158"},
    Flag{"-o", "FORMAT", "table (default), json or csv"},
    Flag{"--chart", "FILE", "write a picture as well, SVG"},
};

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
  if (!name && arguments.Has("--nodes")) {
    return &ReplayExperiment();
  }
  if (!name) {
    return InvalidArgument(
        "name what to simulate: --nodes FILE --pods FILE, or --experiment cold-start");
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
         "       berth simulate --experiment cold-start [flags]\n\n"
      << FlagHelp(kSharedFlags);
  for (const Experiment* experiment : Experiments()) {
    out << fmt::format("\n{}: {}\n", experiment->name, experiment->help)
        << FlagHelp(experiment->flags) << "policies:\n"
        << experiment->policies();
  }
}

Result<Findings> FindOut(const Result<Arguments>& arguments, const ProgressBar& progress) {
  if (!arguments.ok()) {
    return arguments.error();
  }
  BERTH_ASSIGN_OR_RETURN(const Experiment* const experiment, ReadExperiment(*arguments));
  return experiment->run(*arguments, progress);
}

bool WriteFile(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.flush();
  return static_cast<bool>(file);
}

}  // namespace

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

Result<std::vector<std::uint64_t>> ReadSeeds(const Arguments& arguments,
                                             std::span<const std::uint64_t> otherwise) {
  const auto one = arguments.Get("--seed");
  const auto several = arguments.Get("--seeds");
  if (one && several) {
    return InvalidArgument("--seed and --seeds exclude each other");
  }
  if (!one && !several) {
    return std::vector<std::uint64_t>(otherwise.begin(), otherwise.end());
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

Result<Format> ReadFormat(const Arguments& arguments) {
  const std::string format = arguments.Get("-o").value_or("table");
  if (format == "table") {
    return Format::kTable;
  }
  if (format == "json") {
    return Format::kJson;
  }
  if (format == "csv") {
    return Format::kCsv;
  }
  return InvalidArgument(fmt::format("-o: expected table, json or csv, found '{}'", format));
}

ProgressBar::ProgressBar(std::ostream& err)
    : err_(err), is_watched_(&err == &std::cerr && isatty(STDERR_FILENO) != 0) {}

// "[########............] 14/35", rewritten in place, and gone at the end.
void ProgressBar::operator()(std::size_t done, std::size_t all) const {
  if (!is_watched_) {
    return;
  }
  constexpr std::size_t kWidth = 40;
  const std::size_t filled = kWidth * done / all;
  err_ << fmt::format("\r[{:#<{}}{:.<{}}] {}/{}", "", filled, "", kWidth - filled, done, all);
  if (done == all) {
    err_ << "\r\033[K";
  }
  err_.flush();
}

int Simulate(std::span<const std::string> words, std::ostream& out, std::ostream& err) {
  const Result<Arguments> arguments = ParseArguments(words, AllFlags());
  if (arguments.ok() && arguments->help) {
    PrintHelp(out);
    return kDone;
  }
  const Result<Findings> findings = FindOut(arguments, ProgressBar(err));
  if (!findings.ok()) {
    err << "berth simulate: " << findings.error().message << "\n";
    return kWrongUse;
  }
  out << findings->text;
  const auto chart = arguments->Get("--chart");
  if (chart && !WriteFile(*chart, findings->chart)) {
    err << "berth simulate: --chart: cannot write " << *chart << "\n";
    return kFailed;
  }
  return kDone;
}

}  // namespace berth::app
