#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "berth/core/decide.h"
#include "berth/core/explain.h"
#include "core/parts.h"
#include "testing/case_name.h"
#include "testing/snapshot.h"

namespace berth::core {
namespace {

using cluster::Demand;
using cluster::DeviceSet;
using cluster::PodRequest;
using cluster::ShareCount;
using cluster::Snapshot;
using tests::CaseName;
using tests::kGpu;
using tests::MakeSnapshot;
using tests::SharePod;
using tests::WholePod;

constexpr Policy kPolicy{.node_packing = Packing::kFragmentation,
                         .device_packing = Packing::kFragmentation};

// One kind of nodes, without a price; pods ask for shares of these sizes, and 8 cores per device.
Demand OfShares(std::vector<ShareCount> shares) {
  return {.pods = 100,
          .cpu_per_device = Cores(8),
          .kinds = {{.price = 0, .worth = cluster::WorthOfResiduals(std::move(shares))}}};
}

Decision DecideAll(const Snapshot& snapshot, const PodRequest& pod,
                   const Policy& policy = kPolicy) {
  return Decide(snapshot, pod, policy, AllNodes(snapshot), {});
}
DeviceSet ChosenOnFirst(const MakeSnapshot& node, const PodRequest& pod) {
  return DecideAll(node.Build(), pod).nodes.front().devices;
}

// --- Which device.

struct DeviceCase {
  std::string name;
  std::vector<ShareCount> asked;
  std::vector<int> free;  // parts of each device
  int parts = 0;          // that the pod asks
  int chosen = 0;
};

class FragmentationDeviceTest : public ::testing::TestWithParam<DeviceCase> {};

TEST_P(FragmentationDeviceTest, LosesLeastOfWhatOthersAskFor) {
  const DeviceCase& row = GetParam();
  MakeSnapshot node = MakeSnapshot().Node("a").FreeCpu(Cores(64)).Asked(OfShares(row.asked));
  for (const int free : row.free) {
    Left(node, free);
  }
  EXPECT_EQ(ChosenOnFirst(node, PartsPod(row.parts)), DeviceSet::Only(row.chosen));
}

const std::vector<ShareCount> kHalves = {{.parts = 50, .count = 10}};
const std::vector<ShareCount> kMostlyLarge = {{.parts = 81, .count = 90},
                                              {.parts = 15, .count = 10}};

INSTANTIATE_TEST_SUITE_P(
    Devices, FragmentationDeviceTest,
    ::testing::Values(
        // binpack would take the first, and leave 40 that nobody asks for.
        DeviceCase{"KeepsAHalf", kHalves, {60, 80}, 20, 1},
        DeviceCase{"OfTwoThatLoseAlikeTheFuller", kHalves, {95, 75, 85}, 20, 1},
        // 19 parts are left of a device with a large share, and the small ones are free there.
        DeviceCase{"FillsTheGapOfALargeOne", kMostlyLarge, {100, 19}, 15, 1},
        DeviceCase{"KeepsRoomForALargeOne", kMostlyLarge, {85, 70}, 15, 1},
        DeviceCase{"AWholeDeviceIsWorthMore", kHalves, {50, 100}, 50, 0}),
    CaseName);

TEST(Fragmentation, TakesDevicesThatAreFreeForAPodThatWantsAllOfThem) {
  const MakeSnapshot node = MakeSnapshot()
                                .Node("a")
                                .FreeCpu(Cores(64))
                                .Asked(OfShares(kHalves))
                                .Gpu(kDevice)
                                .Held(kHundredth * 50)
                                .Gpu(kDevice)
                                .Gpu(kDevice);
  EXPECT_EQ(ChosenOnFirst(node, SharePod(MiB(0), Percent(100), 2)), DeviceSet(0b110));
}

// --- Which node.

struct NodeCase {
  std::string name;
  MakeSnapshot nodes;  // a and b
  PodRequest pod;
  std::string best;
};

class FragmentationNodeTest : public ::testing::TestWithParam<NodeCase> {};

TEST_P(FragmentationNodeTest, IsWhereLeastIsLost) {
  const NodeCase& row = GetParam();
  const Snapshot snapshot = row.nodes.Build();
  const Decision decision = DecideAll(snapshot, row.pod);
  ASSERT_GE(decision.best, 0);
  EXPECT_TRUE(decision.scored);
  EXPECT_EQ(snapshot.facts(decision.nodes[static_cast<std::size_t>(decision.best)].node)->name,
            row.best);
}

MakeSnapshot Nodes() { return MakeSnapshot().Asked(OfShares(kHalves)); }
MakeSnapshot Kinds(float price_a, float price_b) {
  Demand demand = OfShares(kHalves);
  demand.kinds = {{.price = price_a, .worth = demand.kinds[0].worth},
                  {.price = price_b, .worth = demand.kinds[0].worth}};
  return MakeSnapshot().Asked(demand);
}

INSTANTIATE_TEST_SUITE_P(
    Nodes, FragmentationNodeTest,
    ::testing::Values(NodeCase{"WhereAHalfStays",
                               Nodes()
                                   .Node("a")
                                   .FreeCpu(Cores(64))
                                   .Gpu(kDevice)
                                   .Held(kHundredth * 40)
                                   .Node("b")
                                   .FreeCpu(Cores(64))
                                   .Gpu(kDevice)
                                   .Held(kHundredth * 20),
                               PartsPod(20), "b"},
                      // Two free devices usually want 16 cores; on a 8 are left for the other one.
                      NodeCase{"WhereCpuIsLeftForTheOtherDevice",
                               Nodes()
                                   .Node("a")
                                   .FreeCpu(Cores(16))
                                   .Whole(kGpu, 8, 2)
                                   .Node("b")
                                   .FreeCpu(Cores(24))
                                   .Whole(kGpu, 8, 2),
                               WithCpu(WholePod({{kGpu, 1}}), Cores(14)), "b"},
                      NodeCase{"APodWithLittleCpuGoesWhereCpuIsShort",
                               Nodes()
                                   .Node("a")
                                   .FreeCpu(Cores(64))
                                   .Whole(kGpu, 8, 4)
                                   .Node("b")
                                   .FreeCpu(Cores(16))
                                   .Whole(kGpu, 8, 4),
                               WithCpu(WholePod({{kGpu, 1}}), Cores(2)), "b"},
                      NodeCase{"NotOnAKindThatOthersCannotDoWithout",
                               Kinds(2, -0.5F)
                                   .Node("a")
                                   .Kind(0)
                                   .FreeCpu(Cores(64))
                                   .Whole(kGpu, 8, 8)
                                   .Node("b")
                                   .Kind(1)
                                   .FreeCpu(Cores(64))
                                   .Whole(kGpu, 8, 8),
                               WithCpu(WholePod({{kGpu, 1}}), Cores(8)), "b"},
                      NodeCase{"ByNameWhereAllIsAlike",
                               Nodes()
                                   .Node("b")
                                   .FreeCpu(Cores(64))
                                   .Whole(kGpu, 8, 3)
                                   .Node("a")
                                   .FreeCpu(Cores(64))
                                   .Whole(kGpu, 8, 8),
                               WithCpu(WholePod({{kGpu, 1}}), Cores(8)), "a"},
                      // Of pods without devices.
                      NodeCase{"WithoutDevicesWhereNoneIsFree",
                               Nodes()
                                   .Node("a")
                                   .FreeCpu(Cores(16))
                                   .Whole(kGpu, 8, 2)
                                   .Node("b")
                                   .FreeCpu(Cores(16))
                                   .Whole(kGpu, 8, 0),
                               HostPod(Cores(8)), "b"},
                      NodeCase{"WithoutDevicesOnASharedNodeTheSame",
                               Nodes()
                                   .Node("a")
                                   .FreeCpu(Cores(8))
                                   .Gpu(kDevice)
                                   .Node("b")
                                   .FreeCpu(Cores(8))
                                   .Gpu(kDevice)
                                   .Held(kHundredth * 75),
                               HostPod(Cores(6)), "b"}),
    CaseName);

TEST(Fragmentation, TheBestOfNodesThatAreAlikeStandsAlone) {
  const Snapshot snapshot = Nodes()
                                .Node("a")
                                .FreeCpu(Cores(64))
                                .Whole(kGpu, 8, 8)
                                .Node("b")
                                .FreeCpu(Cores(64))
                                .Whole(kGpu, 8, 8)
                                .Build();
  EXPECT_EQ(Ladder(DecideAll(snapshot, WithCpu(WholePod({{kGpu, 1}}), Cores(8))), 10),
            (std::vector<std::int64_t>{10, 9}));
  EXPECT_EQ(Ladder(DecideAll(snapshot, HostPod(Cores(8))), 10), (std::vector<std::int64_t>{10, 9}));
}

TEST(Fragmentation, CpuThatAnExpectedPodWillTakeIsGone) {
  const Snapshot snapshot = Nodes()
                                .Node("a")
                                .FreeCpu(Cores(24))
                                .Whole(kGpu, 8, 2)
                                .Node("b")
                                .FreeCpu(Cores(24))
                                .Whole(kGpu, 8, 2)
                                .Build();
  const std::vector<Expectation> web = {{.node = 0, .cpu = Cores(12)}};
  for (const PodRequest& pod : {WithCpu(WholePod({{kGpu, 1}}), Cores(12)), HostPod(Cores(8))}) {
    EXPECT_EQ(Decide(snapshot, pod, kPolicy, AllNodes(snapshot), {}).best, 0) << pod.name;
    EXPECT_EQ(Decide(snapshot, pod, kPolicy, AllNodes(snapshot), web).best, 1) << pod.name;
  }
}

// --- While nothing is known.

TEST(Fragmentation, IsBinpackWhileNothingIsKnown) {
  constexpr Policy kBinpack{};
  const MakeSnapshot nodes = MakeSnapshot()
                                 .Node("a")
                                 .FreeCpu(Cores(64))
                                 .Gpu(kDevice)
                                 .Gpu(kDevice)
                                 .Node("b")
                                 .FreeCpu(Cores(64))
                                 .Gpu(kDevice)
                                 .Held(kHundredth * 40)
                                 .Gpu(kDevice)
                                 .Held(kHundredth * 20);
  for (const Snapshot& snapshot : {nodes.Build(), MakeSnapshot(nodes).Asked({}).Build()}) {
    const Decision decision = DecideAll(snapshot, PartsPod(20));
    const Decision binpack = DecideAll(snapshot, PartsPod(20), kBinpack);
    ASSERT_EQ(decision.best, binpack.best);
    for (std::size_t i = 0; i < decision.nodes.size(); ++i) {
      EXPECT_EQ(decision.nodes[i].devices, binpack.nodes[i].devices) << i;
      EXPECT_EQ(decision.nodes[i].cost, binpack.nodes[i].cost) << i;
    }
    EXPECT_FALSE(DecideAll(snapshot, HostPod(Cores(8))).scored);
  }
}

TEST(Fragmentation, WithoutDevicesNodesAreAlikeToOtherPackings) {
  const Snapshot snapshot = Nodes().Node("a").FreeCpu(Cores(16)).Whole(kGpu, 8, 2).Build();
  EXPECT_FALSE(DecideAll(snapshot, HostPod(Cores(8)), {}).scored);
  EXPECT_FALSE(DecideAll(snapshot, HostPod(Cores(0))).scored) << "it takes nothing at all";
  Policy left_out = kPolicy;
  left_out.weights.gpu_memory = 0;
  EXPECT_FALSE(DecideAll(snapshot, HostPod(Cores(8)), left_out).scored);
}

// --- In words.

TEST(Fragmentation, SaysWhatIsLost) {
  const Snapshot snapshot =
      Kinds(2, 0).Node("a").FreeCpu(Cores(8)).Gpu(kDevice).Gpu(kDevice).Build();
  const PodRequest pod = PartsPod(30, Cores(6));
  const NodeExplanation explanation =
      Explain(snapshot, pod, kPolicy, {}, DecideAll(snapshot, pod), 0);
  ASSERT_FALSE(explanation.terms.empty());
  EXPECT_EQ(explanation.terms.front().sentence,
            "170 of 200 MiB stay free on the node; to usual pods its room is worth 0.50 devices "
            "less, 0.45 more of them lack CPU, and 0.60 is for scarcity");
}

TEST(Fragmentation, SaysOfAPodWithoutDevicesWhatItsCpuCosts) {
  const Snapshot snapshot = Nodes().Node("a").FreeCpu(Cores(16)).Whole(kGpu, 8, 2).Build();
  const PodRequest pod = HostPod(Cores(4));
  const NodeExplanation explanation =
      Explain(snapshot, pod, kPolicy, {}, DecideAll(snapshot, pod), 0);
  ASSERT_EQ(explanation.terms.size(), 1U);
  EXPECT_EQ(explanation.terms.front().scorer, "gpu-memory");
  EXPECT_EQ(explanation.terms.front().sentence,
            "2 of 8 devices stay free on the node; to usual pods its room is worth 0.00 devices "
            "less, 0.50 more of them lack CPU, and 0.00 is for scarcity");
}

}  // namespace
}  // namespace berth::core
