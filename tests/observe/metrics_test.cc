#include "berth/observe/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "berth/observe/metric_table.h"
#include "testing/golden.h"

namespace berth::observe {
namespace {

using berth::tests::MatchesGolden;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;

constexpr WallTime kNow(seconds(1'795'497'631));

BuildInfo Build() { return {.version = "0.1.0", .revision = "abc1234", .compiler = "g++ 12.2.0"}; }

// Series to value, as a scraper reads them.
std::map<std::string, std::string> Series(const std::string& page) {
  std::map<std::string, std::string> series;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('#')) {
      const std::size_t value = line.rfind(' ');
      series[line.substr(0, value)] = line.substr(value + 1);
    }
  }
  return series;
}

std::map<std::string, std::string> Scrape(const Metrics& metrics) {
  return Series(metrics.Render(kNow));
}

// What depends on the machine that runs the test.
std::string WithoutProcess(const std::string& page) {
  std::string kept;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("process_") == std::string::npos) {
      kept += line + "\n";
    }
  }
  return kept;
}

Readings SomeReadings() {
  Readings readings;
  readings.nodes = {
      .synced = true, .objects = 12, .since_last_event = seconds(31), .restarts = {1, 0, 2, 0}};
  readings.pods = {
      .synced = false, .objects = 40, .since_last_event = {}, .restarts = {0, 3, 0, 4}};
  readings.ledger = {.nodes_by_mode = {9, 1, 5, 4, 1, 0, 1},
                     .pods_pending = 3,
                     .pods_assumed = 2,
                     .pods_bound = 35,
                     .pods_doubtful = 1,
                     .devices_overcommitted = 0,
                     .records_ignored = 7,
                     .records_malformed = 8,
                     .records_unproven = {3, 0, 2},
                     .pods_by_others = {4, 1},
                     .expectations = 6};
  readings.record_keys = {.path = "keys", .ids = {"k1"}, .loaded_at = {}, .error = "line 2"};
  readings.transport = {.connections_open = 17,
                        .connections_accepted = 170,
                        .refused_overload = 1,
                        .refused_body_too_large = 2,
                        .refused_headers_too_large = 3,
                        .refused_malformed = 4,
                        .cut_slow = 5,
                        .refused_handshakes = 6};
  readings.decision_log = {.written = 12, .dropped = 3};
  readings.certificates = {{.use = "scheduler",
                            .path = "/tls/tls.crt",
                            .not_after = WallTime(std::chrono::seconds(1'800'000'000)),
                            .loaded_at = WallTime(std::chrono::seconds(1'790'000'000)),
                            .error = ""},
                           {.use = "operations",
                            .path = "/tls/o.crt",
                            .not_after = WallTime(std::chrono::seconds(1'700'000'000)),
                            .loaded_at = WallTime(std::chrono::seconds(1'690'000'000)),
                            .error = "/tls/o.crt: the certificate has expired"}};
  readings.catalog = {.path = "catalog.yaml",
                      .revision = "fnv:1f2e3d",
                      .models = 6,
                      .loaded_at = kNow - seconds(90),
                      .error = "catalog.yaml:3:1: models: is missing"};
  readings.api_requests = {
      {.verb = "create", .resource = "pods/binding", .code = 201, .requests = 35},
      {.verb = "create", .resource = "pods/binding", .code = 409, .requests = 2},
      {.verb = "list", .resource = "pods", .code = 0, .requests = 1}};
  readings.inventory = {.sources = {{.name = "node-labels", .facts = 12, .listed = true},
                                    {.name = "fluid", .malformed = 3}},
                        .loads = 2};
  readings.fleet.models = {{.gpu_model = "NVIDIA-A100-SXM4-80GB",
                            .memory_capacity = ToBytes(160_GiB),
                            .memory_allocated = ToBytes(24_GiB),
                            .devices = 2,
                            .devices_allocated = 1,
                            .fragmentation = 0.4},
                           {.gpu_model = "unknown", .devices = 8}};
  readings.log_messages = {0, 11, 2, 1};
  readings.configuration = {.path = "berth.yaml",
                            .hash = "5feceb66",
                            .loaded_at = kNow - seconds(120),
                            .waiting = {"scheduler.listen"},
                            .error = "berth.yaml:3:1: log: is no mapping"};
  return readings;
}

TEST(Metrics, FreshPageShowsEveryClosedLabelValueAtZero) {
  const Metrics metrics(Build());
  EXPECT_TRUE(MatchesGolden(WithoutProcess(metrics.Render(kNow)), "golden/metrics/fresh.txt"));
}

TEST(Metrics, PageAfterWorkAndReadings) {
  Metrics metrics(Build());
  metrics.SetReadings(SomeReadings);
  metrics.RecordCall(Verb::kFilter, CallResult::kOk, milliseconds(1));
  metrics.RecordCall(Verb::kFilter, CallResult::kRefused, milliseconds(99));
  metrics.RecordCall(Verb::kBind, CallResult::kError, seconds(7));
  metrics.CountRejection(Rejection::kBadJson);
  metrics.CountDecision(DecisionOutcome::kFits);
  metrics.CountDecision(DecisionOutcome::kRefused, core::Reason::kDeviceMemory);
  metrics.CountRejectedNodes(core::Reason::kDeviceMemory, 4999);
  metrics.CountPlacement(PlacementOutcome::kConflict);
  metrics.CountWake(WakeResult::kGone);
  metrics.CountObserved(ObservedOutcome::kOnlyBerthRefused);
  metrics.SetObservedWaiting(3, 2);
  metrics.RecordApiLatency("watch", milliseconds(3));
  metrics.CountModelPlacement(cluster::Tier::kDisk);
  metrics.RecordModelReady(cluster::Tier::kDisk, seconds(13), seconds(21));
  EXPECT_TRUE(MatchesGolden(WithoutProcess(metrics.Render(kNow)), "golden/metrics/busy.txt"));
}

TEST(Metrics, EachDecisionHasItsOwnSeries) {
  Metrics metrics(Build());
  metrics.CountDecision(DecisionOutcome::kFits, core::Reason::kDeviceMemory);
  metrics.CountDecision(DecisionOutcome::kContended);
  metrics.CountDecision(DecisionOutcome::kContended);
  metrics.CountDecision(DecisionOutcome::kRefused);
  metrics.CountDecision(DecisionOutcome::kRefused, core::Reason::kModelUnknown);
  const auto series = Scrape(metrics);
  const auto of = [&series](const std::string& labels) {
    return series.at("berth_decisions_total{" + labels + "}");
  };
  EXPECT_EQ(of(R"(outcome="fits",reason="none")"), "1");
  EXPECT_EQ(of(R"(outcome="contended",reason="none")"), "2");
  EXPECT_EQ(of(R"(outcome="refused",reason="none")"), "1");
  EXPECT_EQ(of(R"(outcome="refused",reason="model_unknown")"), "1");
  EXPECT_EQ(of(R"(outcome="refused",reason="node_unknown")"), "0");
}

TEST(Metrics, EachReasonCodeIsCountedUnderItsName) {
  Metrics metrics(Build());
  std::array<std::uint64_t, core::kReasonCount> waiting{};
  for (int i = 0; i < core::kReasonCount; ++i) {
    metrics.CountRejectedNodes(static_cast<core::Reason>(i), 100U + static_cast<unsigned>(i));
    waiting[static_cast<std::size_t>(i)] = 200U + static_cast<unsigned>(i);
  }
  metrics.SetUnplaceablePods(waiting);
  const auto series = Scrape(metrics);
  for (int i = 1; i < core::kReasonCount; ++i) {
    const std::string labels =
        "{reason=\"" + std::string(core::Code(static_cast<core::Reason>(i))) + "\"}";
    EXPECT_EQ(series.at("berth_filter_rejected_nodes_total" + labels), std::to_string(100 + i));
    EXPECT_EQ(series.at("berth_unplaceable_pods" + labels), std::to_string(200 + i));
  }
  EXPECT_THAT(series, Not(Contains(Key(EndsWith("{reason=\"fits\"}")))));
}

TEST(Metrics, InFlightCountsWhileTheGuardLives) {
  Metrics metrics(Build());
  const std::string series = R"(berth_webhook_inflight_requests{verb="bind"})";
  {
    const Metrics::InFlight one = metrics.Begin(Verb::kBind);
    const Metrics::InFlight two = metrics.Begin(Verb::kBind);
    EXPECT_EQ(Scrape(metrics).at(series), "2");
  }
  EXPECT_EQ(Scrape(metrics).at(series), "0");
}

TEST(Metrics, AnExactBoundBelongsToItsBucket) {
  Metrics metrics(Build());
  metrics.RecordCall(Verb::kFilter, CallResult::kOk, milliseconds(100));
  const auto series = Scrape(metrics);
  const auto bucket = [&series](const std::string& le) {
    return series.at("berth_webhook_request_duration_seconds_bucket{verb=\"filter\",le=\"" + le +
                     "\"}");
  };
  EXPECT_EQ(bucket("0.05"), "0");
  EXPECT_EQ(bucket("0.1"), "1");
  EXPECT_EQ(bucket("+Inf"), "1");
}

TEST(Metrics, TransportAndOwnRejectionsAddUp) {
  Metrics metrics(Build());
  metrics.SetReadings(SomeReadings);
  metrics.CountRejection(Rejection::kOverload);
  EXPECT_EQ(Scrape(metrics).at(R"(berth_webhook_rejected_total{reason="overload"})"), "2");
}

TEST(Metrics, ApiAnswersOutsideTheListShareASeries) {
  Metrics metrics(Build());
  metrics.SetReadings([] {
    Readings readings;
    readings.api_requests = {{.verb = "get", .resource = "pods", .code = 418, .requests = 1},
                             {.verb = "get", .resource = "pods", .code = 599, .requests = 2},
                             {.verb = "get", .resource = "secrets", .code = 200, .requests = 4},
                             {.verb = "delete", .resource = "pods", .code = 200, .requests = 8}};
    return readings;
  });
  const auto series = Scrape(metrics);
  const std::string name = "berth_api_requests_total";
  EXPECT_THAT(series, Contains(Pair(name + R"({verb="get",resource="pods",code="other"})", "3")));
  EXPECT_THAT(series, Contains(Pair(name + R"({verb="other",resource="other",code="200"})", "12")));
}

// A rate needs the zero before the first failure.
TEST(Metrics, TheCallsThatBerthMakesAreThereBeforeTheFirst) {
  const auto series = Scrape(Metrics(Build()));
  const std::string name = "berth_api_requests_total";
  for (const char* labels : {R"({verb="create",resource="pods/binding",code="500"})",
                             R"({verb="patch",resource="pods/status",code="none"})",
                             R"({verb="watch",resource="nodes",code="403"})"}) {
    EXPECT_THAT(series, Contains(Pair(name + labels, "0")));
  }
}

TEST(Metrics, ProcessIsReadAtTheScrape) {
  const auto series = Scrape(Metrics(Build()));
  for (const char* name :
       {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_start_time_seconds",
        "process_open_fds", "process_max_fds", "process_threads"}) {
    ASSERT_THAT(series, Contains(Key(name)));
  }
  EXPECT_GT(std::stod(series.at("process_resident_memory_bytes")), 1e6);
  EXPECT_GT(std::stod(series.at("process_start_time_seconds")), 1.7e9);
  EXPECT_GE(std::stod(series.at("process_threads")), 1);
}

TEST(Metrics, LabelValuesAreEscaped) {
  const auto series = Scrape(Metrics({.version = "a\"b\\c\nd", .revision = "", .compiler = ""}));
  EXPECT_THAT(series, Contains(Key(StartsWith(R"(berth_build_info{version="a\"b\\c\nd")"))));
}

// Whatever the cluster and the API server do, Prometheus is spared.
TEST(Metrics, PageStaysBelowAThousandSeries) {
  Metrics metrics(Build());
  metrics.SetReadings([] {
    Readings readings = SomeReadings();
    readings.fleet.models.clear();
    for (std::size_t i = 0; i < kMaxGpuModels; ++i) {
      readings.fleet.models.push_back({.gpu_model = "model-" + std::to_string(i)});
    }
    readings.inventory.sources.clear();
    for (const char* source : {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"}) {
      readings.inventory.sources.push_back({.name = source});
    }
    for (const char* verb : {"get", "list", "watch", "create", "patch", "delete"}) {
      for (const char* resource : {"nodes", "pods", "pods/binding", "pods/status", "leases"}) {
        for (int code = 100; code < 600; ++code) {
          readings.api_requests.push_back(
              {.verb = verb, .resource = resource, .code = code, .requests = 1});
        }
        readings.api_requests.push_back(
            {.verb = verb, .resource = resource, .code = 0, .requests = 1});
      }
    }
    return readings;
  });
  EXPECT_LE(Scrape(metrics).size(), 1000);
}

TEST(Metrics, RecordingAndScrapingFromManyThreadsLosesNothing) {
  Metrics metrics(Build());
  constexpr int kThreads = 4;
  constexpr int kCalls = 1000;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&metrics] {
        for (int i = 0; i < kCalls; ++i) {
          const Metrics::InFlight call = metrics.Begin(Verb::kFilter);
          metrics.RecordCall(Verb::kFilter, CallResult::kOk, milliseconds(1));
        }
      });
    }
    threads.emplace_back([&metrics] {
      for (int i = 0; i < 10; ++i) {
        metrics.SetReadings(SomeReadings);
        EXPECT_FALSE(metrics.Render(kNow).empty());
      }
    });
  }
  EXPECT_EQ(Scrape(metrics).at(R"(berth_webhook_requests_total{verb="filter",result="ok"})"),
            std::to_string(kThreads * kCalls));
}

// --- The table.

TEST(MetricTable, NamesFollowPrometheusRules) {
  std::set<std::string_view> seen;
  for (const MetricSpec& metric : MetricTable()) {
    EXPECT_TRUE(seen.insert(metric.name).second) << metric.name << " stands twice";
    EXPECT_TRUE(metric.name.starts_with("berth_") || metric.name.starts_with("process_"))
        << metric.name;
    EXPECT_EQ(metric.name.ends_with("_total"), metric.type == MetricType::kCounter) << metric.name;
    EXPECT_TRUE(metric.help.ends_with('.')) << metric.name;
  }
}

TEST(MetricTable, HistogramsHaveFewRisingBucketsAndOneAtTheObjective) {
  for (const MetricSpec& metric : MetricTable()) {
    EXPECT_EQ(metric.bounds.empty(), metric.type != MetricType::kHistogram) << metric.name;
    EXPECT_LE(metric.bounds.size(), 13) << metric.name;
    EXPECT_TRUE(std::ranges::is_sorted(metric.bounds, std::ranges::less_equal{}));
    if (!metric.bounds.empty()) {
      // Starts of models take what they take: a minute is what people wait for.
      const double objective = metric.name.starts_with("berth_model_") ? 60 : 0.1;
      EXPECT_THAT(metric.bounds, Contains(objective)) << metric.name;
    }
  }
}

TEST(MetricTable, EveryMetricIsOnItsPage) {
  Metrics metrics(Build());
  metrics.SetReadings(SomeReadings);
  const std::string page = metrics.Render(kNow);
  for (const MetricSpec& metric : MetricTable()) {
    const bool shown = page.find("# TYPE " + std::string(metric.name) + " ") != std::string::npos;
    EXPECT_EQ(shown, metric.page == MetricPage::kMetrics) << metric.name;
  }
}

TEST(MetricTable, ReferencePageIsUpToDate) {
  EXPECT_TRUE(MatchesGolden(MetricsReference(), "../docs/metrics.md"));
}

}  // namespace
}  // namespace berth::observe
