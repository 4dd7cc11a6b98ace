#include "berth/telemetry/telemetry_reading.h"

#include <cstddef>

namespace berth::telemetry {

TelemetryReading Combine(const LoadBookCounts& book, const CollectorCounts& collector,
                         const PrometheusCounts& prometheus) {
  TelemetryReading reading{.nodes_fresh = book.nodes_fresh,
                           .nodes_stale = book.nodes_stale,
                           .nodes_missing = book.nodes_missing,
                           .discarded = book.discarded + book.clock + book.outdated,
                           .malformed = collector.malformed,
                           .targets = collector.targets,
                           .targets_failing = collector.failing,
                           .degraded = book.degraded() || prometheus.degraded};
  for (std::size_t i = 0; i < kScrapeResults; ++i) {
    reading.scrapes[i] = collector.results[i] + prometheus.results[i];
  }
  return reading;
}

}  // namespace berth::telemetry
