#include "berth/core/device_choice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "testing/case_name.h"
#include "testing/snapshot.h"

namespace berth::core {
namespace {

using cluster::DeviceSet;
using cluster::NodeRow;
using tests::CaseName;
using tests::MakeSnapshot;

struct Case {
  std::string name;
  MakeSnapshot node;
  DeviceSet roomy;
  int count;
  DeviceSet binpack;
  DeviceSet spread;
};

class ChooseDevicesTest : public ::testing::TestWithParam<Case> {};

TEST_P(ChooseDevicesTest, FollowsThePacking) {
  const cluster::Snapshot snapshot = MakeSnapshot(GetParam().node).Build();
  const auto choose = [&](Packing packing) {
    return ChooseDevices(snapshot.row(0), GetParam().roomy, GetParam().count, packing).bits();
  };
  EXPECT_EQ(choose(Packing::kBinpack), GetParam().binpack.bits());
  EXPECT_EQ(choose(Packing::kSpread), GetParam().spread.bits());
}

MakeSnapshot A() { return MakeSnapshot().Node("a"); }

// Three devices with 8, 2 and 5 GiB left.
MakeSnapshot Three() { return A().Gpu(8_GiB).Gpu(8_GiB).Held(6_GiB).Gpu(8_GiB).Held(3_GiB); }

INSTANTIATE_TEST_SUITE_P(
    One, ChooseDevicesTest,
    ::testing::Values(
        Case{"NoneRoomy", A().Gpu(8_GiB), DeviceSet(), 1, DeviceSet(), DeviceSet()},
        Case{"OneRoomy", A().Gpu(8_GiB).Gpu(8_GiB), DeviceSet(0b10), 1, DeviceSet(0b10),
             DeviceSet(0b10)},
        Case{"LeastOrMostMemory", Three(), DeviceSet(0b111), 1, DeviceSet(0b010), DeviceSet(0b001)},
        Case{"OnlyAmongTheRoomy", Three(), DeviceSet(0b101), 1, DeviceSet(0b100), DeviceSet(0b001)},
        Case{"SameMemoryThenCores",
             A().Gpu(8_GiB).Held(MiB(0), Percent(10)).Gpu(8_GiB).Held(MiB(0), Percent(60)),
             DeviceSet(0b11), 1, DeviceSet(0b10), DeviceSet(0b01)},
        Case{"AllAlikeThenTheLowestIndex", A().Gpu(8_GiB).Gpu(8_GiB).Gpu(8_GiB), DeviceSet(0b110),
             1, DeviceSet(0b010), DeviceSet(0b010)},
        Case{"NothingLeftIsAChoiceToo", A().Gpu(8_GiB).Gpu(8_GiB).Held(8_GiB, Percent(100)),
             DeviceSet(0b10), 1, DeviceSet(0b10), DeviceSet(0b10)},
        Case{"TheLastOfSixteen",
             [] {
               MakeSnapshot node = A();
               for (int i = 0; i < 16; ++i) {
                 node.Gpu(8_GiB);
               }
               return node.Held(1_GiB);
             }(),
             DeviceSet(0xFFFF), 1, DeviceSet(0x8000), DeviceSet(0x0001)}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Several, ChooseDevicesTest,
    ::testing::Values(
        Case{"TwoOfThree", Three(), DeviceSet(0b111), 2, DeviceSet(0b110), DeviceSet(0b101)},
        Case{"AllOfThem", Three(), DeviceSet(0b111), 3, DeviceSet(0b111), DeviceSet(0b111)},
        Case{"TooFew", Three(), DeviceSet(0b101), 3, DeviceSet(), DeviceSet()},
        Case{"AllAlike", A().Gpu(8_GiB).Gpu(8_GiB).Gpu(8_GiB).Gpu(8_GiB), DeviceSet(0b1110), 2,
             DeviceSet(0b0110), DeviceSet(0b0110)}),
    CaseName);

// The definition, by sorting: memory, then cores, then index.
DeviceSet ChooseByDefinition(const NodeRow& row, DeviceSet roomy, int count, Packing packing) {
  if (roomy.size() < count) {
    return {};
  }
  std::vector<std::tuple<int, int, int>> order;
  const int sign = packing == Packing::kBinpack ? 1 : -1;
  roomy.ForEach([&](int device) {
    const auto i = static_cast<unsigned>(device);
    order.emplace_back(sign * row.free_memory[i], sign * row.free_cores[i], device);
  });
  std::ranges::sort(order);
  DeviceSet chosen;
  for (int i = 0; i < count; ++i) {
    chosen.Add(std::get<2>(order[static_cast<std::size_t>(i)]));
  }
  return chosen;
}

TEST(ChooseDevices, AgreesWithItsDefinition) {
  constexpr std::uint32_t kSeed = 11;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  for (int i = 0; i < 20'000; ++i) {
    NodeRow row{.device_count = cluster::kMaxDevices};
    for (unsigned d = 0; d < cluster::kMaxDevices; ++d) {
      row.free_memory[d] = static_cast<std::int32_t>(random() % 4 * 0x7FFFFF);
      row.free_cores[d] = static_cast<std::uint8_t>(random() % 3 * 50);
    }
    const DeviceSet roomy(static_cast<std::uint16_t>(random()));
    const int count = 1 + static_cast<int>(random() % cluster::kMaxDevices);
    const Packing packing = random() % 2 == 0 ? Packing::kBinpack : Packing::kSpread;
    ASSERT_EQ(ChooseDevices(row, roomy, count, packing).bits(),
              ChooseByDefinition(row, roomy, count, packing).bits())
        << "try " << i;
  }
}

}  // namespace
}  // namespace berth::core
