// Small clusters to try out what if.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "berth/device/read.h"
#include "berth/sim/trial_cluster.h"
#include "testing/objects.h"

namespace berth::tests {

inline kube::NodeObject WithHost(kube::NodeObject node) {
  node.ready = true;
  node.allocatable.cpu = Millicores(100'000);
  node.allocatable.memory = Bytes(std::int64_t{1} << 40);
  node.allocatable.pods = 110;
  node.capacity = node.allocatable;
  return node;
}

// `gib` of memory on each device.
inline kube::NodeObject SharedNode(const std::string& name, int devices, int gib) {
  return WithHost(Node(name)
                      .Label(std::string(device::kSharingLabel), "native")
                      .Annotation(std::string(device::kDeviceOverride),
                                  fmt::format(R"({{"product": "x", "count": {}, "memoryMiB": {}}})",
                                              devices, gib * 1024)));
}

inline kube::NodeObject GpuNode(const std::string& name, int devices) {
  return WithHost(Node(name).Has("nvidia.com/gpu", devices));
}

inline kube::PodObject Waits(const std::string& name, std::int64_t gib) {
  return Pod(name).Asks(std::string(device::kGpuMemory), gib * 1024);
}

inline kube::PodObject WaitsForGpus(const std::string& name, int gpus) {
  return Pod(name).Asks("nvidia.com/gpu", gpus);
}

inline kube::PodObject Docked(const std::string& name, std::int64_t gib, const std::string& node,
                              const std::string& device) {
  return Pod(name)
      .Asks(std::string(device::kGpuMemory), gib * 1024)
      .On(node)
      .Annotation(std::string(device::kDevices), device)
      .Annotation(std::string(device::kAllocation),
                  fmt::format(R"({{"v":1,"uid":"uid-of-{}","node":"{}","devices":["{}"],)"
                              R"("memoryMiB":{},"cores":0}})",
                              name, node, device, gib * 1024));
}

inline std::unique_ptr<sim::TrialCluster> Trial(std::vector<kube::NodeObject> nodes,
                                                std::vector<kube::PodObject> pods) {
  Result<std::unique_ptr<sim::TrialCluster>> cluster =
      sim::TrialCluster::Create({.classes = device::ClassTable::BuiltIn(), .profiles = {{}}},
                                std::move(nodes), std::move(pods));
  EXPECT_TRUE(cluster.ok());
  return std::move(*cluster);
}

}  // namespace berth::tests
