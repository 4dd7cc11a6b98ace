#include "berth/sim/virtual_cluster.h"

#include <fmt/format.h>

#include <utility>

#include "berth/device/classes.h"
#include "berth/device/read.h"

namespace berth::sim {

VirtualCluster::VirtualCluster() : store_(device::ClassTable::BuiltIn()) {}

void VirtualCluster::AddSharedNode(std::string name, int devices, MiB memory) {
  kube::NodeObject node;
  node.name = std::move(name);
  node.labels = {{std::string(device::kSharingLabel), "native"}};
  node.annotations = {{std::string(device::kDeviceOverride),
                       fmt::format(R"({{"product": "simulated", "count": {}, "memoryMiB": {}}})",
                                   devices, memory.count())}};
  node.allocatable = {
      .cpu = Millicores(1'000'000), .memory = ToBytes(1_GiB * 1024), .pods = 10'000};
  node.capacity = node.allocatable;
  node.ready = true;
  store_.PutNode(std::move(node));
}

Status VirtualCluster::Dock(const cluster::PodRequest& pod, std::string_view node,
                            cluster::DeviceSet devices) {
  store_.Meet(pod);
  BERTH_ASSIGN_OR_RETURN(state::Assumption taken, store_.Assume(pod.uid, node, devices));
  std::move(taken).Keep();
  return {};
}

}  // namespace berth::sim
