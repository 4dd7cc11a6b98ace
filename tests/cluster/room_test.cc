#include "berth/cluster/room.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "testing/snapshot.h"

namespace berth::cluster {
namespace {

using tests::kGpu;
using tests::kTpu;
using tests::MakeSnapshot;

// What Roomy means, device by device.
DeviceSet RoomyByDefinition(const NodeRow& row, const DeviceShare& share) {
  DeviceSet roomy;
  for (int i = 0; i < row.device_count; ++i) {
    const auto at = static_cast<unsigned>(i);
    if (row.usable.Has(i) && row.free_memory[at] >= share.memory.count() &&
        row.free_cores[at] >= share.cores.count() && (!share.exclusive() || row.pristine.Has(i))) {
      roomy.Add(i);
    }
  }
  return roomy;
}

NodeRow RandomRow(std::mt19937& random) {
  NodeRow row{.mode = NodeMode::kShared};
  row.device_count = static_cast<std::uint8_t>(random() % (kMaxDevices + 1));
  const DeviceSet all = DeviceSet::First(row.device_count);
  for (unsigned i = 0; i < row.device_count; ++i) {
    row.free_memory[i] = static_cast<std::int32_t>(random() % 9);
    row.free_cores[i] = static_cast<std::uint8_t>(random() % 101);
  }
  row.usable = DeviceSet(static_cast<std::uint16_t>(random())) & all;
  row.pristine = DeviceSet(static_cast<std::uint16_t>(random())) & all;
  return row;
}

TEST(Roomy, AgreesWithItsDefinition) {
  constexpr std::uint32_t kSeed = 7;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  for (int i = 0; i < 20'000; ++i) {
    const NodeRow row = RandomRow(random);
    const DeviceShare share{.memory = MiB(random() % 10), .cores = Percent(random() % 101)};
    ASSERT_EQ(Roomy(row, share), RoomyByDefinition(row, share))
        << "try " << i << ": " << share.memory.count() << " MiB, " << share.cores.count() << " %";
  }
}

TEST(Roomy, AShareLargerThanAnyNumberOfARowFitsNowhere) {
  const Snapshot snapshot = MakeSnapshot().Node("a").Gpu(kMaxDeviceMemory).Build();
  EXPECT_EQ(Roomy(snapshot.row(0), {.memory = kMaxDeviceMemory}), DeviceSet(1));
  EXPECT_EQ(Roomy(snapshot.row(0), {.memory = MiB(std::int64_t{1} << 40)}), DeviceSet());
}

TEST(Charge, TakesTheShareFromEachDeviceAndTheirSumFromTheNode) {
  NodeRow row = MakeSnapshot().Node("a").Gpu(40_GiB).Gpu(40_GiB).Gpu(40_GiB).Build().row(0);
  Charge(row, {.share = DeviceShare{.memory = 8_GiB, .cores = Percent(30), .count = 2}},
         DeviceSet(0b101));
  EXPECT_EQ(row.free_memory[0], 32 * 1024);
  EXPECT_EQ(row.free_memory[1], 40 * 1024);
  EXPECT_EQ(row.free_memory[2], 32 * 1024);
  EXPECT_EQ(row.free_cores[0], 70);
  EXPECT_EQ(row.free_cores[1], 100);
  EXPECT_EQ(row.memory_free, (120 - 16) * 1024);
  EXPECT_EQ(row.pristine, DeviceSet(0b010));
}

TEST(Charge, AnExclusiveShareTakesAllOfTheDevice) {
  NodeRow row = MakeSnapshot().Node("a").Gpu(40_GiB).Build().row(0);
  Charge(row, {.share = DeviceShare{.memory = MiB(1), .cores = Percent(100)}}, DeviceSet(1));
  EXPECT_EQ(row.free_memory[0], 0);
  EXPECT_EQ(row.free_cores[0], 0);
  EXPECT_EQ(row.memory_free, 0);
}

TEST(Charge, NeverGoesBelowZero) {
  NodeRow row = MakeSnapshot().Node("a").Gpu(8_GiB).Held(6_GiB, Percent(80)).Build().row(0);
  Charge(row, {.share = DeviceShare{.memory = 4_GiB, .cores = Percent(40)}}, DeviceSet(1));
  EXPECT_EQ(row.free_memory[0], 0);
  EXPECT_EQ(row.free_cores[0], 0);
  EXPECT_EQ(row.memory_free, 0);
}

TEST(Charge, AnUnhealthyDeviceHasNoPartInTheNodesSum) {
  NodeRow row = MakeSnapshot().Node("a").Gpu(8_GiB).Gpu(8_GiB).Unhealthy().Build().row(0);
  EXPECT_EQ(row.memory_free, 8 * 1024);
  Charge(row, {.share = DeviceShare{.memory = 4_GiB}}, DeviceSet(0b10));
  EXPECT_EQ(row.free_memory[1], 4 * 1024);
  EXPECT_EQ(row.memory_free, 8 * 1024);
}

TEST(Charge, CountsWholeDevicesOfTheirClass) {
  NodeRow row = MakeSnapshot().Node("a").Whole(kGpu, 8, 3).Whole(kTpu, 4, 4).Build().row(0);
  Charge(row, {.whole = {{.device_class = kGpu, .count = 2}}}, {});
  EXPECT_EQ(row.whole(0).free, 1);
  EXPECT_EQ(row.whole(1).free, 4);
  Charge(row, {.whole = {{.device_class = kGpu, .count = INT32_MAX}}}, {});
  EXPECT_EQ(row.whole(0).free, 0);
}

TEST(Charge, WhatIsBeyondCapacityAlreadyIsNotMadeGood) {
  NodeRow row = MakeSnapshot().Node("a").Whole(kGpu, 8, -2).Build().row(0);
  Charge(row, {.whole = {{.device_class = kGpu, .count = 1}}}, {});
  EXPECT_EQ(row.whole(0).free, -2);
  row.whole(0).free = INT16_MIN;
  Charge(row, {.whole = {{.device_class = kGpu, .count = INT32_MAX}}}, {});
  EXPECT_EQ(row.whole(0).free, INT16_MIN);
}

TEST(FindClass, LooksAtAllFourClassesOfANode) {
  const Snapshot snapshot = MakeSnapshot()
                                .Node("a")
                                .Whole(10, 1, 1)
                                .Whole(20, 2, 2)
                                .Whole(30, 3, 3)
                                .Whole(40, 4, 4)
                                .Build();
  const NodeRow& row = snapshot.row(0);
  ASSERT_NE(FindClass(row, 10), nullptr);
  ASSERT_NE(FindClass(row, 40), nullptr);
  EXPECT_EQ(FindClass(row, 40)->capacity, 4);
  EXPECT_EQ(FindClass(row, 50), nullptr);
}

TEST(Snapshot, FindsRowsAndFactsAcrossBlocks) {
  MakeSnapshot builder;
  for (int i = 0; i < 130; ++i) {
    builder.Node("node-" + std::to_string(i)).Gpu(MiB(i + 1));
  }
  const Snapshot snapshot = builder.Gap().Build();
  ASSERT_EQ(snapshot.size(), 131U);
  for (const NodeIndex i : {0U, 63U, 64U, 127U, 128U, 129U}) {
    EXPECT_EQ(snapshot.Find("node-" + std::to_string(i)), i);
    EXPECT_EQ(snapshot.row(i).free_memory[0], static_cast<std::int32_t>(i) + 1);
    ASSERT_NE(snapshot.facts(i), nullptr);
    EXPECT_EQ(snapshot.facts(i)->name, "node-" + std::to_string(i));
  }
  EXPECT_EQ(snapshot.row(130).mode, NodeMode::kAbsent);
  EXPECT_EQ(snapshot.facts(130), nullptr);
}

}  // namespace
}  // namespace berth::cluster
