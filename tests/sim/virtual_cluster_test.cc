#include "berth/sim/virtual_cluster.h"

#include <gtest/gtest.h>

#include "testing/snapshot.h"

namespace berth::sim {
namespace {

using cluster::DeviceSet;

TEST(VirtualCluster, PodsTakeTheirRoomAndGiveItBack) {
  VirtualCluster cluster;
  cluster.AddNode({.name = "a", .devices = 2, .device_memory = 80_GiB});
  const cluster::PodRequest pod = tests::SharePod(24_GiB, Percent(30));
  EXPECT_EQ(cluster.snapshot()->row(0).free_memory[1], 80 * 1024);
  ASSERT_TRUE(cluster.Dock(pod, "a", DeviceSet::Only(1)).ok());
  EXPECT_EQ(cluster.snapshot()->row(0).free_memory[1], 56 * 1024);
  EXPECT_EQ(cluster.snapshot()->row(0).free_cores[1], 70);
  cluster.Leave(pod.uid);
  EXPECT_EQ(cluster.snapshot()->row(0).free_memory[1], 80 * 1024);
}

TEST(VirtualCluster, RoomIsPromisedOnce) {
  VirtualCluster cluster;
  cluster.AddNode({.name = "a", .devices = 1, .device_memory = 80_GiB});
  cluster::PodRequest pod = tests::SharePod(60_GiB);
  ASSERT_TRUE(cluster.Dock(pod, "a", DeviceSet::Only(0)).ok());
  pod.uid = "uid-of-another";
  pod.name = "another";
  EXPECT_FALSE(cluster.Dock(pod, "a", DeviceSet::Only(0)).ok());
  EXPECT_FALSE(cluster.Dock(pod, "b", DeviceSet::Only(0)).ok()) << "no such node";
}

}  // namespace
}  // namespace berth::sim
