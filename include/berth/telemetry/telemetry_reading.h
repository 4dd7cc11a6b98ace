// What metrics and status pages show of telemetry. Plain numbers; observe exports them.
#pragma once

#include <array>
#include <cstdint>

#include "berth/telemetry/collector.h"
#include "berth/telemetry/load_book.h"
#include "berth/telemetry/prometheus_source.h"

namespace berth::telemetry {

struct TelemetryReading {
  std::uint64_t nodes_fresh = 0;
  std::uint64_t nodes_stale = 0;
  std::uint64_t nodes_missing = 0;
  std::array<std::uint64_t, kScrapeResults> scrapes{};  // by ScrapeResult; queries too
  std::uint64_t discarded = 0;  // samples and readings that are not believed, for whatever reason
  std::uint64_t malformed = 0;  // lines of pages
  std::uint64_t targets = 0;
  std::uint64_t targets_failing = 0;
  bool degraded = false;  // less is known than should be: the load term counts for less
};

// A source that is not in use: its counts as they begin.
TelemetryReading Combine(const LoadBookCounts& book, const CollectorCounts& collector,
                         const PrometheusCounts& prometheus);

}  // namespace berth::telemetry
