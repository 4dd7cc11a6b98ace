// What the experiments of `berth simulate` share on the command line.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "arguments.h"
#include "berth/base/result.h"

namespace berth::app {

// Words between commas.
std::vector<std::string_view> Split(std::string_view list);

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

// Of --seed or --seeds, which exclude each other.
Result<std::vector<std::uint64_t>> ReadSeeds(const Arguments& arguments,
                                             std::span<const std::uint64_t> otherwise);

// The policies that --policy names, each once; without it all.
template <typename Policy>
Result<std::vector<const Policy*>> ReadPolicies(const Arguments& arguments,
                                                std::span<const Policy> all) {
  std::vector<const Policy*> policies;
  const auto names = arguments.Get("--policy");
  if (!names) {
    for (const Policy& policy : all) {
      policies.push_back(&policy);
    }
    return policies;
  }
  for (const std::string_view name : Split(*names)) {
    const auto policy = std::ranges::find(all, name, &Policy::name);
    if (policy == all.end()) {
      std::vector<std::string_view> known;
      for (const Policy& other : all) {
        known.push_back(other.name);
      }
      return InvalidArgument(fmt::format("--policy: there is no policy '{}'; there are: {}", name,
                                         fmt::join(known, ", ")));
    }
    if (std::ranges::find(policies, &*policy) != policies.end()) {
      return InvalidArgument(fmt::format("--policy: {} is given twice", name));
    }
    policies.push_back(&*policy);
  }
  return policies;
}

// Lines of a help, for policies with a name and a help.
template <typename Policy>
std::string PolicyHelp(std::span<const Policy> all) {
  std::string help;
  for (const Policy& policy : all) {
    help += fmt::format("  {:<28} {}\n", policy.name, policy.help);
  }
  return help;
}

enum class Format : std::uint8_t { kTable, kJson, kCsv };
Result<Format> ReadFormat(const Arguments& arguments);

// Draws how far the work is where somebody watches.
class ProgressBar {
 public:
  explicit ProgressBar(std::ostream& err);
  void operator()(std::size_t done, std::size_t all) const;

 private:
  std::ostream& err_;
  bool is_watched_;
};

// What to print, and the picture to write where --chart names a file.
struct Findings {
  std::string text;
  std::string chart;
};
// One experiment: its own flags, and what it does with them. --experiment, --policy, --seed,
// --seeds, -o and --chart belong to all.
struct Experiment {
  std::string_view name;
  std::string_view help;
  std::span<const Flag> flags;
  std::string (*policies)() = nullptr;  // lines of the help
  // An Error is a wrong use.
  Result<Findings> (*run)(const Arguments& arguments, const ProgressBar& progress) = nullptr;
};

const Experiment& ColdStartExperiment();
const Experiment& ReplayExperiment();

}  // namespace berth::app
