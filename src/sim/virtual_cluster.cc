#include "berth/sim/virtual_cluster.h"

#include <fmt/format.h>

#include <utility>

#include "berth/base/json_text.h"
#include "berth/device/classes.h"
#include "berth/device/read.h"

namespace berth::sim {

VirtualCluster::VirtualCluster() : store_(device::ClassTable::BuiltIn()) {}

void VirtualCluster::AddNode(const VirtualNode& from) {
  kube::NodeObject node;
  node.name = from.name;
  if (from.devices > 0) {
    std::string product;
    AppendJsonString(from.product, product);
    node.labels = {{std::string(device::kSharingLabel), "native"}};
    node.annotations = {{std::string(device::kDeviceOverride),
                         fmt::format(R"({{"product": {}, "count": {}, "memoryMiB": {}}})", product,
                                     from.devices, from.device_memory.count())}};
  }
  node.allocatable = {.cpu = from.cpu, .memory = from.memory, .pods = 10'000};
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
