#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "berth/core/decide.h"
#include "core/models.h"
#include "core/plugins.h"
#include "testing/snapshot.h"

namespace berth::core {
namespace {

using cluster::DeviceSet;
using cluster::Snapshot;
using tests::MakeSnapshot;
using tests::SharePod;

Snapshot OneNode(std::vector<float> loads) {
  const Snapshot bare = MakeSnapshot().Node("a").Gpu(80_GiB).Gpu(80_GiB).Build();
  return With(bare, {.loads = LoadsOf(bare, {std::move(loads)})});
}

TEST(BatchLoad, IsWhatIsMeasuredAndWhatThePodAdds) {
  const Cost cost = Price("batch-load", OneNode({0.5, 0.25}), SharePod(8_GiB, Percent(30)),
                          Packing::kBinpack, DeviceSet(1));
  EXPECT_NEAR(cost.raw, 0.8, 1e-6);
  EXPECT_NEAR(cost.normalised, 0.0008, 1e-6) << "a device with room is only a little worse";
}

TEST(BatchLoad, WhatExceedsTheDeviceCountsInFull) {
  const Cost cost = Price("batch-load", OneNode({0.9F, 0}), SharePod(8_GiB, Percent(30)),
                          Packing::kBinpack, DeviceSet(1));
  EXPECT_NEAR(cost.raw, 1.2, 1e-6);
  EXPECT_NEAR(cost.normalised, 0.2 + 0.0012, 1e-6);
}

// A pod that names no compute adds what it takes of the memory.
TEST(BatchLoad, WithoutCoresThePodWeighsItsMemory) {
  const Cost cost =
      Price("batch-load", OneNode({0.5, 0}), SharePod(20_GiB), Packing::kBinpack, DeviceSet(1));
  EXPECT_NEAR(cost.raw, 0.75, 1e-6);
}

TEST(BatchLoad, OfSeveralDevicesTheFullestCounts) {
  const Cost cost = Price("batch-load", OneNode({0.25, 0.75}), SharePod(8_GiB, Percent(10), 2),
                          Packing::kBinpack, DeviceSet(0b11));
  EXPECT_NEAR(cost.raw, 0.85, 1e-6);
}

TEST(BatchLoad, AQueueCountsInSecondsOfTheWeight) {
  const Snapshot bare = MakeSnapshot().Node("a").Gpu(80_GiB).Build();
  cluster::LoadTable table = *LoadsOf(bare, {{0.5}});
  table.nodes[0].queue_seconds[0] = 30;
  const Snapshot snapshot =
      With(bare, {.loads = std::make_shared<const cluster::LoadTable>(table)});
  const Cost cost =
      Price("batch-load", snapshot, SharePod(8_GiB, Percent(10)), Packing::kBinpack, DeviceSet(1));
  EXPECT_NEAR(cost.normalised, 0.5 + 0.0006, 1e-6) << "30 of 60 seconds";
}

// What docked after the load was told is not in it.
TEST(BatchLoad, PodsSinceTheSampleAreAdded) {
  const Snapshot bare = MakeSnapshot().Node("a").Gpu(80_GiB).Held(40_GiB).Build();
  cluster::LoadTable table = *LoadsOf(bare, {{0.25}});
  table.nodes[0].free_memory[0] = 80 * 1024;
  const Snapshot snapshot =
      With(bare, {.loads = std::make_shared<const cluster::LoadTable>(table)});
  const Cost cost =
      Price("batch-load", snapshot, SharePod(8_GiB, Percent(10)), Packing::kBinpack, DeviceSet(1));
  EXPECT_NEAR(cost.raw, 0.25 + 0.5 + 0.1, 1e-6);
}

TEST(BatchLoad, SaysNothingWithoutTelemetry) {
  const Snapshot bare = MakeSnapshot().Node("a").Gpu(80_GiB).Build();
  const Policy policy;
  const cluster::PodRequest pod = SharePod(8_GiB);
  const Scorer& scorer = Named(Scorers(), "batch-load");
  const Cycle cycle{.snapshot = bare, .pod = pod, .policy = policy, .expectations = {}};
  EXPECT_FALSE(scorer.Prepare(cycle));
  EXPECT_DOUBLE_EQ(scorer.WeightOf(cycle), 0);
}

TEST(BatchLoad, CountsForLessWhereLittleIsFresh) {
  const Snapshot bare = MakeSnapshot().Node("a").Gpu(80_GiB).Build();
  const Policy policy;
  const cluster::PodRequest pod = SharePod(8_GiB);
  const auto weight = [&](float fresh) {
    cluster::LoadTable table = *LoadsOf(bare, {{0.5}});
    table.fresh_share = fresh;
    const Snapshot snapshot =
        With(bare, {.loads = std::make_shared<const cluster::LoadTable>(table)});
    return Named(Scorers(), "batch-load")
        .WeightOf({.snapshot = snapshot, .pod = pod, .policy = policy, .expectations = {}});
  };
  EXPECT_DOUBLE_EQ(weight(1), 60);
  EXPECT_DOUBLE_EQ(weight(0.5), 60);
  EXPECT_DOUBLE_EQ(weight(0.25), 30);
  EXPECT_DOUBLE_EQ(weight(0), 0);
}

TEST(BatchLoad, DevicesAndNodesWithRoomWin) {
  const Snapshot bare =
      MakeSnapshot().Node("a").Gpu(80_GiB).Gpu(80_GiB).Node("b").Gpu(80_GiB).Gpu(80_GiB).Build();
  const Snapshot snapshot = With(bare, {.loads = LoadsOf(bare, {{0.95F, 0.9F}, {0.95F, 0.1F}})});
  const Decision decision =
      Decide(snapshot, SharePod(8_GiB, Percent(30)), {}, AllNodes(snapshot), {});
  EXPECT_EQ(decision.best, 1);
  EXPECT_EQ(decision.nodes[1].devices, DeviceSet(0b10));
  EXPECT_EQ(decision.nodes[0].devices, DeviceSet(0b10));
  EXPECT_EQ(decision.fitting, 2U) << "load refuses nobody";
}

}  // namespace
}  // namespace berth::core
