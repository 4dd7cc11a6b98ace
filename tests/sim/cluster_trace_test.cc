// A cluster as a trace: what is counted, rounded and left out.
#include "berth/sim/cluster_trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "berth/device/read.h"
#include "testing/case_name.h"
#include "testing/trial.h"

namespace berth::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using tests::Docked;
using tests::GpuNode;
using tests::SharedNode;
using tests::Waits;
using tests::WaitsForGpus;

Result<Trace> TraceOf(std::vector<kube::NodeObject> nodes, std::vector<kube::PodObject> pods) {
  return TraceOfCluster(nodes, pods, device::ClassTable::BuiltIn());
}

Trace MustTrace(std::vector<kube::NodeObject> nodes, std::vector<kube::PodObject> pods) {
  Result<Trace> trace = TraceOf(std::move(nodes), std::move(pods));
  EXPECT_TRUE(trace.ok()) << trace.error().message;
  return trace.ok() ? *std::move(trace) : Trace{};
}

kube::NodeObject Made(const std::string& name, const std::string& product, int devices, int gib) {
  kube::NodeObject node = SharedNode(name, devices, gib);
  node.annotations.front().second = fmt::format(
      R"({{"product": "{}", "count": {}, "memoryMiB": {}}})", product, devices, gib * 1024);
  return node;
}

kube::PodObject Share(const std::string& name, std::int64_t mib, std::int64_t cores, int count) {
  return tests::Pod(name)
      .Asks(std::string(device::kGpuMemory), mib)
      .Asks(std::string(device::kGpuCores), cores)
      .Asks(std::string(device::kGpuCount), count);
}

TEST(TraceOfCluster, NodesWithDevicesAreNodes) {
  const kube::NodeObject mixed = tests::WithHost(
      tests::Node("mixed").Label("berth.dev/sharing", "native").Has("amd.com/gpu", 8));
  const Trace trace = MustTrace({Made("a", "NVIDIA-A100", 8, 80), GpuNode("b", 4),
                                 tests::WithHost(tests::Node("cpu")), mixed},
                                {Waits("p", 1)});
  ASSERT_THAT(trace.nodes, SizeIs(2));
  EXPECT_EQ(trace.nodes[0].name, "a");
  EXPECT_EQ(trace.nodes[0].model, "NVIDIA-A100");
  EXPECT_EQ(trace.nodes[0].devices, 8);
  EXPECT_EQ(trace.nodes[0].cpu, Millicores(100'000));
  EXPECT_EQ(trace.nodes[0].memory, MiB(1 << 20));
  EXPECT_EQ(trace.nodes[1].model, "nvidia.com/gpu");  // of no known product
  EXPECT_EQ(trace.nodes[1].devices, 4);
}

struct PartCase {
  std::string name;
  kube::PodObject pod;
  int devices;
  Millidevices share;
};

class TracePodOf : public testing::TestWithParam<PartCase> {};

// Of a cluster whose devices have 80 GiB.
TEST_P(TracePodOf, AsksWhatThePodAsks) {
  const Trace trace = MustTrace(
      {SharedNode("a", 8, 80), tests::WithHost(tests::Node("b").Has("nvidia.com/gpu", 8))},
      {GetParam().pod});
  ASSERT_THAT(trace.pods.rows, SizeIs(1));
  EXPECT_EQ(trace.pods.rows[0].devices, GetParam().devices);
  EXPECT_EQ(trace.pods.rows[0].share, GetParam().share);
}

INSTANTIATE_TEST_SUITE_P(
    All, TracePodOf,
    testing::Values(
        PartCase{"Half", Share("p", 40'960, 0, 1), 1, Millidevices(500)},
        PartCase{"RoundedUp", Share("p", 40'961, 0, 1), 1, Millidevices(501)},
        PartCase{"ALittle", Share("p", 1, 0, 1), 1, Millidevices(1)},
        PartCase{"CoresCountWhereTheyAreMore", Share("p", 8192, 30, 1), 1, Millidevices(300)},
        PartCase{"CoresAlone", Share("p", 0, 7, 1), 1, Millidevices(70)},
        PartCase{"Exclusive", Share("p", 1024, 100, 1), 1, kWholeDevice},
        PartCase{"All", Share("p", 81'920, 0, 1), 1, kWholeDevice},
        PartCase{"SharesOfSeveralAreWhole", Share("p", 8192, 0, 2), 2, kWholeDevice},
        PartCase{"MoreThanAnyHas", Share("p", 92'160, 0, 1), 1, kWholeDevice},
        PartCase{"Whole", WaitsForGpus("p", 3), 3, kWholeDevice},
        PartCase{"AModelAlone", tests::Pod("p").Annotation(std::string(device::kModel), "llama"), 1,
                 kWholeDevice},
        PartCase{"NoDevices", tests::Pod("p").Container(), 0, Millidevices(0)}),
    tests::CaseName);

// Of the node where it is; else of what most devices have.
TEST(TraceOfCluster, AShareIsAPartOfTheDevicesMemory) {
  const Trace trace =
      MustTrace({Made("a", "x", 2, 40), Made("b", "y", 8, 80), Made("c", "z", 2, 160)},
                {Docked("there", 20, "a", "0"), Waits("waits", 20), Waits("large", 100)});
  ASSERT_THAT(trace.pods.rows, SizeIs(3));
  EXPECT_EQ(trace.pods.rows[0].share, Millidevices(500));
  EXPECT_EQ(trace.pods.rows[1].share, Millidevices(250));
  EXPECT_EQ(trace.pods.rows[2].share, Millidevices(625));
  EXPECT_THAT(trace.pods.rows[1].models, IsEmpty());
  EXPECT_THAT(trace.pods.rows[2].models, ElementsAre("z"));  // no other has so much
}

TEST(TraceOfCluster, ModelsAreThoseThatThePodMayUse) {
  kube::PodObject picky = Waits("picky", 1);
  picky.annotations.emplace_back(device::kAccelerators, "A100, H100");
  kube::PodObject hopeless = Waits("hopeless", 1);
  hopeless.annotations.emplace_back(device::kAccelerators, "B200");
  const kube::PodObject amd = tests::Pod("amd").Asks("amd.com/gpu", 1);
  const Trace trace = MustTrace(
      {Made("a", "NVIDIA-A100-80GB", 1, 80), Made("h", "NVIDIA-H100", 1, 80),
       Made("l", "NVIDIA-L4", 1, 24), tests::WithHost(tests::Node("m").Has("amd.com/gpu", 8))},
      {picky, hopeless, amd});
  ASSERT_THAT(trace.pods.rows, SizeIs(3));
  EXPECT_THAT(trace.pods.rows[0].models, ElementsAre("NVIDIA-A100-80GB", "NVIDIA-H100"));
  EXPECT_THAT(trace.pods.rows[1].models, ElementsAre("(none)"));
  EXPECT_THAT(trace.pods.rows[2].models, ElementsAre("amd.com/gpu"));
}

TEST(TraceOfCluster, PodsThatAreElsewhereOrOverOrRefusedAreLeftOut) {
  kube::PodObject over = Waits("over", 1);
  over.phase = kube::PodPhase::kSucceeded;
  const kube::PodObject elsewhere = tests::Pod("daemon").On("cpu");
  kube::PodObject here = tests::Pod("here").On("a");
  here.containers = {{.name = "c", .requests = {.cpu = Millicores(250), .memory = Bytes(1)}}};
  const Trace trace = MustTrace({SharedNode("a", 1, 80), tests::WithHost(tests::Node("cpu"))},
                                {over, elsewhere, Share("refused", 1, 101, 1), here});
  ASSERT_THAT(trace.pods.rows, SizeIs(1));
  EXPECT_EQ(trace.pods.rows[0].name, "ml/here");
  EXPECT_EQ(trace.pods.rows[0].cpu, Millicores(250));
  EXPECT_EQ(trace.pods.rows[0].memory, MiB(1));
}

TEST(TraceOfCluster, PodsComeInTheOrderOfTheirCreation) {
  kube::PodObject late = Waits("late", 1);
  late.created = WallTime(std::chrono::seconds(1030));
  kube::PodObject early = Waits("early", 1);
  early.created = WallTime(std::chrono::seconds(1000));
  const Trace trace = MustTrace({SharedNode("a", 1, 80)}, {late, early, Waits("untimed", 1)});
  ASSERT_THAT(trace.pods.rows, SizeIs(3));
  EXPECT_EQ(trace.pods.rows[0].name, "ml/untimed");
  EXPECT_EQ(trace.pods.rows[1].name, "ml/early");
  EXPECT_EQ(trace.pods.rows[1].created, Duration(0));
  EXPECT_EQ(trace.pods.rows[2].created, std::chrono::seconds(30));
  EXPECT_FALSE(trace.pods.timed);
}

TEST(TraceOfCluster, WhatATraceCannotTellIsAnError) {
  EXPECT_THAT(TraceOf({GpuNode("n", 17)}, {Waits("p", 1)}).error().message,
              HasSubstr("node n has 17 devices, a trace has at most 16 on one node"));
  EXPECT_THAT(TraceOf({GpuNode("n", 8)}, {WaitsForGpus("p", 32)}).error().message,
              HasSubstr("pod ml/p asks for 32 devices, a trace has at most 16"));
  EXPECT_THAT(TraceOf({tests::WithHost(tests::Node("n"))}, {Waits("p", 1)}).error().message,
              HasSubstr("no node has devices"));
  EXPECT_THAT(TraceOf({GpuNode("n", 8)}, {}).error().message, HasSubstr("there are no pods"));
  EXPECT_THAT(TraceOf({GpuNode("n", 8), GpuNode("n", 8)}, {}).error().message,
              HasSubstr("node n is there twice"));
}

}  // namespace
}  // namespace berth::sim
