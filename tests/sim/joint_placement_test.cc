#include "berth/sim/joint_placement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "berth/base/random.h"
#include "testing/trial.h"

namespace berth::sim {
namespace {

using tests::GpuNode;
using tests::SharedNode;
using tests::Trial;
using tests::Waits;
using tests::WaitsForGpus;

// 6 + 4 and 5 + 5 fill two devices of 10; packed as they come, 4 goes beside 5 and one stays out.
TEST(Joint, FindsRoomThatTheOrderOfArrivalWastes) {
  const auto cluster =
      Trial({SharedNode("a", 2, 10)}, {Waits("w", 5), Waits("x", 4), Waits("y", 5), Waits("z", 6)});
  const Placement one_by_one = PlaceOneByOne(*cluster);
  EXPECT_EQ(one_by_one.docked, 3U);
  const Placement jointly = PlaceJointly(*cluster, {});
  EXPECT_EQ(jointly.docked, 4U);
  EXPECT_DOUBLE_EQ(jointly.devices, 2);
}

TEST(Joint, LeavesTheClusterAsItWas) {
  const auto cluster = Trial({SharedNode("a", 2, 10)}, {Waits("w", 5), Waits("x", 6)});
  (void)PlaceJointly(*cluster, {});
  EXPECT_EQ(PlaceOneByOne(*cluster).docked, 2U);
  EXPECT_TRUE(cluster->Dock(Waits("all", 10)).ok());
}

// Two small ones would be more pods, but fewer devices.
TEST(Joint, PrefersMoreDevicesToMorePods) {
  const auto cluster = Trial({GpuNode("a", 8)},
                             {WaitsForGpus("s", 1), WaitsForGpus("t", 1), WaitsForGpus("big", 8)});
  EXPECT_EQ(PlaceOneByOne(*cluster).docked, 2U);
  const Placement jointly = PlaceJointly(*cluster, {});
  EXPECT_EQ(jointly.docked, 1U);
  EXPECT_TRUE(jointly.pods[2].ok());
  EXPECT_DOUBLE_EQ(jointly.devices, 8);
}

TEST(Joint, TakesNothingFromAHigherPriority) {
  kube::PodObject urgent = WaitsForGpus("urgent", 1);
  urgent.priority = 1;
  const auto cluster = Trial({GpuNode("a", 8)}, {WaitsForGpus("big", 8), urgent});
  const Placement jointly = PlaceJointly(*cluster, {});
  EXPECT_EQ(cluster->waiting()[0].name, "urgent");
  EXPECT_TRUE(jointly.pods[0].ok());
  EXPECT_FALSE(jointly.pods[1].ok());
}

TEST(Joint, NothingWaitsNothingIsPlaced) {
  const auto cluster = Trial({GpuNode("a", 8)}, {});
  EXPECT_EQ(PlaceJointly(*cluster, {}).docked, 0U);
}

// Every order of the pods: what no order docks, no joint placement does.
TEST(Joint, IsNeverWorseThanOneByOneAndFindsTheBestOrderOfFewPods) {
  int gained = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    std::vector<kube::PodObject> pods;
    for (int i = 0; i < 6; ++i) {
      pods.push_back(Waits(fmt::format("p{}", i), 2 + static_cast<int>(random.Below(7))));
    }
    const auto cluster = Trial({SharedNode("a", 3, 10)}, pods);
    const Placement one_by_one = PlaceOneByOne(*cluster);
    const Placement jointly = PlaceJointly(*cluster, {.seed = seed});
    EXPECT_GE(jointly.devices, one_by_one.devices) << seed;
    gained += jointly.devices > one_by_one.devices ? 1 : 0;

    double best = 0;
    std::vector<std::size_t> order(pods.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    do {
      std::vector<kube::PodObject> ordered;
      for (const std::size_t pod : order) {
        ordered.push_back(pods[pod]);
      }
      best = std::max(best, PlaceOneByOne(*Trial({SharedNode("a", 3, 10)}, ordered)).devices);
    } while (std::ranges::next_permutation(order).found);
    EXPECT_DOUBLE_EQ(jointly.devices, best) << seed;
  }
  EXPECT_GT(gained, 5);
}

}  // namespace
}  // namespace berth::sim
