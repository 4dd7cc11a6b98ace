#include "berth/sim/trial_cluster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "berth/device/read.h"
#include "testing/trial.h"

namespace berth::sim {
namespace {

using tests::GpuNode;
using tests::SharedNode;
using tests::Trial;
using tests::Waits;

TEST(TrialCluster, DocksWhereDecideSaysAndTakesAwayAgain) {
  const auto cluster = Trial({SharedNode("a", 1, 10)}, {Waits("p", 6)});
  const kube::PodObject& pod = cluster->waiting().front();
  const Docking docking = cluster->Dock(pod);
  EXPECT_EQ(docking.node, "a");
  EXPECT_EQ(docking.devices, "0");
  EXPECT_EQ(cluster->Dock(Waits("q", 6)).reason, "insufficient device memory");
  cluster->TakeAway(pod);
  EXPECT_TRUE(cluster->Dock(Waits("q", 6)).ok());
}

TEST(TrialCluster, DockedPodsHoldTheirRoomUntilTheyAreTakenAway) {
  const auto cluster =
      Trial({SharedNode("a", 1, 10)}, {tests::Docked("old", 6, "a", "0"), Waits("new", 6)});
  ASSERT_EQ(cluster->docked().size(), 1U);
  ASSERT_EQ(cluster->waiting().size(), 1U);
  EXPECT_FALSE(cluster->Dock(cluster->waiting().front()).ok());
  cluster->TakeAway(cluster->docked().front());
  EXPECT_TRUE(cluster->Dock(cluster->waiting().front()).ok());
  cluster->TakeAway(cluster->waiting().front());
  cluster->PutBack(cluster->docked().front());
  EXPECT_FALSE(cluster->Dock(cluster->waiting().front()).ok());
}

TEST(TrialCluster, JudgesWhatKubeSchedulerJudges) {
  kube::NodeObject cordoned = SharedNode("cordoned", 1, 10);
  cordoned.unschedulable = true;
  kube::NodeObject away = SharedNode("away", 1, 10);
  away.ready = false;
  kube::NodeObject tainted = SharedNode("tainted", 1, 10);
  tainted.taints = {{.key = "gpu", .value = "", .effect = "NoSchedule"}};
  kube::NodeObject small = SharedNode("small", 1, 10);
  small.allocatable.cpu = Millicores(10);
  const auto cluster = Trial({cordoned, away, tainted, small}, {});
  kube::PodObject pod = Waits("p", 6);
  pod.containers.front().requests.cpu = Millicores(100);
  EXPECT_EQ(cluster->Dock(pod).reason,
            "no node that it may run on has CPU, memory and room for another pod");
  kube::PodObject tolerant = Waits("q", 6);
  tolerant.containers.front().requests.cpu = Millicores(100);
  tolerant.constraints.tolerations = {{.key = "gpu", .value = "", .effect = "", .exists = true}};
  EXPECT_EQ(cluster->Dock(tolerant).node, "tainted");
}

TEST(TrialCluster, FullNodesAreTheReasonNotThoseWithOtherDevices) {
  const auto cluster = Trial({GpuNode("x", 8), GpuNode("y", 8), SharedNode("full", 1, 10)},
                             {tests::Docked("old", 6, "full", "0")});
  EXPECT_EQ(cluster->Dock(Waits("new", 6)).reason, "insufficient device memory");
  const auto other = Trial({GpuNode("x", 8)}, {});
  EXPECT_EQ(other->Dock(Waits("new", 6)).reason, "no matching devices");
}

TEST(TrialCluster, KnowsOneNodeFromTheOthers) {
  const auto cluster = Trial({SharedNode("a", 1, 10), SharedNode("b", 1, 10)}, {});
  EXPECT_EQ(cluster->DockOn(Waits("p", 6), "b").node, "b");
  EXPECT_FALSE(cluster->DockOn(Waits("q", 6), "b").ok());
  EXPECT_EQ(cluster->DockOn(Waits("q", 6), "a").node, "a");
}

// Binpack: the fullest first.
TEST(TrialCluster, ListsTheNodesThatAPodCouldDockOnBestFirst) {
  const auto cluster = Trial({SharedNode("a", 1, 10), SharedNode("b", 1, 10),
                              SharedNode("c", 1, 10), SharedNode("d", 1, 5)},
                             {tests::Docked("p", 2, "b", "0"), tests::Docked("q", 6, "c", "0")});
  const kube::PodObject pod = Waits("new", 4);
  EXPECT_THAT(cluster->Choices(pod), testing::ElementsAre("c", "d", "b", "a"));
  EXPECT_THAT(cluster->Choices(Waits("huge", 11)), testing::IsEmpty());
  EXPECT_EQ(cluster->Dock(pod).node, "c");
}

TEST(TrialCluster, OnlyPodsThatAskForDevicesAndMayBePlacedWaitByPriority) {
  kube::PodObject urgent = Waits("urgent", 1);
  urgent.priority = 10;
  kube::PodObject gated = Waits("gated", 1);
  gated.gated = true;
  kube::PodObject going = Waits("going", 1);
  going.terminating = true;
  kube::PodObject done = Waits("done", 1);
  done.phase = kube::PodPhase::kSucceeded;
  const auto cluster = Trial({SharedNode("a", 1, 10)}, {Waits("first", 1), urgent, gated, going,
                                                        done, tests::Pod("cpu").Container()});
  ASSERT_EQ(cluster->waiting().size(), 2U);
  EXPECT_EQ(cluster->waiting()[0].name, "urgent");
  EXPECT_EQ(cluster->waiting()[1].name, "first");
}

TEST(TrialCluster, RefusesTwoObjectsOfOneName) {
  const auto create = [](std::vector<kube::NodeObject> nodes, std::vector<kube::PodObject> pods) {
    return TrialCluster::Create({.classes = device::ClassTable::BuiltIn(), .profiles = {{}}},
                                std::move(nodes), std::move(pods));
  };
  EXPECT_EQ(create({SharedNode("a", 1, 1), SharedNode("a", 1, 1)}, {}).error().message,
            "node a is there twice");
  EXPECT_EQ(create({}, {Waits("p", 1), Waits("p", 1)}).error().message, "pod ml/p is there twice");
}

TEST(TrialCluster, CountsTheMemoryOfASharedDeviceOnAverage) {
  EXPECT_EQ(Trial({SharedNode("a", 1, 10), SharedNode("b", 3, 30)}, {})->device_memory(), 25_GiB);
  EXPECT_EQ(Trial({GpuNode("a", 8)}, {})->device_memory(), 1_MiB);
}

}  // namespace
}  // namespace berth::sim
