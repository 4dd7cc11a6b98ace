#include <gtest/gtest.h>

#include <string>

#include "berth/core/decide.h"
#include "core/plugins.h"
#include "testing/case_name.h"
#include "testing/snapshot.h"

namespace berth::core {
namespace {

using cluster::DeviceSet;
using cluster::PodRequest;
using tests::CaseName;
using tests::kGpu;
using tests::kTpu;
using tests::MakeSnapshot;
using tests::SharePod;
using tests::WholePod;

struct Case {
  std::string name;
  MakeSnapshot node;
  PodRequest pod;
  DeviceSet chosen;
  double left;     // MiB or devices, once the pod has docked
  double binpack;  // normalised cost; spread is what is missing to 1
};

class GpuMemoryTest : public ::testing::TestWithParam<Case> {};

TEST_P(GpuMemoryTest, PricesWhatIsLeftOfTheNode) {
  const auto& [name, node, pod, chosen, left, binpack] = GetParam();
  const cluster::Snapshot snapshot = node.Build();
  const Cost packed = Price("gpu-memory", snapshot, pod, Packing::kBinpack, chosen);
  EXPECT_DOUBLE_EQ(packed.raw, left);
  EXPECT_DOUBLE_EQ(packed.normalised, binpack);
  const Cost spread = Price("gpu-memory", snapshot, pod, Packing::kSpread, chosen);
  EXPECT_DOUBLE_EQ(spread.raw, left);
  EXPECT_DOUBLE_EQ(spread.normalised, 1.0 - binpack);
}

MakeSnapshot A() { return MakeSnapshot().Node("a"); }

INSTANTIATE_TEST_SUITE_P(
    Shares, GpuMemoryTest,
    ::testing::Values(Case{"Empty", A().Gpu(8_GiB).Gpu(8_GiB), SharePod(4_GiB), DeviceSet(1),
                           12 * 1024, 0.75},
                      Case{"Started", A().Gpu(8_GiB).Held(4_GiB).Gpu(8_GiB), SharePod(4_GiB),
                           DeviceSet(1), 8 * 1024, 0.5},
                      Case{"FilledUp", A().Gpu(8_GiB), SharePod(8_GiB), DeviceSet(1), 0, 0.0},
                      Case{"OnTwo", A().Gpu(8_GiB).Gpu(8_GiB), SharePod(4_GiB, Percent(0), 2),
                           DeviceSet(0b11), 8 * 1024, 0.5},
                      Case{"UnhealthyHasNoPart", A().Gpu(8_GiB).Gpu(8_GiB).Unhealthy(),
                           SharePod(4_GiB), DeviceSet(1), 4 * 1024, 0.5},
                      // All of the device is gone, whatever memory was asked.
                      Case{"Exclusive", A().Gpu(8_GiB).Gpu(8_GiB), SharePod(1_GiB, Percent(100)),
                           DeviceSet(0b10), 8 * 1024, 0.5},
                      Case{"CoresAlone", A().Gpu(8_GiB).Held(4_GiB), SharePod(MiB(0), Percent(10)),
                           DeviceSet(1), 4 * 1024, 0.5}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Whole, GpuMemoryTest,
    ::testing::Values(
        Case{"Empty", A().Whole(kGpu, 8, 8), WholePod({{kGpu, 2}}), {}, 6, 0.75},
        Case{"Started", A().Whole(kGpu, 8, 4), WholePod({{kGpu, 2}}), {}, 2, 0.25},
        Case{"FilledUp", A().Whole(kGpu, 8, 2), WholePod({{kGpu, 2}}), {}, 0, 0.0},
        Case{"AllClassesOfTheNode",
             A().Whole(kGpu, 4, 4).Whole(kTpu, 4, 2),
             WholePod({{kGpu, 1}, {kTpu, 1}}),
             {},
             4,
             0.5},
        // Elsewhere on the node something is promised beyond capacity: a cost stays a cost.
        Case{"BeyondCapacityElsewhere",
             A().Whole(kGpu, 4, 1).Whole(kTpu, 4, -3),
             WholePod({{kGpu, 1}}),
             {},
             -3,
             0.0}),
    CaseName);

TEST(Scorers, EachSaysItsNameAndUnit) {
  ASSERT_EQ(Scorers().size(), 3U);
  EXPECT_EQ(Scorers()[0]->name(), "gpu-memory");
  EXPECT_EQ(Scorers()[0]->unit(), "MiB or devices left");
  EXPECT_EQ(Scorers()[1]->name(), "batch-load");
  EXPECT_EQ(Scorers()[1]->unit(), "load after docking");
  EXPECT_EQ(Scorers()[2]->name(), "model-placement");
  EXPECT_EQ(Scorers()[2]->unit(), "seconds");
}

struct TightCase {
  std::string name;
  MiB held;  // of a device of 80 GiB
  PodRequest pod;
  double cost;
};

class TightTest : public ::testing::TestWithParam<TightCase> {};

constexpr double kOfNode = 2.0 / 15;  // of the cost of tight: how full the node is

TEST_P(TightTest, WantsNothingOrMuchLeftOnTheDevice) {
  const TightCase& row = GetParam();
  MakeSnapshot node = A().Gpu(80_GiB);
  if (row.held > MiB(0)) {
    node.Held(row.held);
  }
  const cluster::Snapshot snapshot = node.Gpu(80_GiB).Build();
  const Cost cost = Price("gpu-memory", snapshot, row.pod, Packing::kTight, DeviceSet(1));
  const double used = 1 - (cost.raw / (160 * 1024));
  EXPECT_NEAR(cost.normalised, ((1 - kOfNode) * row.cost) + (kOfNode * used), 1e-9);
}

INSTANTIATE_TEST_SUITE_P(
    Devices, TightTest,
    ::testing::Values(TightCase{"FilledUp", 40_GiB, SharePod(40_GiB), 0},
                      TightCase{"NextToNothing", 40_GiB, SharePod(38_GiB), 0},
                      TightCase{"Splinter", 40_GiB, SharePod(24_GiB), 1.0 / 3},
                      TightCase{"RoomForAnother", 24_GiB, SharePod(24_GiB), 0.2 / 3},
                      TightCase{"HalfEmpty", 8_GiB, SharePod(24_GiB), 0.3 / 3},
                      TightCase{"OpensAnEmptyOne", 0_GiB, SharePod(24_GiB), 2.3 / 3},
                      TightCase{"FillsAnEmptyOne", 0_GiB, SharePod(79_GiB), 0},
                      TightCase{"TakesAnEmptyOneWhole", 0_GiB, SharePod(1_GiB, Percent(100)), 0}),
    CaseName);

TEST(Tight, ChoosesTheDeviceThatIsFilled) {
  const cluster::Snapshot snapshot =
      A().Gpu(80_GiB).Gpu(80_GiB).Held(56_GiB).Gpu(80_GiB).Held(30_GiB).Build();
  const Policy tight{.node_packing = Packing::kTight, .device_packing = Packing::kTight};
  const cluster::NodeIndex node = 0;
  const auto chosen = [&](MiB memory) {
    return Decide(snapshot, SharePod(memory), tight, {&node, 1}, {}).nodes[0].devices;
  };
  EXPECT_EQ(chosen(24_GiB), DeviceSet(0b010));
  EXPECT_EQ(chosen(49_GiB), DeviceSet(0b100));
  EXPECT_EQ(chosen(80_GiB), DeviceSet(0b001));
  EXPECT_EQ(chosen(2_GiB), DeviceSet(0b100)) << "leaves room for another";
}

// The next replicas of the same model find room beside its weights there.
TEST(Tight, OfNodesWithLikeDevicesTheEmptierWins) {
  const cluster::Snapshot snapshot = MakeSnapshot()
                                         .Node("a")
                                         .Gpu(80_GiB)
                                         .Held(56_GiB)
                                         .Gpu(80_GiB)
                                         .Held(80_GiB)
                                         .Node("b")
                                         .Gpu(80_GiB)
                                         .Held(56_GiB)
                                         .Gpu(80_GiB)
                                         .Build();
  const Policy tight{.node_packing = Packing::kTight, .device_packing = Packing::kTight};
  const Decision decision = Decide(snapshot, SharePod(24_GiB), tight, AllNodes(snapshot), {});
  EXPECT_EQ(decision.best, 1);
  EXPECT_EQ(decision.nodes[1].devices, DeviceSet(0b01)) << "and still no device is opened for it";
}

// A node full of others is no reason to open a device elsewhere.
TEST(Tight, AFullNodeIsBetterThanAnOpenedDevice) {
  const cluster::Snapshot snapshot = MakeSnapshot()
                                         .Node("a")
                                         .Gpu(80_GiB)
                                         .Gpu(80_GiB)
                                         .Node("b")
                                         .Gpu(80_GiB)
                                         .Held(56_GiB)
                                         .Gpu(80_GiB)
                                         .Held(80_GiB)
                                         .Build();
  const Policy tight{.node_packing = Packing::kTight, .device_packing = Packing::kTight};
  EXPECT_EQ(Decide(snapshot, SharePod(24_GiB), tight, AllNodes(snapshot), {}).best, 1);
}

}  // namespace
}  // namespace berth::core
