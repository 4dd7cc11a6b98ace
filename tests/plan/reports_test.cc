// What the experiments print, byte for byte.
#include <gtest/gtest.h>

#include <array>
#include <chrono>

#include "berth/base/named.h"
#include "berth/plan/comparison.h"
#include "berth/plan/serving.h"
#include "berth/plan/standby.h"
#include "berth/plan/stated_model.h"
#include "testing/golden.h"

namespace berth::plan {
namespace {

using namespace std::chrono_literals;

TEST(Reports, Serving) {
  const Report report = ServingReport({});
  EXPECT_TRUE(tests::MatchesGolden(ReportTable(report), "golden/plan/serving.txt"));
  EXPECT_TRUE(tests::MatchesGolden(ReportJson(report), "golden/plan/serving.json"));
  EXPECT_TRUE(tests::MatchesGolden(ReportCsv(report), "golden/plan/serving.csv"));
  EXPECT_TRUE(tests::MatchesGolden(ReportChart(report), "golden/plan/serving.svg"));
}

TEST(Reports, AFleetThatIsTooSmallHasNoWaitingTimes) {
  const Report report = ServingReport({.peak = 2'000'000, .servers = 1});
  EXPECT_TRUE(tests::MatchesGolden(ReportTable(report), "golden/plan/serving_overload.txt"));
}

TEST(Reports, Standby) {
  const Report report = StandbyReport({.lead = 10});
  EXPECT_TRUE(tests::MatchesGolden(ReportTable(report), "golden/plan/standby.txt"));
}

TEST(Reports, StatedModel) {
  constexpr std::array<Duration, 5> kDemands = {10ms, 20ms, 30ms, 40ms, 50ms};
  const Report report = StatedReport(kDemands, 4, 4);
  EXPECT_TRUE(tests::MatchesGolden(ReportTable(report), "golden/plan/stated.txt"));
}

TEST(Reports, Schedulers) {
  std::vector<Problem> problems;
  for (const std::string_view name : {"uniform", "lpt-worst"}) {
    problems.push_back({.name = std::string(name), .make = FindByName(Families(), name)->make});
  }
  std::vector<const Scheduler*> schedulers;
  for (const Scheduler& scheduler : Schedulers()) {
    schedulers.push_back(&scheduler);
  }
  constexpr std::array<std::uint64_t, 2> kSeeds = {1, 2};
  const Report report =
      ComparisonReport(CompareSchedulers(problems, schedulers, kSeeds, {}), kSeeds.size());
  EXPECT_TRUE(tests::MatchesGolden(ReportTable(report), "golden/plan/schedulers.txt"));
  EXPECT_TRUE(tests::MatchesGolden(ReportJson(report), "golden/plan/schedulers.json"));
  EXPECT_TRUE(tests::MatchesGolden(ReportCsv(report), "golden/plan/schedulers.csv"));
  EXPECT_TRUE(tests::MatchesGolden(ReportChart(report), "golden/plan/schedulers.svg"));
}

TEST(Reports, NumbersAreReadable) {
  EXPECT_EQ(FourDigits(0), "0");
  EXPECT_EQ(FourDigits(0.00220908), "0.002209");
  EXPECT_EQ(FourDigits(31.2886), "31.29");
  EXPECT_EQ(FourDigits(9999.4), "9999");
  EXPECT_EQ(FourDigits(9999.6), "10000");
  EXPECT_EQ(FourDigits(61'538.46), "61538");
  EXPECT_EQ(FourDigits(124'996'948), "124997000");
  EXPECT_EQ(FourDigits(-80'000), "-80000");
  EXPECT_EQ(FourDigits(1e18), "1e+18");
}

TEST(Comparison, TellsTheCpuTimeWhereItIsAskedFor) {
  const Problem problem{.name = "own",
                        .make = [](std::uint64_t) { return Instance{{1ms, 2ms}, 2}; }};
  const std::array<const Scheduler*, 1> schedulers = {FindByName(Schedulers(), "round-robin")};
  constexpr std::array<std::uint64_t, 1> kSeeds = {1};
  double now = 0;
  const std::vector<ComparisonRow> rows = CompareSchedulers(
      std::span(&problem, 1), schedulers, kSeeds, {.cpu_seconds = [&] { return now += 0.25; }});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].cpu, 0.25);
}

}  // namespace
}  // namespace berth::plan
