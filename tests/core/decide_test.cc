#include "berth/core/decide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "testing/snapshot.h"

namespace berth::core {
namespace {

using cluster::DeviceSet;
using cluster::NodeIndex;
using cluster::NodeMode;
using cluster::PodFault;
using cluster::PodRequest;
using cluster::Snapshot;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using tests::kGpu;
using tests::MakeSnapshot;
using tests::SharePod;
using tests::WholePod;

constexpr Policy kBinpack{};
constexpr Policy kSpread{.node_packing = Packing::kSpread, .device_packing = Packing::kSpread};

Decision DecideAll(const Snapshot& snapshot, const PodRequest& pod, const Policy& policy = kBinpack,
                   const std::vector<Expectation>& expectations = {}) {
  return Decide(snapshot, pod, policy, AllNodes(snapshot), expectations);
}

std::string_view Best(const Snapshot& snapshot, const Decision& decision) {
  return decision.best < 0
             ? "nobody"
             : snapshot.names().name(decision.nodes[static_cast<std::size_t>(decision.best)].node);
}

std::vector<Reason> Reasons(const Decision& decision) {
  std::vector<Reason> reasons;
  for (const NodeDecision& node : decision.nodes) {
    reasons.push_back(node.reason);
  }
  return reasons;
}

TEST(Decide, APodWithoutDevicesHasRequirementsAllTheSame) {
  const Snapshot snapshot =
      MakeSnapshot().Node("a").Node("c").Meets(0b1).Node("b").Meets(0b11).Build();
  PodRequest pod{.ns = "ml", .name = "web"};
  EXPECT_EQ(Best(snapshot, DecideAll(snapshot, pod)), "a");
  pod.requirements = 0b1;
  const Decision decision = DecideAll(snapshot, pod);
  EXPECT_THAT(Reasons(decision), ElementsAre(Reason::kRequirement, Reason::kFits, Reason::kFits));
  EXPECT_EQ(decision.fitting, 2U);
  EXPECT_EQ(Best(snapshot, decision), "b");
}

TEST(Decide, PodsOfOneShapeWithOtherRequirementsAreJudgedAnew) {
  const Snapshot snapshot = MakeSnapshot().Node("a").Gpu(40_GiB).Meets(0b1).Build();
  const PodRequest free = SharePod(1_GiB);
  PodRequest bound = free;
  bound.requirements = 0b10;
  DecisionMemo memo(free, kBinpack, snapshot.outlook());
  EXPECT_TRUE(memo.Serves(free, kBinpack, snapshot.outlook()));
  EXPECT_FALSE(memo.Serves(bound, kBinpack, snapshot.outlook()));
}

TEST(Decide, GivesEachCandidateItsOwnReason) {
  const Snapshot snapshot = MakeSnapshot()
                                .Node("fits")
                                .Gpu(40_GiB)
                                .Node("full")
                                .Gpu(40_GiB)
                                .Held(39_GiB)
                                .Node("busy")
                                .Gpu(40_GiB)
                                .Held(1_GiB, Percent(90))
                                .Node("whole")
                                .Whole(kGpu, 8, 8)
                                .Node("invalid")
                                .Mode(NodeMode::kInvalid)
                                .Node("none")
                                .Build();
  const Decision decision = DecideAll(snapshot, SharePod(8_GiB, Percent(20)));
  EXPECT_THAT(Reasons(decision),
              ElementsAre(Reason::kFits, Reason::kDeviceMemory, Reason::kDeviceCores,
                          Reason::kNoDevices, Reason::kNodeInvalid, Reason::kNoDevices));
  EXPECT_EQ(decision.fitting, 1U);
  EXPECT_EQ(decision.best, 0);
  EXPECT_TRUE(decision.scored);
  EXPECT_EQ(decision.snapshot_version, snapshot.version());
}

TEST(Decide, LooksAtTheCandidatesAloneInTheirOrder) {
  const Snapshot snapshot =
      MakeSnapshot().Node("a").Gpu(8_GiB).Node("b").Gpu(8_GiB).Node("c").Gpu(8_GiB).Build();
  const std::vector<NodeIndex> candidates = {2, 0};
  const Decision decision = Decide(snapshot, SharePod(1_GiB), kBinpack, candidates, {});
  EXPECT_THAT(decision.nodes,
              ElementsAre(Field(&NodeDecision::node, 2U), Field(&NodeDecision::node, 0U)));
  EXPECT_EQ(Best(snapshot, decision), "a");
}

TEST(Decide, WithoutCandidatesNothingFits) {
  const Snapshot snapshot = MakeSnapshot().Node("a").Gpu(8_GiB).Build();
  for (const PodRequest& pod : {SharePod(1_GiB), WholePod({})}) {
    const Decision decision = Decide(snapshot, pod, kBinpack, {}, {});
    EXPECT_TRUE(decision.nodes.empty());
    EXPECT_EQ(decision.fitting, 0U);
    EXPECT_EQ(decision.best, -1);
  }
}

TEST(Decide, BinpackFillsTheStartedNodeSpreadTheEmptyOne) {
  const Snapshot snapshot = MakeSnapshot()
                                .Node("empty")
                                .Gpu(40_GiB)
                                .Gpu(40_GiB)
                                .Node("started")
                                .Gpu(40_GiB)
                                .Gpu(40_GiB)
                                .Held(16_GiB)
                                .Build();
  const Decision packed = DecideAll(snapshot, SharePod(8_GiB), kBinpack);
  EXPECT_EQ(Best(snapshot, packed), "started");
  EXPECT_EQ(packed.nodes[1].devices, DeviceSet::Only(1));
  const Decision spread = DecideAll(snapshot, SharePod(8_GiB), kSpread);
  EXPECT_EQ(Best(snapshot, spread), "empty");
  EXPECT_EQ(spread.nodes[1].devices, DeviceSet::Only(0));
}

TEST(Decide, CountsWholeDevicesAndNamesNone) {
  const Snapshot snapshot = MakeSnapshot()
                                .Node("a")
                                .Whole(kGpu, 8, 8)
                                .Node("b")
                                .Whole(kGpu, 8, 3)
                                .Node("c")
                                .Whole(kGpu, 8, 1)
                                .Build();
  const Decision decision = DecideAll(snapshot, WholePod({{kGpu, 2}}));
  EXPECT_THAT(Reasons(decision), ElementsAre(Reason::kFits, Reason::kFits, Reason::kDevices));
  EXPECT_EQ(Best(snapshot, decision), "b");
  EXPECT_THAT(decision.nodes, Each(Field(&NodeDecision::devices, DeviceSet())));
}

TEST(Decide, TiesGoToTheEarlierName) {
  const Snapshot snapshot =
      MakeSnapshot().Node("c").Gpu(8_GiB).Node("a").Gpu(8_GiB).Node("b").Gpu(8_GiB).Build();
  EXPECT_EQ(Best(snapshot, DecideAll(snapshot, SharePod(1_GiB))), "a");
}

TEST(Decide, APodWithoutDevicesFitsEverywhereUnscored) {
  const Snapshot snapshot =
      MakeSnapshot().Node("b").Mode(NodeMode::kInvalid).Node("a").Gpu(8_GiB).Held(8_GiB).Build();
  const Decision decision = DecideAll(snapshot, PodRequest{.name = "web"});
  EXPECT_THAT(Reasons(decision), Each(Reason::kFits));
  EXPECT_EQ(decision.fitting, 2U);
  EXPECT_FALSE(decision.scored);
  EXPECT_EQ(Best(snapshot, decision), "a");
}

TEST(Decide, AFaultyPodIsRefusedOnEveryNodeForTheSameReason) {
  const Snapshot snapshot =
      MakeSnapshot().Node("a").Gpu(8_GiB).Node("b").Mode(NodeMode::kMixed).Node("c").Build();
  PodRequest pod = SharePod(1_GiB);
  pod.fault = PodFault::kCoresInvalid;
  const Decision decision = DecideAll(snapshot, pod);
  EXPECT_THAT(Reasons(decision),
              ElementsAre(Reason::kCoresInvalid, Reason::kCoresInvalid, Reason::kCoresInvalid));
  EXPECT_EQ(decision.fitting, 0U);
  EXPECT_EQ(decision.best, -1);
}

TEST(AllNodes, LeavesFreeIndicesOut) {
  const Snapshot snapshot = MakeSnapshot().Gap().Node("a").Gap().Node("b").Gpu(8_GiB).Build();
  EXPECT_THAT(AllNodes(snapshot), ElementsAre(1U, 3U));
}

// --- Room that other pods are expected to take.

Expectation Expect(NodeIndex node, const PodRequest& pod, DeviceSet devices = {}) {
  return {.node = node, .devices = devices, .demand = pod.demand};
}

TEST(DecideExpecting, GoesElsewhereWhileThereIsRoomElsewhere) {
  const Snapshot snapshot = MakeSnapshot().Node("a").Gpu(8_GiB).Node("b").Gpu(80_GiB).Build();
  const PodRequest pod = SharePod(8_GiB);
  EXPECT_EQ(Best(snapshot, DecideAll(snapshot, pod)), "a");
  const Decision decision =
      DecideAll(snapshot, pod, kBinpack, {Expect(0, pod, DeviceSet::Only(0))});
  EXPECT_EQ(Best(snapshot, decision), "b");
  EXPECT_TRUE(decision.nodes[0].fits());
  EXPECT_TRUE(decision.nodes[0].contended);
  EXPECT_FALSE(decision.nodes[1].contended);
  EXPECT_EQ(decision.fitting, 2U);
}

TEST(DecideExpecting, NeverEmptiesAnAnswer) {
  const Snapshot snapshot = MakeSnapshot().Node("a").Gpu(8_GiB).Node("b").Whole(kGpu, 8, 2).Build();
  const PodRequest share = SharePod(8_GiB);
  const Decision shared = DecideAll(
      snapshot, share, kBinpack, {Expect(0, share, DeviceSet(1)), Expect(0, share, DeviceSet(1))});
  EXPECT_EQ(Best(snapshot, shared), "a");
  EXPECT_EQ(shared.nodes[0].devices, DeviceSet::Only(0));
  const PodRequest whole = WholePod({{kGpu, 2}});
  EXPECT_EQ(Best(snapshot, DecideAll(snapshot, whole, kBinpack, {Expect(1, whole)})), "b");
}

TEST(DecideExpecting, ChoosesTheDeviceThatNobodyExpects) {
  const Snapshot snapshot = MakeSnapshot().Node("a").Gpu(8_GiB).Gpu(8_GiB).Build();
  const Decision decision = DecideAll(snapshot, SharePod(8_GiB), kBinpack,
                                      {Expect(0, SharePod(8_GiB), DeviceSet::Only(0))});
  EXPECT_EQ(decision.nodes[0].devices, DeviceSet::Only(1));
  EXPECT_FALSE(decision.nodes[0].contended);
}

TEST(DecideExpecting, PacksOntoWhatIsExpectedToo) {
  const Snapshot snapshot =
      MakeSnapshot().Node("a").Gpu(40_GiB).Node("b").Gpu(40_GiB).Node("c").Gpu(40_GiB).Build();
  EXPECT_EQ(Best(snapshot, DecideAll(snapshot, SharePod(8_GiB), kBinpack,
                                     {Expect(1, SharePod(8_GiB), DeviceSet(1))})),
            "b");
  EXPECT_EQ(Best(snapshot, DecideAll(snapshot, SharePod(8_GiB), kSpread,
                                     {Expect(0, SharePod(8_GiB), DeviceSet(1))})),
            "b");
}

TEST(DecideExpecting, ARefusalStaysARefusal) {
  const Snapshot snapshot = MakeSnapshot().Node("a").Gpu(8_GiB).Build();
  const Decision decision =
      DecideAll(snapshot, SharePod(9_GiB), kBinpack, {Expect(0, SharePod(8_GiB), DeviceSet(1))});
  EXPECT_THAT(Reasons(decision), ElementsAre(Reason::kDeviceMemory));
  EXPECT_FALSE(decision.nodes[0].contended);
}

TEST(DecideExpecting, ANodeThatIsGoneIsIgnored) {
  const Snapshot snapshot = MakeSnapshot().Node("a").Gpu(8_GiB).Build();
  const Decision decision =
      DecideAll(snapshot, SharePod(8_GiB), kBinpack, {Expect(1000, SharePod(8_GiB), DeviceSet(1))});
  EXPECT_FALSE(decision.nodes[0].contended);
}

}  // namespace
}  // namespace berth::core
