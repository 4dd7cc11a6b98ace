#include "experiments.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <optional>
#include <utility>

#include "berth/app/run.h"
#include "berth/config/duration.h"
#include "file.h"

namespace berth::app {
namespace {

// Of the terminal that standard error is.
std::size_t TerminalColumns() {
  constexpr std::size_t kUsual = 80;
  winsize size{};
  const bool is_known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : kUsual;
}

bool RewritesLines() {
  const char* const terminal =
      std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return terminal != nullptr && std::string_view(terminal) != "dumb";
}

}  // namespace

Result<Duration> ReadDuration(std::string_view flag, std::string_view text, Duration least,
                              Duration most) {
  const std::optional<Duration> duration = config::ParseDuration(text);
  if (!duration || *duration < least || *duration > most) {
    return InvalidArgument(fmt::format("{}: expected a duration from {} to {}, found '{}'", flag,
                                       config::FormatDuration(least), config::FormatDuration(most),
                                       text));
  }
  return *duration;
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
  for (const std::string_view word :
       one ? std::vector{std::string_view(*one)} : CommaSeparated(*several)) {
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

Status CheckChart(const Arguments& arguments) {
  const auto chart = arguments.Get("--chart");
  if (chart && (chart->empty() || *chart == "-")) {
    return InvalidArgument(fmt::format("--chart: expected the name of a file, found '{}'", *chart));
  }
  return {};
}

ProgressBar::ProgressBar(std::ostream& err, const Clock& clock)
    : err_(err),
      clock_(clock),
      is_watched_(&err == &std::cerr && isatty(STDERR_FILENO) != 0 && RewritesLines()),
      begin_(clock.Now()) {}

std::string BarText(std::size_t done, std::size_t all, std::size_t columns) {
  constexpr std::size_t kWidest = 40;
  const std::string count = fmt::format("{}/{}", done, all);
  const std::size_t others = count.size() + 4;  // brackets, a blank, and the last column stays free
  if (columns <= others) {
    return columns > count.size() ? count : "";
  }
  const std::size_t width = std::min(kWidest, columns - others);
  const std::size_t filled = width * done / all;
  return fmt::format("[{:#<{}}{:.<{}}] {}", "", filled, "", width - filled, count);
}

// Rewritten in place, and gone at the end.
void ProgressBar::operator()(std::size_t done, std::size_t all) {
  if (!is_watched_ || (!is_drawn_ && clock_.Now() - begin_ < std::chrono::seconds(2))) {
    return;
  }
  is_drawn_ = true;
  err_ << '\r' << BarText(done, all, TerminalColumns());
  if (done == all) {
    err_ << "\r\033[K";
  }
  err_.flush();
}

int RunCommand(const ExperimentCommand& command, std::span<const std::string> words,
               std::ostream& out, std::ostream& err) {
  const Result<Arguments> arguments = ParseArguments(words, command.flags);
  if (arguments.ok() && arguments->help) {
    command.print_help(out);
    return kDone;
  }
  const SystemClock clock;
  ProgressBar progress(err, clock);
  const Result<Findings> findings =
      arguments.ok() ? command.find_out(*arguments, progress) : Result<Findings>(arguments.error());
  if (!findings.ok()) {
    err << fmt::format("berth {}: {}\n", command.name, findings.error().message);
    return kWrongUse;
  }
  out << findings->text;
  if (const auto chart = arguments->Get("--chart")) {
    if (const Status written = WriteFile(*chart, findings->chart); !written.ok()) {
      err << fmt::format("berth {}: --chart: {}\n", command.name, written.error().message);
      return kFailed;
    }
  }
  return kDone;
}

}  // namespace berth::app
