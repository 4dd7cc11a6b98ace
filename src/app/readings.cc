#include "readings.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace berth::app {

observe::LedgerReading ReadingOf(const state::Totals& totals) {
  observe::LedgerReading reading{
      .pods_pending = totals.pods_pending,
      .pods_assumed = totals.pods_assumed,
      .pods_bound = totals.pods_bound,
      .pods_doubtful = totals.pods_doubtful,
      .devices_overcommitted = totals.devices_overcommitted,
      .records_ignored = totals.records_ignored,
      .records_malformed = totals.records_malformed,
      .pods_by_others = {totals.pods_by_others_whole, totals.pods_by_others_shared},
      .expectations = totals.expectations};
  static_assert(std::tuple_size_v<decltype(reading.records_unproven)> + 1 == signing::kProofs);
  std::ranges::copy(totals.records_unproven + 1, std::end(totals.records_unproven),
                    reading.records_unproven.begin());
  std::ranges::copy(totals.nodes_by_mode, reading.nodes_by_mode.begin());
  return reading;
}

observe::TelemetryReading ReadingOf(const telemetry::TelemetryReading& telemetry) {
  static_assert(observe::kScrapeResults == telemetry::kScrapeResults);
  return {.nodes = {telemetry.nodes_fresh, telemetry.nodes_stale, telemetry.nodes_missing},
          .scrapes = telemetry.scrapes,
          .discarded = telemetry.discarded,
          .malformed = telemetry.malformed,
          .targets = telemetry.targets,
          .targets_failing = telemetry.targets_failing,
          .degraded = telemetry.degraded};
}

observe::TransportReading ReadingOf(const net::ServerStats& stats) {
  return {.connections_open = stats.connections_open,
          .connections_accepted = stats.connections_accepted,
          .refused_overload = stats.refused_overload,
          .refused_body_too_large = stats.refused_body_too_large,
          .refused_headers_too_large = stats.refused_headers_too_large,
          .refused_malformed = stats.refused_malformed,
          .cut_slow = stats.cut_slow,
          .refused_handshakes = stats.refused_handshakes};
}

}  // namespace berth::app
