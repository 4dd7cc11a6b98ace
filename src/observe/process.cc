#include "process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <system_error>
#include <vector>

namespace berth::observe {
namespace {

std::string ReadFile(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

std::vector<std::string_view> Words(std::string_view text) {
  constexpr std::string_view kBlank = " \n";
  std::vector<std::string_view> words;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
    if (text.empty()) {
      return words;
    }
    words.push_back(text.substr(0, text.find_first_of(kBlank)));
    text.remove_prefix(words.back().size());
  }
}

// Seconds since the epoch, of the machine's start.
std::optional<std::uint64_t> BootTime() {
  const std::string stat = ReadFile("/proc/stat");
  constexpr std::string_view kKey = "\nbtime ";
  const std::size_t at = stat.find(kKey);
  if (at == std::string::npos) {
    return std::nullopt;
  }
  const std::string_view rest = std::string_view(stat).substr(at + kKey.size());
  return ParseNumber(rest.substr(0, rest.find('\n')));
}

double CountOpenFds() {
  std::error_code error;
  double count = -1;  // the one that reads the directory
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end;
       !error && entry != end; entry.increment(error)) {
    ++count;
  }
  return std::max(count, 0.0);
}

double MaxFds() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return std::numeric_limits<double>::infinity();
  }
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

std::optional<ProcStat> ParseProcStat(std::string_view text) {
  // The second field is the command in parentheses and may hold anything, parentheses included.
  const std::size_t command_end = text.rfind(')');
  if (command_end == std::string_view::npos) {
    return std::nullopt;
  }
  const std::vector<std::string_view> words = Words(text.substr(command_end + 1));
  // Numbered from 1 in proc(5); the first word here is field 3.
  const auto field = [&words](std::size_t number) -> std::optional<std::uint64_t> {
    return number - 3 < words.size() ? ParseNumber(words[number - 3]) : std::nullopt;
  };
  const auto utime = field(14);
  const auto stime = field(15);
  const auto threads = field(20);
  const auto start = field(22);
  const auto resident = field(24);
  if (!utime || !stime || !threads || !start || !resident) {
    return std::nullopt;
  }
  return ProcStat{.cpu_ticks = *utime + *stime,
                  .threads = *threads,
                  .start_ticks = *start,
                  .resident_pages = *resident};
}

std::optional<ProcessReading> ReadProcess() {
  const std::optional<ProcStat> stat = ParseProcStat(ReadFile("/proc/self/stat"));
  const std::optional<std::uint64_t> boot = BootTime();
  if (!stat || !boot) {
    return std::nullopt;
  }
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto page_bytes = static_cast<double>(sysconf(_SC_PAGESIZE));
  return ProcessReading{
      .cpu_seconds = static_cast<double>(stat->cpu_ticks) / ticks_per_second,
      .resident_bytes = static_cast<double>(stat->resident_pages) * page_bytes,
      .start_time_seconds =
          static_cast<double>(*boot) + static_cast<double>(stat->start_ticks) / ticks_per_second,
      .open_fds = CountOpenFds(),
      .max_fds = MaxFds(),
      .threads = static_cast<double>(stat->threads),
  };
}

}  // namespace berth::observe
