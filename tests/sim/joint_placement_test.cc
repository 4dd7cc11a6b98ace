#include "berth/sim/joint_placement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "berth/base/random.h"
#include "berth/sim/placement_bound.h"
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
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    Random random(seed);
    std::vector<kube::PodObject> pods;
    pods.reserve(6);
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
      ordered.reserve(order.size());
      for (const std::size_t pod : order) {
        ordered.push_back(pods[pod]);
      }
      best = std::max(best, PlaceOneByOne(*Trial({SharedNode("a", 3, 10)}, ordered)).devices);
    } while (std::ranges::next_permutation(order).found);
    EXPECT_DOUBLE_EQ(jointly.devices, best) << seed;
  }
  EXPECT_GT(gained, 2);
}

// Ten clusters of 80 devices of 80 GiB each, and 90 pods that ask for more than there is: one to
// eight devices, a tenth to all of their memory. docs/planning.md has the figures.
TEST(Joint, FillsFullClustersBetterThanOneByOne) {
  constexpr std::array<int, 7> kCounts = {1, 1, 1, 1, 2, 4, 8};
  constexpr std::array<int, 6> kGiB = {8, 16, 24, 40, 60, 80};
  double one_by_one = 0;
  double jointly = 0;
  double bound = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Random random(seed);
    std::vector<kube::NodeObject> nodes;
    nodes.reserve(10);
    for (int i = 0; i < 10; ++i) {
      nodes.push_back(SharedNode(fmt::format("n{}", i), 8, 80));
    }
    std::vector<kube::PodObject> pods;
    for (int i = 0; i < 90; ++i) {
      kube::PodObject pod = Waits(fmt::format("p{}", i), kGiB.at(random.Below(6)));
      pod.containers.front().requests.extended.emplace_back(device::kGpuCount,
                                                            kCounts.at(random.Below(7)));
      pods.push_back(std::move(pod));
    }
    const auto cluster = Trial(std::move(nodes), std::move(pods));
    one_by_one += PlaceOneByOne(*cluster).devices / 10;
    const Placement placement = PlaceJointly(*cluster, {});
    jointly += placement.devices / 10;
    bound += MostDevices(*cluster, placement) / 10;
  }
  EXPECT_GE(jointly, 78) << one_by_one;
  EXPECT_GE(jointly, one_by_one + 2) << one_by_one;
  EXPECT_LE(bound, 79.8);
  EXPECT_GE(jointly, bound * 0.985) << bound;
}

}  // namespace
}  // namespace berth::sim
