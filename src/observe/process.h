// The process as /proc shows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace berth::observe {

struct ProcessReading {
  double cpu_seconds = 0;  // user and system
  double resident_bytes = 0;
  double start_time_seconds = 0;  // since the Unix epoch
  double open_fds = 0;
  double max_fds = 0;  // infinite where there is no limit
  double threads = 0;
};

// Nothing where /proc cannot be read.
std::optional<ProcessReading> ReadProcess();

// Fields of /proc/<pid>/stat (proc(5)), in their own units.
struct ProcStat {
  std::uint64_t cpu_ticks = 0;    // utime + stime
  std::uint64_t threads = 0;      // num_threads
  std::uint64_t start_ticks = 0;  // since boot
  std::uint64_t resident_pages = 0;
};
std::optional<ProcStat> ParseProcStat(std::string_view text);

}  // namespace berth::observe
