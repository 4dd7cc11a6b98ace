#include "berth/sim/replay_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "berth/base/named.h"
#include "replay_builders.h"
#include "testing/golden.h"

namespace berth::sim {
namespace {

// Two policies, two seeds each. Names need care in JSON.
class ReplayReportTest : public testing::Test {
 protected:
  ReplayReportTest() {
    nodes_[1].name = "the \"second\"";
    for (const std::uint64_t seed : {1, 2}) {
      setups_.push_back(SetupOf(nodes_, pods_));
      setups_.back().arrivals = InflatedArrivals(nodes_, pods_, 110, seed);
      setups_.back().seed = seed;
    }
    const std::vector<const PackingPolicy*> policies = {FindByName(PackingPolicies(), "fgd"),
                                                        FindByName(PackingPolicies(), "binpack")};
    rows_ = CompareReplays(setups_, policies, [](std::size_t, std::size_t) {});
  }
  ReplayReport report() const { return {.nodes = nodes_, .rows = rows_}; }

  std::vector<TraceNode> nodes_ = NodesOf("16000,100000,2,P100\n24000,400000,2,G2\n");
  const std::vector<TracePod> pods_ =
      PodsOf("8000,1,0,0,\n8000,1,1,600,\n2000,1,1,400,P100\n8000,1,2,1000,\n4000,1,1,500,G2\n");
  std::vector<ReplaySetup> setups_;
  std::vector<ReplayRow> rows_;
};

TEST_F(ReplayReportTest, Table) {
  EXPECT_TRUE(tests::MatchesGolden(ReplayTable(report()), "golden/replay/table.txt"));
}
TEST_F(ReplayReportTest, Json) {
  EXPECT_TRUE(tests::MatchesGolden(ReplayJson(report()), "golden/replay/report.json"));
}
TEST_F(ReplayReportTest, Csv) {
  EXPECT_TRUE(tests::MatchesGolden(ReplayCsv(report()), "golden/replay/report.csv"));
}
TEST_F(ReplayReportTest, Chart) {
  EXPECT_TRUE(tests::MatchesGolden(ReplayChart(report()), "golden/replay/chart.svg"));
}

TEST_F(ReplayReportTest, TheLegendOfAChartListsPoliciesAsTheirCurvesEnd) {
  rows_[2].result.end_allocated = 40;  // the mean of fgd, which is first in the table
  const std::string chart = ReplayChart(report());
  EXPECT_THAT(chart, testing::ContainsRegex(" y=\"64\" [^>]*>binpack "));
  EXPECT_THAT(chart, testing::ContainsRegex(" y=\"86\" [^>]*>fgd 40.00<"));
}

TEST_F(ReplayReportTest, NoTwoPoliciesHaveTheSameLine) {
  std::vector<const PackingPolicy*> policies;
  for (const PackingPolicy& policy : PackingPolicies()) {
    policies.push_back(&policy);
  }
  setups_.resize(1);
  rows_ = CompareReplays(setups_, policies, [](std::size_t, std::size_t) {});
  const std::string chart = ReplayChart(report());
  EXPECT_EQ(chart.find("dash"), std::string::npos);
  std::set<std::string> colours;
  constexpr std::string_view kCurve = R"(fill="none" stroke=")";
  for (std::size_t at = chart.find(kCurve); at != std::string::npos;
       at = chart.find(kCurve, at + 1)) {
    colours.insert(chart.substr(at + kCurve.size(), 7));
  }
  EXPECT_EQ(colours.size(), policies.size());
}

class DeparturesReportTest : public testing::Test {
 protected:
  DeparturesReportTest() {
    for (std::size_t i = 0; i < pods_.size(); ++i) {
      pods_[i].created = std::chrono::seconds(20 * i);
      pods_[i].deleted = std::chrono::seconds((20 * i) + 50);
    }
    ReplaySetup setup = SetupOf(nodes_, pods_);
    setup.mode = ReplayMode::kDepartures;
    const std::vector<const PackingPolicy*> policies = {
        FindByName(PackingPolicies(), "gpu-packing")};
    rows_ = CompareReplays(std::vector{setup}, policies, [](std::size_t, std::size_t) {});
  }
  ReplayReport report() const {
    return {.mode = ReplayMode::kDepartures, .nodes = nodes_, .rows = rows_};
  }

  const std::vector<TraceNode> nodes_ = NodesOf("16000,100000,2,P100\n");
  std::vector<TracePod> pods_ = PodsOf("1000,1,1,600,\n1000,1,1,1000,\n1000,1,2,1000,\n");
  std::vector<ReplayRow> rows_;
};

TEST_F(DeparturesReportTest, Table) {
  EXPECT_TRUE(tests::MatchesGolden(ReplayTable(report()), "golden/replay/departures.txt"));
}
TEST_F(DeparturesReportTest, Json) {
  EXPECT_TRUE(tests::MatchesGolden(ReplayJson(report()), "golden/replay/departures.json"));
}
TEST_F(DeparturesReportTest, AnAxisEndsWhereCurvesDo) {
  std::ranges::fill(rows_[0].result.curve.allocated, 0.7);
  EXPECT_THAT(ReplayChart(report()), testing::HasSubstr(">1</text>"));
  EXPECT_THAT(ReplayChart(report()), testing::Not(testing::HasSubstr(">100</text>")));
  rows_[0].result.curve.allocated.front() = 51;
  EXPECT_THAT(ReplayChart(report()), testing::HasSubstr(">100</text>"));
}
TEST_F(DeparturesReportTest, Chart) {
  EXPECT_TRUE(tests::MatchesGolden(ReplayChart(report()), "golden/replay/departures.svg"));
}

}  // namespace
}  // namespace berth::sim
