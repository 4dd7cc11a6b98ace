// What commands that run experiments share on the command line.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "arguments.h"
#include "berth/base/clock.h"
#include "berth/base/csv.h"
#include "berth/base/named.h"
#include "berth/base/result.h"

namespace berth::app {

template <typename Number>
Result<Number> ReadNumber(std::string_view flag, std::string_view text, Number least, Number most) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (!is_number || !(number >= least && number <= most)) {
    constexpr std::string_view kKind = std::is_integral_v<Number> ? "whole number" : "number";
    return InvalidArgument(
        fmt::format("{}: expected a {} from {} to {}, found '{}'", flag, kKind, least, most, text));
  }
  return number;
}

// "0.5ms", "30s".
Result<Duration> ReadDuration(std::string_view flag, std::string_view text, Duration least,
                              Duration most);

// Of --seed or --seeds, which exclude each other.
Result<std::vector<std::uint64_t>> ReadSeeds(const Arguments& arguments,
                                             std::span<const std::uint64_t> otherwise);

// The one of that name. `kind` is for the complaint: "scheduler".
template <typename Named>
Result<const Named*> FindNamed(std::string_view flag, std::string_view kind, std::string_view name,
                               std::span<const Named> all) {
  if (const Named* const found = FindByName(all, name)) {
    return found;
  }
  std::vector<std::string_view> known;
  for (const Named& other : all) {
    known.push_back(other.name);
  }
  return InvalidArgument(fmt::format("{}: there is no {} '{}'; there are: {}", flag, kind, name,
                                     fmt::join(known, ", ")));
}

// Those that a list names, each once.
template <typename Named>
Result<std::vector<const Named*>> ReadNamed(std::string_view flag, std::string_view kind,
                                            std::string_view names, std::span<const Named> all) {
  std::vector<const Named*> found;
  for (const std::string_view name : CommaSeparated(names)) {
    BERTH_ASSIGN_OR_RETURN(const Named* const named, FindNamed(flag, kind, name, all));
    if (std::ranges::find(found, named) != found.end()) {
      return InvalidArgument(fmt::format("{}: {} is given twice", flag, name));
    }
    found.push_back(named);
  }
  return found;
}

// Those that the flag names; all where it is not given.
template <typename Named>
Result<std::vector<const Named*>> ReadNamedOrAll(const Arguments& arguments, std::string_view flag,
                                                 std::string_view kind,
                                                 std::span<const Named> all) {
  if (const auto names = arguments.Get(flag)) {
    return ReadNamed(flag, kind, *names, all);
  }
  std::vector<const Named*> every;
  for (const Named& named : all) {
    every.push_back(&named);
  }
  return every;
}

// Lines of a help, of what has a name and a help.
template <typename Named>
std::string HelpOf(std::span<const Named> all) {
  std::string help;
  for (const Named& named : all) {
    help += fmt::format("  {:<28} {}\n", named.name, named.help);
  }
  return help;
}

enum class Format : std::uint8_t { kTable, kJson, kCsv };
Result<Format> ReadFormat(const Arguments& arguments);

// --chart names a file, if it is given.
Status CheckChart(const Arguments& arguments);

// "[########............] 14/35", in so many columns.
std::string BarText(std::size_t done, std::size_t all, std::size_t columns);

// How something found out is written in each format.
template <typename Found>
struct Writers {
  std::string (*table)(Found) = nullptr;
  std::string (*json)(Found) = nullptr;
  std::string (*csv)(Found) = nullptr;

  std::string Write(Found found, Format format) const {
    switch (format) {
      case Format::kTable:
        return table(found);
      case Format::kJson:
        return json(found);
      case Format::kCsv:
        return csv(found);
    }
    return {};
  }
};

// Draws how far the work is where somebody watches, once it has taken two seconds. A terminal that
// is narrow gets a narrow bar, one that cannot rewrite a line (TERM=dumb) none.
class ProgressBar {
 public:
  // `clock` and `err` outlive it.
  ProgressBar(std::ostream& err, const Clock& clock);
  void operator()(std::size_t done, std::size_t all);

 private:
  std::ostream& err_;
  const Clock& clock_;
  const bool is_watched_;
  const Instant begin_;
  bool is_drawn_ = false;
};

// What to print, and the picture to write where --chart names a file.
struct Findings {
  std::string text;
  std::string chart;
};

// A command that runs experiments.
struct ExperimentCommand {
  std::string_view name;  // "plan"
  std::span<const Flag> flags;
  void (*print_help)(std::ostream& out) = nullptr;
  // An Error is a wrong use.
  Result<Findings> (*find_out)(const Arguments& arguments, ProgressBar& progress) = nullptr;
};

// From the command line to what is printed and drawn. The exit code.
int RunCommand(const ExperimentCommand& command, std::span<const std::string> words,
               std::ostream& out, std::ostream& err);

}  // namespace berth::app
