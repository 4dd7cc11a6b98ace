#include "berth/telemetry/telemetry_reading.h"

#include <gtest/gtest.h>

namespace berth::telemetry {
namespace {

TEST(TelemetryReading, AddsUpScrapesAndQueries) {
  CollectorCounts collector{.malformed = 3, .targets = 5, .failing = 1};
  collector.results = {10, 1};
  PrometheusCounts prometheus;
  prometheus.results = {2, 0, 4};
  const TelemetryReading reading = Combine({.nodes_fresh = 4,
                                            .nodes_stale = 1,
                                            .nodes_missing = 2,
                                            .clock = 1,
                                            .outdated = 2,
                                            .discarded = 4},
                                           collector, prometheus);
  EXPECT_EQ(reading.scrapes[static_cast<std::size_t>(ScrapeResult::kOk)], 12U);
  EXPECT_EQ(reading.scrapes[static_cast<std::size_t>(ScrapeResult::kTimeout)], 1U);
  EXPECT_EQ(reading.scrapes[static_cast<std::size_t>(ScrapeResult::kUnreachable)], 4U);
  EXPECT_EQ(reading.discarded, 7U);
  EXPECT_EQ(reading.malformed, 3U);
  EXPECT_EQ(reading.targets_failing, 1U);
  EXPECT_FALSE(reading.degraded);
}

TEST(TelemetryReading, IsDegradedByEitherSide) {
  EXPECT_TRUE(Combine({.nodes_fresh = 1, .nodes_missing = 2}, {}, {}).degraded);
  EXPECT_TRUE(Combine({.nodes_fresh = 2}, {}, {.degraded = true}).degraded);
}

}  // namespace
}  // namespace berth::telemetry
