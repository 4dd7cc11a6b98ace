#include "berth/sim/placement_bound.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "berth/base/random.h"
#include "testing/trial.h"

namespace berth::sim {
namespace {

using tests::Docked;
using tests::GpuNode;
using tests::SharedNode;
using tests::Trial;
using tests::Waits;
using tests::WaitsForGpus;

double BoundOf(TrialCluster& cluster) { return MostDevices(cluster, PlaceJointly(cluster, {})); }

TEST(PlacementBound, IsWhatDocksWhereAllDock) {
  const auto cluster = Trial({SharedNode("a", 2, 10)}, {Waits("p", 5), Waits("q", 6)});
  EXPECT_DOUBLE_EQ(BoundOf(*cluster), 1.1);
}

// Ten nodes have four devices left each: together enough for five such pods, none for one.
TEST(PlacementBound, LooksAtEachNodeByItself) {
  std::vector<kube::NodeObject> nodes;
  nodes.reserve(10);
  for (int i = 0; i < 10; ++i) {
    nodes.push_back(GpuNode(fmt::format("n{}", i), 4));
  }
  EXPECT_DOUBLE_EQ(BoundOf(*Trial(nodes, {WaitsForGpus("p", 8), WaitsForGpus("q", 8)})), 0);
  EXPECT_DOUBLE_EQ(BoundOf(*Trial(nodes, {WaitsForGpus("p", 3), WaitsForGpus("q", 8)})), 3);
}

// Three pods of 6 on two devices of 10: a device is not shared out between two.
TEST(PlacementBound, LooksAtEachDeviceByItself) {
  const auto cluster =
      Trial({SharedNode("a", 2, 10)}, {Waits("p", 6), Waits("q", 6), Waits("r", 6)});
  EXPECT_DOUBLE_EQ(BoundOf(*cluster), 1.2);
}

// Each takes five devices of eight: one goes on each node.
TEST(PlacementBound, LooksAtThePodsThatANodeTakesOfAKind) {
  std::vector<kube::PodObject> pods;
  for (const std::string name : {"p", "q", "r"}) {
    pods.push_back(Waits(name, 10));
    pods.back().containers.front().requests.extended.emplace_back(device::kGpuCount, 5);
  }
  const auto cluster = Trial({SharedNode("a", 8, 10), SharedNode("b", 8, 10)}, pods);
  EXPECT_DOUBLE_EQ(BoundOf(*cluster), 10);
}

TEST(PlacementBound, CountsWhatIsHeld) {
  const auto cluster =
      Trial({SharedNode("a", 2, 10)}, {Docked("old", 5, "a", "0"), Waits("p", 6), Waits("q", 6)});
  EXPECT_DOUBLE_EQ(BoundOf(*cluster), 0.6);
}

TEST(PlacementBound, CountsCpu) {
  kube::NodeObject node = GpuNode("a", 8);
  node.allocatable.cpu = Millicores(5000);
  std::vector<kube::PodObject> pods;
  for (int i = 0; i < 8; ++i) {
    pods.push_back(WaitsForGpus(fmt::format("p{}", i), 1));
    pods.back().containers.front().requests.cpu = Millicores(2000);
  }
  EXPECT_DOUBLE_EQ(BoundOf(*Trial({node}, pods)), 2);
}

TEST(PlacementBound, HoldsAllPodsOfEveryPriority) {
  std::vector<kube::PodObject> pods = {WaitsForGpus("urgent", 1), WaitsForGpus("large", 8)};
  pods[0].priority = 1;
  const auto cluster = Trial({GpuNode("a", 8)}, pods);
  const Placement jointly = PlaceJointly(*cluster, {});
  EXPECT_DOUBLE_EQ(jointly.devices, 1) << "the urgent one docks";
  EXPECT_DOUBLE_EQ(MostDevices(*cluster, jointly), 8) << "the large one would fill more";
}

TEST(PlacementBound, LeavesTheClusterAsItWas) {
  const auto cluster = Trial({SharedNode("a", 2, 10)}, {Waits("w", 5), Waits("x", 6)});
  (void)BoundOf(*cluster);
  EXPECT_EQ(PlaceOneByOne(*cluster).docked, 2U);
}

// The most that any pods, each on any node, fill.
MiB MostByTrying(TrialCluster& cluster, const std::vector<std::string>& nodes, std::size_t pod) {
  if (pod == cluster.waiting().size()) {
    return MiB(0);
  }
  const kube::PodObject& next = cluster.waiting()[pod];
  MiB most = MostByTrying(cluster, nodes, pod + 1);
  for (const std::string& node : nodes) {
    if (cluster.DockOn(next, node).ok()) {
      most = std::max(most, cluster.SizeOf(next) + MostByTrying(cluster, nodes, pod + 1));
    }
    cluster.TakeAway(next);
  }
  return most;
}

// Two shared nodes that differ and one of whole devices, all partly held, with CPU for about four
// pods each; pods that ask memory of one or two devices, all of one, or whole ones.
std::unique_ptr<TrialCluster> Made(std::uint64_t seed) {
  Random random(seed);
  const auto draw = [&](int least, int most) {
    return least + static_cast<int>(random.Below(static_cast<std::uint32_t>(most - least + 1)));
  };
  std::vector<kube::NodeObject> nodes = {SharedNode("a", 2, draw(6, 12)), SharedNode("b", 1, 10),
                                         GpuNode("c", draw(1, 4))};
  for (kube::NodeObject& node : nodes) {
    node.allocatable.cpu = Millicores(1000) * draw(4, 10);
  }
  std::vector<kube::PodObject> pods = {Docked("held", draw(1, 6), "a", "0")};
  for (int i = 0; i < 6; ++i) {
    const std::string name = fmt::format("p{}", i);
    pods.push_back(draw(0, 4) == 0 ? WaitsForGpus(name, draw(1, 3)) : Waits(name, draw(2, 9)));
    kube::Resources& asks = pods.back().containers.front().requests;
    if (asks.Extended("nvidia.com/gpu") == 0) {
      asks.extended.emplace_back(device::kGpuCount, draw(0, 3) == 0 ? 2 : 1);
      if (draw(0, 5) == 0) {
        asks.extended.emplace_back(device::kGpuCores, 100);
      }
    }
    asks.cpu = Millicores(500) * draw(0, 6);
  }
  return Trial(std::move(nodes), std::move(pods));
}

TEST(PlacementBound, IsNeverBelowWhatCanBeDocked) {
  int reached = 0;
  double bounds = 0;
  double most_of_all = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const auto cluster = Made(seed);
    const double most = cluster->InDevices(MostByTrying(*cluster, {"a", "b", "c"}, 0));
    const double bound = BoundOf(*cluster);
    EXPECT_GE(bound, most - 1e-9) << "seed " << seed;
    reached += bound <= most + 1e-9 ? 1 : 0;
    bounds += bound;
    most_of_all += most;
  }
  EXPECT_GE(reached, 50) << "of 100 it is met in most";
  EXPECT_LE(bounds, 1.04 * most_of_all);
}

}  // namespace
}  // namespace berth::sim
