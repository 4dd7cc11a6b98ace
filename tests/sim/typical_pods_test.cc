#include "typical_pods.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "berth/base/random.h"
#include "node_rooms.h"
#include "replay_builders.h"
#include "replay_world.h"

namespace berth::sim {
namespace {

std::string Repeat(int times, const std::string& line) {
  std::string lines;
  for (int i = 0; i < times; ++i) {
    lines += line;
  }
  return lines;
}

TEST(TypicalPods, MakeUpNinetyFivePercentMostFrequentFirst) {
  const auto nodes = NodesOf("1000,1000,1,\n");
  // 60 + 34 = 94 of 100 are too few, and of two classes of 3 the one that asks more comes first.
  const auto pods = PodsOf(Repeat(3, "1,1,1,100,\n") + Repeat(60, "5,1,1,1000,\n") +
                           Repeat(34, "5,1,0,0,\n") + Repeat(3, "2,1,1,100,\n"));
  const ReplaySetup setup = SetupOf(nodes, pods);
  const ReplayWorld world(setup);
  ASSERT_EQ(world.typical.size(), 3U);
  EXPECT_EQ(world.typical[0].count, 60);
  EXPECT_EQ(world.typical[1].count, 34);
  EXPECT_EQ(world.typical[2].count, 3);
  EXPECT_EQ(world.typical[2].shape.cpu, Millicores(2));
  EXPECT_EQ(world.fragmentation.weight(), 97);
}

TEST(TypicalPods, MemoryTellsNoClassesApart) {
  const auto nodes = NodesOf("1000,1000,1,\n");
  const auto pods = PodsOf("1,1,1,100,\n1,2,1,100,\n");
  const ReplaySetup setup = SetupOf(nodes, pods);
  const ReplayWorld world(setup);
  ASSERT_EQ(world.typical.size(), 1U);
  EXPECT_EQ(world.typical[0].count, 2);
}

// One class of pods that want half a device and 4 CPUs, one that wants two devices and 8 CPUs.
class FragmentationOfTwoClasses : public testing::Test {
 protected:
  const std::vector<TraceNode> nodes_ = NodesOf("1000,1000,1,\n");
  const std::vector<TracePod> pods_ =
      PodsOf(Repeat(3, "4000,1,1,500,\n") + Repeat(1, "8000,1,2,1000,\n"));
  const ReplaySetup setup_ = SetupOf(nodes_, pods_);
  const ReplayWorld world_{setup_};
};

TEST_F(FragmentationOfTwoClasses, NoneWhereAllCanUseAll) {
  EXPECT_EQ(world_.fragmentation.Of(Room(Millicores(8000), {1000, 1000})), 0);
}

TEST_F(FragmentationOfTwoClasses, PodsWithoutCpuCanUseNothing) {
  EXPECT_EQ(world_.fragmentation.Of(Room(Millicores(7999), {1000, 1000})), 1 * 2000);
  EXPECT_EQ(world_.fragmentation.Of(Room(Millicores(3999), {1000, 1000})), 4 * 2000);
}

TEST_F(FragmentationOfTwoClasses, ARemainderIsOfNoUseToLargerShares) {
  // The 499 are lost to half a device, and all to two devices.
  EXPECT_EQ(world_.fragmentation.Of(Room(Millicores(8000), {1000, 499})), (3 * 499) + (1 * 1499));
  // To two devices the 500 are lost, for they are no whole device.
  EXPECT_EQ(world_.fragmentation.Of(Room(Millicores(8000), {1000, 500, 1000})), 1 * 500);
}

TEST(Fragmentation, IsAllButWhatCanBeUsed) {
  const auto nodes = NodesOf("96000,1000,8,A\n64000,1000,4,B\n32000,1000,0,\n");
  Random random(3);
  std::string lines;
  constexpr std::array<std::string_view, 5> kSpecs = {"", "A", "B", "A|B", "C"};
  for (int i = 0; i < 60; ++i) {
    const std::uint32_t cpu = 1000 * random.Below(20);
    const std::string_view spec = kSpecs.at(random.Below(kSpecs.size()));
    switch (random.Below(3)) {
      case 0:
        lines += fmt::format("{},1,0,0,{}\n", cpu, spec);
        break;
      case 1:
        lines += fmt::format("{},1,1,{},{}\n", cpu, 1 + random.Below(1000), spec);
        break;
      default:
        lines += fmt::format("{},1,{},1000,{}\n", cpu, 1 + random.Below(8), spec);
    }
  }
  const auto pods = PodsOf(lines);
  const ReplaySetup setup = SetupOf(nodes, pods);
  const ReplayWorld world(setup);
  for (int i = 0; i < 2000; ++i) {
    NodeRoom room = world.shapes.empty_nodes[random.Below(3)];
    room.cpu = Millicores(1000) * random.Below(30);
    for (int device = 0; device < room.devices; ++device) {
      room.free[static_cast<std::size_t>(device)] =
          random.Below(3) == 0 ? kWholeDevice : Millidevices(random.Below(1000));
    }
    const IdleSplit split = SplitOf(world.typical, room);
    const std::int64_t all = std::accumulate(split.begin(), split.end(), std::int64_t{0});
    ASSERT_EQ(all, room.free_in_all().count() * world.fragmentation.weight());
    ASSERT_EQ(world.fragmentation.Of(room),
              all - split[static_cast<std::size_t>(IdleUse::kUsable)]);
  }
}

}  // namespace
}  // namespace berth::sim
