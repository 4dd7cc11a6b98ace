#include "berth/server/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "operations_fixture.h"
#include "testing/snapshot.h"

namespace berth::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using tests::MakeSnapshot;

TEST(Fleet, AddsUpTheNodesOfAModel) {
  const auto fleet = FleetOf(MakeSnapshot()
                                 .Node("a")
                                 .Product("A100")
                                 .Gpu(40_GiB)
                                 .Held(24_GiB)
                                 .Gpu(40_GiB)
                                 .Node("b")
                                 .Product("A100")
                                 .Gpu(40_GiB)
                                 .Node("cpu")
                                 .Node("c")
                                 .Whole(tests::kGpu, 8, 6)
                                 .Build());
  ASSERT_EQ(fleet.models.size(), 2);
  const auto& a100 = fleet.models[0];
  EXPECT_EQ(a100.gpu_model, "A100");
  EXPECT_EQ(a100.memory_capacity, ToBytes(120_GiB));
  EXPECT_EQ(a100.memory_allocated, ToBytes(24_GiB));
  EXPECT_EQ(a100.devices, 3);
  EXPECT_EQ(a100.devices_allocated, 1);
  EXPECT_DOUBLE_EQ(a100.fragmentation, 16.0 / 96.0);
  const auto& unnamed = fleet.models[1];
  EXPECT_EQ(unnamed.gpu_model, "unknown");
  EXPECT_EQ(unnamed.devices, 8);
  EXPECT_EQ(unnamed.devices_allocated, 2);
}

TEST(Fleet, NothingFreeIsNotFragmented) {
  const auto fleet = FleetOf(MakeSnapshot().Node("a").Gpu(40_GiB).Held(40_GiB).Build());
  EXPECT_EQ(fleet.models[0].fragmentation, 0);
}

// A pod cannot have what is free on a device that is ill.
TEST(Fleet, WhatIsFreeOnIllDevicesDoesNotCountAsFree) {
  const auto fleet =
      FleetOf(MakeSnapshot().Node("a").Gpu(40_GiB).Held(10_GiB).Unhealthy().Gpu(40_GiB).Build());
  EXPECT_EQ(fleet.models[0].fragmentation, 0);
}

TEST(Fleet, TheRarestModelsShareAName) {
  MakeSnapshot cluster;
  for (int model = 0; model < 20; ++model) {
    cluster.Node("n" + std::to_string(model)).Product("m" + std::to_string(model));
    cluster.Whole(tests::kGpu, model + 1, model + 1);
  }
  const auto fleet = FleetOf(cluster.Build());
  ASSERT_EQ(fleet.models.size(), observe::kMaxGpuModels);
  std::int64_t devices = 0;
  std::int64_t other = 0;
  for (const auto& model : fleet.models) {
    devices += model.devices;
    other += model.gpu_model == "other" ? model.devices : 0;
  }
  EXPECT_EQ(devices, 210);
  EXPECT_EQ(other, 1 + 2 + 3 + 4 + 5);
}

class NodeLoadTest : public OperationsTest {
 protected:
  // The first node's devices are loaded like this.
  void Load(float first, float second) {
    cluster::LoadTable loads{.names = store_.snapshot()->names_ptr()};
    loads.nodes.resize(store_.snapshot()->size());
    loads.nodes[0].load[0] = first;
    loads.nodes[0].load[1] = second;
    store_.SetLoads(std::make_shared<const cluster::LoadTable>(loads));
  }
};

TEST_F(NodeLoadTest, IsTheMeanOverSharedDevices) {
  List({SharedNode("gpu-a-1")});
  Load(0.75, 0.25);
  EXPECT_THAT(Get("/metrics/resources").body,
              HasSubstr("berth_node_load_ratio{node=\"gpu-a-1\"} 0.5\n"));
}

TEST_F(NodeLoadTest, IsToldOfEachSharedDeviceWhereAskedFor) {
  List({SharedNode("gpu-a-1"), WholeNode("gpu-b-1")});
  Load(0.75, 0.25);
  Operations operations = MakeOperations();
  EXPECT_THAT(Get("/metrics/resources").body, Not(HasSubstr("berth_gpu_device")));
  operations.per_device_metrics = true;
  const std::string page =
      Serve(OperationsRoutes(std::move(operations)), "GET", "/metrics/resources").body;
  EXPECT_THAT(page, HasSubstr("berth_gpu_device_load_ratio{node=\"gpu-a-1\",gpu=\"0\"} 0.75\n"));
  EXPECT_THAT(page, HasSubstr("berth_gpu_device_load_ratio{node=\"gpu-a-1\",gpu=\"1\"} 0.25\n"));
  EXPECT_THAT(page, Not(HasSubstr("node=\"gpu-b-1\",gpu")));
}

TEST_F(NodeLoadTest, OfAWholeNodeIsToldAsOneNumber) {
  List({WholeNode("gpu-b-1")});
  Load(0.75, 0);
  EXPECT_THAT(Get("/metrics/resources").body,
              HasSubstr("berth_node_load_ratio{node=\"gpu-b-1\"} 0.75\n"));
}

TEST_F(NodeLoadTest, IsAbsentWhereNothingIsKnown) {
  List({SharedNode("gpu-a-1")});
  EXPECT_THAT(Get("/metrics/resources").body, Not(HasSubstr("berth_node_load_ratio{")));
}

}  // namespace
}  // namespace berth::server
