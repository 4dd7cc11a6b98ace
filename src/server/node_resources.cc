#include "node_resources.h"

#include <algorithm>
#include <cstddef>

namespace berth::server {
namespace {

using cluster::NodeFacts;
using cluster::NodeMode;
using cluster::NodeRow;

void AddShared(NodeSums& sums, const NodeFacts& facts, const NodeRow& row) {
  observe::NodeResources& node = sums.resources;
  for (std::size_t i = 0; i < facts.devices.size(); ++i) {
    const MiB memory = facts.devices[i].memory;
    const MiB free(row.free_memory[i]);
    node.memory_capacity += ToBytes(memory);
    node.memory_allocated += ToBytes(memory - free);
    if (row.usable.Has(static_cast<int>(i))) {
      sums.memory_free += ToBytes(free);
      if (!row.pristine.Has(static_cast<int>(i))) {
        sums.memory_free_in_part += ToBytes(free);
      }
    }
  }
  node.devices = row.device_count;
  node.devices_allocated = row.device_count - row.pristine.size();
}

void AddWhole(NodeSums& sums, const NodeFacts& facts, const NodeRow& row) {
  observe::NodeResources& node = sums.resources;
  for (int i = 0; i < row.class_count; ++i) {
    const cluster::WholeRoom& room = row.whole(i);
    node.devices += room.capacity;
    node.devices_allocated += room.capacity - room.free;
  }
  // Partitions of several kinds differ in memory; the labels tell that of the whole device.
  if (row.class_count == 1) {
    node.memory_capacity = ToBytes(facts.whole_memory * node.devices);
    node.memory_allocated = ToBytes(facts.whole_memory * node.devices_allocated);
    sums.memory_free = std::max(node.memory_capacity - node.memory_allocated, Bytes(0));
  }
}

std::optional<double> LoadOf(const cluster::Snapshot& snapshot, cluster::NodeIndex i) {
  const auto& loads = snapshot.outlook().loads;
  if (loads == nullptr || i >= loads->nodes.size()) {
    return std::nullopt;
  }
  const auto& told = loads->nodes[i].load;
  const NodeRow& row = snapshot.row(i);
  if (row.mode == NodeMode::kWhole) {
    return told[0];
  }
  double sum = 0;
  for (int device = 0; device < row.device_count; ++device) {
    sum += told[static_cast<unsigned>(device)];
  }
  return row.device_count == 0 ? 0 : sum / row.device_count;
}

}  // namespace

void AppendDevices(const cluster::Snapshot& snapshot, cluster::NodeIndex node, std::size_t position,
                   std::vector<observe::DeviceResources>& devices) {
  const NodeFacts* facts = snapshot.facts(node);
  const NodeRow& row = snapshot.row(node);
  if (facts == nullptr || row.mode != NodeMode::kShared) {
    return;
  }
  const auto& loads = snapshot.outlook().loads;
  const bool told = loads != nullptr && node < loads->nodes.size();
  for (std::size_t i = 0; i < facts->devices.size(); ++i) {
    const MiB memory = facts->devices[i].memory;
    devices.push_back(
        {.node = position,
         .gpu = facts->devices[i].id,
         .memory_capacity = ToBytes(memory),
         .memory_allocated = ToBytes(memory - MiB(row.free_memory[i])),
         .load = told ? std::optional<float>(loads->nodes[node].load[i]) : std::nullopt});
  }
}

std::optional<NodeSums> SumsOf(const cluster::Snapshot& snapshot, cluster::NodeIndex node) {
  const NodeFacts* facts = snapshot.facts(node);
  const NodeRow& row = snapshot.row(node);
  if (facts == nullptr || (row.mode != NodeMode::kShared && row.mode != NodeMode::kWhole)) {
    return std::nullopt;
  }
  NodeSums sums{.resources = {.node = facts->name,
                              .devices_overcommitted = row.overcommitted,
                              .load = LoadOf(snapshot, node)}};
  if (row.mode == NodeMode::kShared) {
    AddShared(sums, *facts, row);
  } else {
    AddWhole(sums, *facts, row);
  }
  return sums;
}

}  // namespace berth::server
