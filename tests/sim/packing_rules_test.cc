// The points of each rule, worked out by hand.
#include "packing_rules.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "node_rooms.h"
#include "replay_builders.h"
#include "testing/case_name.h"

namespace berth::sim {
namespace {

using cluster::DeviceSet;

// Half of the pods want half a device, the others one; all are typical.
class TwoShapes {
 public:
  std::unique_ptr<PackingRule> Make(std::unique_ptr<PackingRule> (*make)(const ReplayWorld&)) {
    return make(world_);
  }

 private:
  const std::vector<TraceNode> nodes_ = NodesOf("1000,1000,1,\n");
  const std::vector<TracePod> pods_ = PodsOf("1000,1,1,500,\n1000,1,1,1000,\n");
  const ReplaySetup setup_ = SetupOf(nodes_, pods_);
  const ReplayWorld world_{setup_};
};

PodShape Pod(Millicores cpu, int devices, int share) {
  return {.cpu = cpu, .devices = devices, .share = Millidevices(share)};
}

const PodShape kCpuPod = Pod(Millicores(1000), 0, 0);
const std::vector<int> kEight(8, 1000);

struct Case {
  std::string name;
  std::unique_ptr<PackingRule> (*make)(const ReplayWorld&) = nullptr;
  NodeRoom room;
  PodShape pod;
  int points = 0;
};

class PackingRuleTest : public testing::TestWithParam<Case> {};

TEST_P(PackingRuleTest, GivesPoints) {
  TwoShapes world;
  const auto rule = world.Make(GetParam().make);
  EXPECT_EQ(rule->Prepare(GetParam().pod)(GetParam().room), GetParam().points);
}

// Left are half of 128 CPUs and half of 8 devices: 100 x (1 - 0.25 - 0.25).
INSTANTIATE_TEST_SUITE_P(
    BestFit, PackingRuleTest,
    testing::Values(Case{"Half", &MakeBestFitRule, Room(Millicores(128'000), kEight),
                         Pod(Millicores(64'000), 4, 1000), 50},
                    Case{"NothingLeft", &MakeBestFitRule, Room(Millicores(64'000), {1000}),
                         Pod(Millicores(64'000), 1, 1000), 100},
                    // 0.5 x 1/128 is 0.0039, of which the points lose a whole one.
                    Case{"OneCpuLeft", &MakeBestFitRule, Room(Millicores(65'000), {1000}),
                         Pod(Millicores(64'000), 1, 1000), 99}),
    tests::CaseName);

// 64/128 x 16/128 and 2/8 x 1/8, half of their sum is 0.047.
INSTANTIATE_TEST_SUITE_P(
    DotProduct, PackingRuleTest,
    testing::Values(Case{"Small", &MakeDotProductRule, Room(Millicores(64'000), {1000, 1000}),
                         Pod(Millicores(16'000), 1, 1000), 95},
                    Case{"Half", &MakeDotProductRule, Room(Millicores(128'000), kEight),
                         Pod(Millicores(64'000), 4, 1000), 50}),
    tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    GpuPacking, PackingRuleTest,
    testing::Values(Case{"CpuPod", &MakeGpuPackingRule, Room(Millicores(8000), kEight), kCpuPod, 0},
                    Case{"FreeNodeOfEight", &MakeGpuPackingRule, Room(Millicores(8000), kEight),
                         Pod(Millicores(1), 1, 1000), 25},
                    Case{"FreeNodeOfTwo", &MakeGpuPackingRule, Room(Millicores(8000), {1000, 1000}),
                         Pod(Millicores(1), 1, 1000), 31},
                    Case{"FreeNodeOfSixteen", &MakeGpuPackingRule,
                         Room(Millicores(8000), std::vector<int>(16, 1000)),
                         Pod(Millicores(1), 1, 1000), 17},
                    Case{"OneFreeDeviceOfAUsedNode", &MakeGpuPackingRule,
                         Room(Millicores(8000), {1000, 400}), Pod(Millicores(1), 1, 1000), 49},
                    Case{"FourFreeDevices", &MakeGpuPackingRule,
                         Room(Millicores(8000), {0, 1000, 1000, 1000, 1000}),
                         Pod(Millicores(1), 4, 1000), 46},
                    Case{"PartOfAUsedDevice", &MakeGpuPackingRule,
                         Room(Millicores(8000), {1000, 500}), Pod(Millicores(1), 1, 460), 95},
                    Case{"LittleLeft", &MakeGpuPackingRule, Room(Millicores(8000), {1000, 190}),
                         Pod(Millicores(1), 1, 100), 99}),
    tests::CaseName);

// 25 x used / 8 devices, plus 25 a band. Of eight devices four are used, so 12.
INSTANTIATE_TEST_SUITE_P(
    GpuClustering, PackingRuleTest,
    testing::Values(
        Case{"CpuPod", &MakeGpuClusteringRule, Room(Millicores(8000), kEight), kCpuPod, 0},
        Case{"FreeNode", &MakeGpuClusteringRule, Room(Millicores(8000), kEight),
             Pod(Millicores(1), 1, 500), 25},
        Case{"FreeNodeOfTwo", &MakeGpuClusteringRule, Room(Millicores(8000), {1000, 1000}),
             Pod(Millicores(1), 1, 500), 43},
        Case{"LikePodsAlone", &MakeGpuClusteringRule,
             Room(Millicores(8000), {0, 1000, 0, 1000, 0, 1000, 0, 1000}, {2, 2}),
             Pod(Millicores(1), 2, 1000), 87},
        Case{"LikeAndUnlike", &MakeGpuClusteringRule,
             Room(Millicores(8000), {0, 1000, 0, 1000, 0, 1000, 0, 1000}, {kPartOfOne, 1}),
             Pod(Millicores(1), 1, 1000), 62},
        Case{"UnlikeAlone", &MakeGpuClusteringRule,
             Room(Millicores(8000), {0, 1000, 0, 1000, 0, 1000, 0, 1000}, {1}),
             Pod(Millicores(1), 1, 500), 12}),
    tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    Fgd, PackingRuleTest,
    testing::Values(
        // A whole device is of use to all; half of it to half of the pods, who lose a quarter of a
        // device on average: x = -0.25, 43.78.
        Case{"HalfOfADevice", &MakeFgdRule, Room(Millicores(8000), {1000}),
             Pod(Millicores(1000), 1, 500), 43},
        // 500 that half of the pods could not use are used up: x = 0.25, 56.2.
        Case{"TheOtherHalf", &MakeFgdRule, Room(Millicores(8000), {500}),
             Pod(Millicores(1000), 1, 500), 56},
        Case{"WholeDevice", &MakeFgdRule, Room(Millicores(8000), {1000}),
             Pod(Millicores(1000), 1, 1000), 50},
        // The last CPU goes, and with it a device for all: x = -1, 26.9.
        Case{"TheLastCpu", &MakeFgdRule, Room(Millicores(1000), {1000}), kCpuPod, 26},
        // Nobody could use what is left, so nothing is lost.
        Case{"CpuOfAFullNode", &MakeFgdRule, Room(Millicores(1000), {0}), kCpuPod, 50}),
    tests::CaseName);

TEST(FgdRule, TakesTheDeviceWhereLeastIsLost) {
  TwoShapes world;
  const auto rule = world.Make(&MakeFgdRule);
  const PodShape pod = Pod(Millicores(1000), 1, 500);
  EXPECT_EQ(rule->Choose(Room(Millicores(8000), {1000, 900, 500}), pod), DeviceSet::Only(2));
  EXPECT_EQ(rule->Choose(Room(Millicores(8000), {1000, 1000}), pod), DeviceSet::Only(0));
}

TEST(PackingRule, TakesTheTightestDevice) {
  TwoShapes world;
  const auto rule = world.Make(&MakeBestFitRule);
  const NodeRoom room = Room(Millicores(8000), {1000, 300, 600, 600, 1000});
  EXPECT_EQ(rule->Choose(room, Pod(Millicores(1), 1, 500)), DeviceSet::Only(2));
  EXPECT_EQ(rule->Choose(room, Pod(Millicores(1), 2, 1000)), DeviceSet(0b10001));
  EXPECT_EQ(rule->Choose(room, kCpuPod), DeviceSet());
}

TEST(RandomRule, TakesAnyDeviceWithRoom) {
  TwoShapes world;
  const auto rule = world.Make(&MakeRandomRule);
  const NodeRoom room = Room(Millicores(8000), {1000, 300, 600, 500});
  DeviceSet seen;
  for (int i = 0; i < 100; ++i) {
    const DeviceSet chosen = rule->Choose(room, Pod(Millicores(1), 1, 500));
    EXPECT_EQ(chosen.size(), 1);
    seen = seen | chosen;
  }
  EXPECT_EQ(seen, DeviceSet(0b1101));
}

}  // namespace
}  // namespace berth::sim
