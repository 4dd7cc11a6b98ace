// Replays small enough to be followed by hand.
#include "berth/sim/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "replay_builders.h"
#include "testing/case_name.h"

namespace berth::sim {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

// Two devices and 16 CPUs; eight and 96; two and 104.
const std::vector<TraceNode>& ThreeNodes() {
  static const std::vector<TraceNode> nodes =
      NodesOf("16000,100000,2,P100\n96000,400000,8,G2\n104000,500000,2,T4\n");
  return nodes;
}

struct Case {
  std::string name;
  std::string policy;
  std::string pods;
  std::string places;  // as PlacesOf has them
};

class PolicyTest : public testing::TestWithParam<Case> {};

TEST_P(PolicyTest, PlacesPodsAsByHand) {
  const auto pods = PodsOf(GetParam().pods);
  const ReplaySetup setup = SetupOf(ThreeNodes(), pods);
  EXPECT_EQ(PlacesOf(ReplayOf(setup, GetParam().policy), pods.size()), GetParam().places);
}

// A pod without devices, two parts that share a device, a whole one, four, and one more part.
const std::string kMixed =
    "8000,1,0,0,\n8000,1,1,600,\n2000,1,1,400,\n8000,1,1,1000,\n32000,1,4,1000,\n4000,1,1,500,\n";

INSTANTIATE_TEST_SUITE_P(
    Replay, PolicyTest,
    testing::Values(
        // Node 0 has CPU for the first three, but for no 8000 more. Nobody minds where the last
        // goes, so the first node with 4000 has it.
        Case{"FirstFit", "first-fit", kMixed, "0: 0:0 1:0 1:1 1:2345 1:0"},
        // Least is left on the small node, then on node 2 (104 CPUs, two devices) against node 1.
        Case{"BestFit", "best-fit", kMixed, "0: 0:0 2:0 2:1 1:0123 2:0"},
        // Parts share node 0's device; a whole one opens the used node's other device.
        Case{"GpuPacking", "gpu-packing", "1000,1,1,600,\n1000,1,1,400,\n1000,1,1,1000,\n",
             "0:0 0:0 0:1"},
        // A part and a whole device do not share a node while another is free.
        Case{"GpuClustering", "gpu-clustering",
             "1000,1,1,600,\n1000,1,1,1000,\n1000,1,1,300,\n1000,1,1,1000,\n", "0:0 2:0 0:0 2:1"},
        Case{"BerthBinpack", "binpack", "1000,1,1,600,\n1000,1,1,400,\n1000,1,1,1000,\n",
             "0:0 0:0 0:1"},
        // Of eight devices a larger share stays free.
        Case{"BerthSpread", "spread", "1000,1,1,600,\n1000,1,1,400,\n1000,1,1,1000,\n",
             "1:0 1:1 1:2"},
        Case{"BerthModels", "binpack", "1000,1,1,600,T4\n1000,1,8,1000,\n1000,1,1,400,P100|G2\n",
             "2:0 1:01234567 0:0"}),
    tests::CaseName);

TracePod From(Duration created, Duration deleted, TracePod pod) {
  pod.created = created;
  pod.deleted = deleted;
  return pod;
}

// What holds whatever the policy thinks.
class EveryPolicy : public testing::TestWithParam<std::string> {
 protected:
  std::string Places(const std::string& nodes, const std::string& pods) const {
    const auto node_rows = NodesOf(nodes);
    const auto pod_rows = PodsOf(pods);
    return PlacesOf(ReplayOf(SetupOf(node_rows, pod_rows), GetParam()), pod_rows.size());
  }
};

TEST_P(EveryPolicy, LooksAtCpu) {
  EXPECT_EQ(Places("1000,9,1,\n3000,9,1,\n", "2000,1,1,100,\n2000,1,1,100,\n"), "1:0 -");
}

TEST_P(EveryPolicy, LooksAtMemory) {
  EXPECT_EQ(Places("9000,1,1,\n9000,3,1,\n", "1,2,1,100,\n1,2,0,0,\n"), "1:0 -");
}

TEST_P(EveryPolicy, LooksAtModels) {
  EXPECT_EQ(Places("9000,9,1,A\n9000,9,1,B\n", "1,1,1,100,B\n1,1,1,100,C\n1,1,1,950,B|C\n"),
            "1:0 - -");
}

TEST_P(EveryPolicy, GivesADeviceOnce) {
  EXPECT_EQ(Places("9000,9,1,\n", "1,1,1,501,\n1,1,1,500,\n1,1,1,499,\n1,1,1,1,\n"), "0:0 - 0:0 -");
  EXPECT_EQ(Places("9000,9,2,\n", "1,1,1,1,\n1,1,2,1000,\n").substr(3), " -");
}

TEST_P(EveryPolicy, PlacesPodsWithoutDevicesOnNodesWithoutDevices) {
  EXPECT_EQ(Places("1,9,1,\n9000,9,0,\n", "2,1,0,0,\n"), "1:");
}

TEST_P(EveryPolicy, GivesTheSameAgain) {
  const auto pods = PodsOf(kMixed + kMixed + kMixed + kMixed);
  const ReplaySetup setup = SetupOf(ThreeNodes(), pods);
  EXPECT_EQ(PlacesOf(ReplayOf(setup, GetParam()), pods.size()),
            PlacesOf(ReplayOf(setup, GetParam()), pods.size()));
}

TEST_P(EveryPolicy, GivesRoomToWhoComesAfterOneHasLeft) {
  const auto nodes = NodesOf("9000,9,1,\n");
  auto pods = PodsOf("1,1,1,1000,\n1,1,1,1000,\n1,1,1,1000,\n");
  pods[0] = From(0s, 50s, pods[0]);
  pods[1] = From(49s, 60s, pods[1]);
  pods[2] = From(50s, 100s, pods[2]);
  ReplaySetup setup = SetupOf(nodes, pods);
  setup.mode = ReplayMode::kDepartures;
  const ReplayResult result = ReplayOf(setup, GetParam());
  EXPECT_EQ(PlacesOf(result, pods.size()), "0:0 - 0:0");
  EXPECT_EQ(result.all_failed(), 1);
}

// While nothing is known it is binpack, which fills the smaller node up. Who knows that most pods
// want that node's model leaves it to them.
TEST(Replay, FragmentationMayKnowThePodsBeforeTheyCome) {
  const auto nodes = NodesOf("9000,9,2,A\n9000,9,1,B\n");
  const auto pods = PodsOf("1,1,1,500,\n1,1,1,1000,B\n1,1,1,1000,B\n1,1,1,1000,B\n");
  ReplaySetup setup = SetupOf(nodes, pods);
  EXPECT_EQ(PlacesOf(ReplayOf(setup, "fragmentation"), pods.size()), "1:0 - - -");
  setup.foresight = Foresight::kTrace;
  EXPECT_EQ(PlacesOf(ReplayOf(setup, "fragmentation"), pods.size()), "0:0 1:0 - -");
}

std::vector<std::string> PolicyNames() {
  std::vector<std::string> names;
  for (const PackingPolicy& policy : PackingPolicies()) {
    names.emplace_back(policy.name);
  }
  return names;
}

std::string WithoutDashes(const testing::TestParamInfo<std::string>& policy) {
  std::string name = policy.param;
  std::erase(name, '-');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Replay, EveryPolicy, testing::ValuesIn(PolicyNames()), WithoutDashes);

TEST(Replay, EqualNodesAreTakenByRank) {
  const auto nodes = NodesOf("9000,9,1,\n9000,9,1,\n9000,9,1,\n");
  const auto pods = PodsOf("1,1,1,1000,\n1,1,1,1000,\n1,1,0,0,\n");
  ReplaySetup setup = SetupOf(nodes, pods);
  setup.ranks = {2, 0, 1};
  for (const std::string policy : {"first-fit", "best-fit", "dot-product", "gpu-packing",
                                   "gpu-clustering", "fgd", "binpack"}) {
    EXPECT_TRUE(PlacesOf(ReplayOf(setup, policy), 3).starts_with("1:0 2:0")) << policy;
  }
}

TEST(Replay, OfEqualNodesAnyMayBeTaken) {
  const auto nodes = NodesOf("9,9,1,\n9,9,1,\n9,9,1,\n9,9,1,\n");
  const auto pods = PodsOf("1,1,1,1000,\n");
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    ReplaySetup setup = SetupOf(nodes, pods);
    setup.ties = TieRule::kAny;
    setup.seed = seed;
    seen.insert(PlacesOf(ReplayOf(setup, "best-fit"), 1));
  }
  EXPECT_EQ(seen.size(), 4U);
}

TEST(Replay, RowsMayComeAgain) {
  const auto pods = PodsOf("1000,1,1,600,\n1000,1,1,1000,\n");
  ReplaySetup setup = SetupOf(ThreeNodes(), pods);
  setup.arrivals = {1, 0, 0};
  const ReplayResult result = ReplayOf(setup, "first-fit");
  ASSERT_EQ(result.placements.size(), 3U);
  EXPECT_EQ(result.placements[2].arrival.event, 2U);
  EXPECT_EQ(result.placements[2].arrival.pod, 0U);
}

// Capacity is two devices, so half a device is a quarter of it. The one of a whole device finds
// none.
TEST(Replay, AColumnIsThePercentThatArrivedSoFar) {
  const auto nodes = NodesOf("9000,9,1,\n9000,9,1,\n");
  const auto pods = PodsOf("1,1,1,500,\n1,1,0,0,\n1,1,1,1000,\n1,1,1,1000,\n1,1,1,10,\n");
  const ReplayResult result = ReplayOf(SetupOf(nodes, pods), "best-fit");
  // The second event belongs to 25 too; 125.5 is rounded to the even 126. Columns beside one with
  // events are taken for it.
  EXPECT_THAT(result.curve.column, ElementsAre(24, 25, 26, 74, 75, 76, 124, 125, 126));
  EXPECT_THAT(result.curve.allocated, ElementsAre(25, 25, 25, 75, 75, 75, 75, 75, 75.5));
  EXPECT_THAT(result.failed, ElementsAre(0, 0, 1, 0, 0, 0, 0));
  EXPECT_FALSE(result.curve.AllocatedAt(50).has_value());
}

TEST(Replay, CountsFailedPodsByClass) {
  const auto nodes = NodesOf("1000,9,1,\n");
  const auto pods = PodsOf(
      "2000,1,0,0,\n2000,1,1,1,\n2000,1,1,1000,\n1,1,2,1000,\n1,1,4,1000,\n1,1,8,1000,\n1,1,3,1000,"
      "\n1,1,16,1000,\n");
  const ReplayResult result = ReplayOf(SetupOf(nodes, pods), "first-fit");
  EXPECT_THAT(result.failed, ElementsAre(1, 1, 1, 1, 1, 1, 2));
  EXPECT_EQ(result.all_failed(), 8);
  EXPECT_THAT(result.placements, IsEmpty());
}

// Both pods are typical. After the first one, 400 are idle on its device: the other pod could use
// them, another one of 600 could not.
TEST(Replay, FragmentsAreIdleDevicesThatTypicalPodsCannotUse) {
  const auto nodes = NodesOf("9000,9,1,\n");
  const auto pods = PodsOf("1,1,1,600,\n1,1,1,300,\n");
  const ReplayResult result = ReplayOf(SetupOf(nodes, pods), "first-fit");
  EXPECT_EQ(result.curve.FragmentedAt(60), 50);
  // 100 are left, of no use to either.
  EXPECT_EQ(result.curve.FragmentedAt(90), 100);
  EXPECT_THAT(result.end_idle, ElementsAre(0, DoubleNear(10, 1e-9), 0, 0, 0, 0, 0));
}

TEST(Replay, WithDeparturesMomentsCountByHowLongTheyLast) {
  const auto nodes = NodesOf("9000,9,1,\n");
  auto pods = PodsOf("1,1,1,500,\n1,1,1,1000,\n1,1,1,250,\n");
  pods[0] = From(0s, 150s, pods[0]);  // of 200 seconds; a column has two
  pods[1] = From(21s, 22s, pods[1]);  // finds no room
  pods[2] = From(100s, 200s, pods[2]);
  ReplaySetup setup = SetupOf(nodes, pods);
  setup.mode = ReplayMode::kDepartures;
  const ReplayCurve curve = ReplayOf(setup, "first-fit").curve;
  ASSERT_EQ(curve.column.size(), 100U);
  EXPECT_EQ(curve.allocated[0], 50);
  EXPECT_EQ(curve.asked[9], 50);
  EXPECT_EQ(curve.asked[10], 100);  // 50 for a second, 150 for another
  EXPECT_EQ(curve.allocated[10], 50);
  EXPECT_EQ(curve.allocated[50], 75);
  EXPECT_EQ(curve.allocated[75], 25);
  EXPECT_EQ(curve.allocated[99], 25);
}

TEST(Replay, APodOfNoLifeTakesNothing) {
  const auto nodes = NodesOf("9000,9,1,\n");
  auto pods = PodsOf("1,1,1,1000,\n1,1,1,1000,\n");
  pods[1].deleted = 10s;
  ReplaySetup setup = SetupOf(nodes, pods);
  setup.mode = ReplayMode::kDepartures;
  EXPECT_EQ(PlacesOf(ReplayOf(setup, "fgd"), 2), "0:0 0:0");
}

TEST(MeanOf, TakesTheColumnsThatAllHave) {
  ReplayRow a{.policy = "fgd", .seed = 1, .result = {}};
  a.result.curve = {.column = {1, 2}, .asked = {1, 2}, .allocated = {1, 2}, .fragmented = {4, 5}};
  a.result.failed[0] = 3;
  ReplayRow b{.policy = "fgd", .seed = 2, .result = {}};
  b.result.curve = {.column = {2, 3}, .asked = {2, 3}, .allocated = {1, 3}, .fragmented = {6, 7}};
  b.result.failed[0] = 4;
  const ReplayRow mean = MeanOf(std::vector{a, b});
  EXPECT_EQ(mean.seed, std::nullopt);
  EXPECT_THAT(mean.result.curve.column, ElementsAre(2));
  EXPECT_THAT(mean.result.curve.allocated, ElementsAre(1.5));
  EXPECT_THAT(mean.result.curve.fragmented, ElementsAre(5.5));
  EXPECT_EQ(mean.result.failed[0], 3.5);
}

}  // namespace
}  // namespace berth::sim
