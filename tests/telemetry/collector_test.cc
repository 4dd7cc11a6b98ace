#include "berth/telemetry/collector.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "net/waiting.h"
#include "telemetry/fake_client.h"
#include "testing/case_name.h"
#include "testing/manual_clock.h"

namespace berth::telemetry {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::SizeIs;

const std::string kVllm = "vllm:num_requests_running 128\nvllm:num_requests_waiting 0\n";

Target PodTarget(const std::string& id, std::string engine = "vllm") {
  return {.id = id,
          .ns = "ml",
          .name = "pod-" + id,
          .node = "gpu-a-1",
          .host = "10.0.0.7",
          .port = 8000,
          .engine = std::move(engine)};
}

std::vector<Target> Targets(int count) {
  std::vector<Target> targets;
  for (int i = 0; i < count; ++i) {
    targets.push_back(PodTarget(fmt::format("u{}", i)));
  }
  return targets;
}

class CollectorTest : public ::testing::Test {
 protected:
  // What is due within `duration`, each at its moment.
  void Run(Duration duration) {
    const Instant end = clock_.Now() + duration;
    while (true) {
      while (collector_.ScrapeNext()) {
      }
      const auto due = collector_.NextDue();
      if (!due || *due > end) {
        break;
      }
      clock_.Advance(*due - clock_.Now());
    }
    if (clock_.Now() < end) {
      clock_.Advance(end - clock_.Now());
    }
  }
  std::uint64_t Count(ScrapeResult result) const {
    return collector_.counts().results[static_cast<std::size_t>(result)];
  }

  tests::ManualClock clock_;
  FakeServers::Answer answer_ = [](const auto&, Duration) { return Page(kVllm); };
  FakeServers servers_{[this](const FakeServers::Asked& asked, Duration timeout) {
    return answer_(asked, timeout);
  }};
  EngineTable engines_ = EngineTable::BuiltIn();
  std::vector<Readings> told_;
  Collector collector_{{},
                       engines_,
                       clock_,
                       [this](const Readings& readings) { told_.push_back(readings); },
                       servers_.connect()};
};

TEST_F(CollectorTest, TellsWhatAPageSays) {
  collector_.SetTargets({PodTarget("u1")});
  Run(15s);
  ASSERT_THAT(told_, SizeIs(1));
  ASSERT_THAT(told_[0].endpoints, SizeIs(1));
  EXPECT_EQ(told_[0].endpoints[0].pod_uid, "u1");
  EXPECT_EQ(told_[0].endpoints[0].load, 0.5);
  EXPECT_LE(told_[0].endpoints[0].at, clock_.Now());
  ASSERT_THAT(servers_.asked(), SizeIs(1));
  EXPECT_EQ(servers_.asked()[0].origin, "http://10.0.0.7:8000");
  EXPECT_EQ(servers_.asked()[0].request.target, "/metrics");
}

TEST_F(CollectorTest, AsksEachTargetOncePerIntervalOverOneClient) {
  collector_.SetTargets(Targets(50));
  Run(150s);
  EXPECT_EQ(Count(ScrapeResult::kOk), 500U);
  EXPECT_EQ(servers_.connected(), 50);
  EXPECT_EQ(collector_.counts().late, 0U);
}

TEST_F(CollectorTest, SpreadsTargetsOverTheInterval) {
  std::map<long, int> by_second;
  answer_ = [&](const auto&, Duration) {
    ++by_second[std::chrono::duration_cast<std::chrono::seconds>(clock_.Now().time_since_epoch())
                    .count() %
                15];
    return Page(kVllm);
  };
  collector_.SetTargets(Targets(3000));
  Run(15s);
  EXPECT_EQ(by_second.size(), 15U);
  for (const auto& [second, count] : by_second) {
    EXPECT_GT(count, 120) << second;
    EXPECT_LT(count, 280) << second;
  }
}

TEST_F(CollectorTest, AFailingTargetIsAskedLessAndLess) {
  answer_ = [](const auto&, Duration) -> Result<net::ClientResponse> {
    return Error{ErrorCode::kUnavailable, "refused"};
  };
  collector_.SetTargets({PodTarget("u1")});
  Run(1h);
  // 15 s and 30 s, ... until 300 s: a dozen within the hour and a few before.
  EXPECT_GT(Count(ScrapeResult::kUnreachable), 11U);
  EXPECT_LT(Count(ScrapeResult::kUnreachable), 18U);
  EXPECT_EQ(collector_.counts().failing, 1U);
  EXPECT_TRUE(told_.empty());

  answer_ = [](const auto&, Duration) { return Page(kVllm); };
  Run(5min + 15s);
  EXPECT_EQ(collector_.counts().failing, 0U);
  const std::uint64_t before = Count(ScrapeResult::kOk);
  Run(150s);
  EXPECT_EQ(Count(ScrapeResult::kOk), before + 10);
}

TEST_F(CollectorTest, KeepsWhatStaysAndDropsWhatGoes) {
  collector_.SetTargets(Targets(3));
  Run(15s);
  std::vector<Target> targets = Targets(2);
  targets[1].port = 9000;
  targets.push_back(targets[0]);  // its id again
  collector_.SetTargets(targets);
  EXPECT_EQ(collector_.counts().targets, 2U);
  Run(15s);
  EXPECT_EQ(Count(ScrapeResult::kOk), 5U);
  EXPECT_EQ(servers_.connected(), 4);  // u1 has moved
  collector_.SetTargets({});
  Run(60s);
  EXPECT_EQ(Count(ScrapeResult::kOk), 5U);
  EXPECT_FALSE(collector_.NextDue());
}

TEST_F(CollectorTest, RecognisesAServerThatNobodyNames) {
  collector_.SetTargets({PodTarget("u1", "")});
  Run(15s);
  ASSERT_THAT(told_, SizeIs(1));
  EXPECT_EQ(told_[0].endpoints.at(0).load, 0.5);
  // Another server behind the same address is recognised anew.
  answer_ = [](const auto&, Duration) { return Page("tgi_queue_size 5\n"); };
  Run(60s);
  EXPECT_EQ(told_.back().endpoints.at(0).load, 0.5);
  EXPECT_GE(Count(ScrapeResult::kUnrecognised), 1U);
}

TEST_F(CollectorTest, ATimestampOnThePageIsTheSamplesTime) {
  const auto unix_milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_.WallNow().time_since_epoch())
          .count();
  answer_ = [&](const auto&, Duration) {
    return Page(fmt::format("vllm:num_requests_running 1 {0}\nvllm:num_requests_waiting 0 {0}\n",
                            unix_milliseconds));
  };
  const Instant written = clock_.Now();
  collector_.SetTargets({PodTarget("u1")});
  Run(45s);
  ASSERT_THAT(told_, SizeIs(3));
  for (const Readings& readings : told_) {
    EXPECT_LT(std::chrono::abs(readings.endpoints.at(0).at - written), 2ms);
  }
}

TEST_F(CollectorTest, AFrozenPageIsAsOldAsItsFirstSight) {
  answer_ = [](const auto&, Duration) {
    return Page(kVllm + "process_cpu_seconds_total 12.5\n");  // moves in a living server
  };
  collector_.SetTargets({PodTarget("u1")});
  Run(45s);
  ASSERT_THAT(told_, SizeIs(3));
  const Instant first = told_[0].endpoints.at(0).at;
  EXPECT_EQ(told_[1].endpoints.at(0).at, first);
  EXPECT_EQ(told_[2].endpoints.at(0).at, first);

  answer_ = [](const auto&, Duration) { return Page(kVllm + "process_cpu_seconds_total 13\n"); };
  Run(15s);
  EXPECT_EQ(told_.back().endpoints.at(0).at, first + 45s);
}

TEST_F(CollectorTest, AFrozenExporterIsKnownByTheEnergyOfItsDevices) {
  answer_ = [](const auto&, Duration) {
    return Page(
        "DCGM_FI_DEV_GPU_UTIL{gpu=\"0\",UUID=\"GPU-0\"} 0\n"
        "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu=\"0\",UUID=\"GPU-0\"} 81234567\n"
        "process_cpu_seconds_total 12.5\n");
  };
  collector_.SetTargets({PodTarget("u1", "dcgm-exporter")});
  Run(30s);
  ASSERT_THAT(told_, SizeIs(2));
  EXPECT_EQ(told_[1].devices.at(0).at, told_[0].devices.at(0).at);
}

TEST_F(CollectorTest, APageWithNothingThatMovesIsTakenAtItsWord) {
  collector_.SetTargets({PodTarget("u1")});
  Run(30s);
  ASSERT_THAT(told_, SizeIs(2));
  EXPECT_EQ(told_[1].endpoints.at(0).at, told_[0].endpoints.at(0).at + 15s);
}

TEST_F(CollectorTest, RatesNeedTwoScrapes) {
  int scrape = 0;
  answer_ = [&](const auto&, Duration) {
    ++scrape;
    return Page(
        fmt::format("nv_inference_request_success {}\nnv_inference_request_duration_us {}\n"
                    "nv_inference_queue_duration_us 0\n",
                    150 * scrape, 30'000'000 * scrape));
  };
  collector_.SetTargets({PodTarget("u1", "triton")});
  Run(30s);
  ASSERT_THAT(told_, SizeIs(2));
  EXPECT_TRUE(told_[0].endpoints.empty());
  EXPECT_NEAR(told_[1].endpoints.at(0).signals.running.value_or(-1), 2, 1e-9);
}

struct FailureCase {
  std::string name;
  std::function<Result<net::ClientResponse>(tests::ManualClock&, Duration timeout)> answer;
  ScrapeResult want;
};

Result<net::ClientResponse> Fail(ErrorCode code) { return Error{code, "as the test says"}; }

class Failure : public CollectorTest, public ::testing::WithParamInterface<FailureCase> {};

TEST_P(Failure, IsCountedByItsKind) {
  answer_ = [&](const auto&, Duration timeout) { return GetParam().answer(clock_, timeout); };
  collector_.SetTargets({PodTarget("u1")});
  Run(15s);
  EXPECT_EQ(Count(GetParam().want), 1U) << Name(GetParam().want);
  EXPECT_TRUE(told_.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, Failure,
    ::testing::Values(
        FailureCase{"Refused", [](auto&, Duration) { return Fail(ErrorCode::kUnavailable); },
                    ScrapeResult::kUnreachable},
        FailureCase{"ConnectTimeout",
                    [](auto& clock, Duration timeout) {
                      clock.Advance(timeout);
                      return Fail(ErrorCode::kUnavailable);
                    },
                    ScrapeResult::kTimeout},
        FailureCase{"AnswerTimeout",
                    [](auto& clock, Duration timeout) {
                      clock.Advance(timeout);
                      return Fail(ErrorCode::kUnknownOutcome);
                    },
                    ScrapeResult::kTimeout},
        FailureCase{"Broken", [](auto&, Duration) { return Fail(ErrorCode::kUnknownOutcome); },
                    ScrapeResult::kBroken},
        FailureCase{"TooLarge", [](auto&, Duration) { return Fail(ErrorCode::kResourceExhausted); },
                    ScrapeResult::kTooLarge},
        FailureCase{"Invalid", [](auto&, Duration) { return Fail(ErrorCode::kInvalidArgument); },
                    ScrapeResult::kInvalid},
        FailureCase{"NotFound",
                    [](auto&, Duration) -> Result<net::ClientResponse> {
                      return net::ClientResponse{.status = 404, .body = kVllm};
                    },
                    ScrapeResult::kHttpError},
        FailureCase{"NoMetrics",
                    [](auto&, Duration) -> Result<net::ClientResponse> { return Page("<html>\n"); },
                    ScrapeResult::kParseError},
        FailureCase{"Empty",
                    [](auto&, Duration) -> Result<net::ClientResponse> { return Page(""); },
                    ScrapeResult::kUnrecognised},
        FailureCase{"AnotherServer",
                    [](auto&, Duration) -> Result<net::ClientResponse> {
                      return Page("tgi_queue_size 1\n");
                    },
                    ScrapeResult::kUnrecognised}),
    tests::CaseName);

TEST(ScrapeResult, HasDistinctNames) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kScrapeResults; ++i) {
    names.insert(Name(static_cast<ScrapeResult>(i)));
  }
  EXPECT_EQ(names.size(), kScrapeResults);
}

// Targets that do not answer take the places that are theirs, and leave the others to those that
// do.
TEST_F(CollectorTest, WhatFailsNeverTakesEveryPlace) {
  Collector collector(
      {.failing_at_once = 2}, engines_, clock_, [](const Readings&) {}, servers_.connect());
  int failing_now = 0;
  int most_failing = 0;
  int answered_meanwhile = 0;
  answer_ = [&](const FakeServers::Asked& asked, Duration) -> Result<net::ClientResponse> {
    if (!asked.origin.ends_with(":1")) {
      answered_meanwhile += failing_now > 0 ? 1 : 0;
      return Page(kVllm);
    }
    most_failing = std::max(most_failing, ++failing_now);
    clock_.Advance(16s);              // the others are due again
    while (collector.ScrapeNext()) {  // as other threads would while this one waits
    }
    --failing_now;
    return Error{ErrorCode::kUnavailable, "silent"};
  };
  std::vector<Target> targets = Targets(8);
  for (int i = 0; i < 4; ++i) {
    targets[static_cast<std::size_t>(i)].port = 1;
  }
  collector.SetTargets(targets);
  clock_.Advance(15s);
  while (collector.ScrapeNext()) {
  }
  EXPECT_EQ(most_failing, 4);  // that they would fail was not known

  most_failing = answered_meanwhile = 0;
  clock_.Advance(10min);
  while (collector.ScrapeNext()) {
  }
  EXPECT_EQ(most_failing, 2);
  EXPECT_GT(answered_meanwhile, 0);
  EXPECT_EQ(collector.counts().in_flight, 0U);
}

TEST(CollectorThreads, ShareTheWork) {
  const SystemClock clock;
  FakeServers servers([](const auto&, Duration) { return Page(kVllm); });
  const EngineTable engines = EngineTable::BuiltIn();
  std::atomic<int> told = 0;
  Collector collector(
      {.interval = 20ms}, engines, clock, [&](const Readings&) { ++told; }, servers.connect());
  collector.SetTargets(Targets(20));
  std::vector<std::jthread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&](const std::stop_token& stop) { collector.Work(stop); });
  }
  EXPECT_TRUE(net::Eventually([&] { return told >= 200; }));
  collector.SetTargets(Targets(2));  // while scrapes are under way
  EXPECT_TRUE(net::Eventually([&] { return collector.counts().targets == 2 && told >= 300; }));
}

TEST(CollectorThreads, StopAtOnceWithNothingToDo) {
  const SystemClock clock;
  FakeServers servers([](const auto&, Duration) { return Page(kVllm); });
  const EngineTable engines = EngineTable::BuiltIn();
  Collector collector({}, engines, clock, [](const Readings&) {}, servers.connect());
  const auto start = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < 3; ++i) {
      workers.emplace_back([&](const std::stop_token& stop) { collector.Work(stop); });
    }
    collector.SetTargets(Targets(2));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

}  // namespace
}  // namespace berth::telemetry
