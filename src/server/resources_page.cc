#include "resources_page.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "berth/observe/resources.h"

namespace berth::server {
namespace {

using cluster::NodeFacts;
using cluster::NodeMode;
using cluster::NodeRow;
using observe::NodeResources;

void AddShared(NodeResources& node, const NodeFacts& facts, const NodeRow& row) {
  for (std::size_t i = 0; i < facts.devices.size(); ++i) {
    const MiB memory = facts.devices[i].memory;
    node.memory_capacity += ToBytes(memory);
    node.memory_allocated += ToBytes(memory - MiB(row.free_memory[i]));
  }
  node.devices = row.device_count;
  node.devices_allocated = row.device_count - row.pristine.size();
}

void AddWhole(NodeResources& node, const NodeFacts& facts, const NodeRow& row) {
  for (int i = 0; i < row.class_count; ++i) {
    const cluster::WholeRoom& room = row.whole(i);
    node.devices += room.capacity;
    node.devices_allocated += room.capacity - room.free;
  }
  // Partitions of several kinds differ in memory; the labels tell that of the whole device.
  if (row.class_count == 1) {
    node.memory_capacity = ToBytes(facts.whole_memory * node.devices);
    node.memory_allocated = ToBytes(facts.whole_memory * node.devices_allocated);
  }
}

}  // namespace

std::string ResourcesPage(const cluster::Snapshot& snapshot) {
  std::vector<std::pair<std::uint32_t, NodeResources>> nodes;  // by place in name order
  for (cluster::NodeIndex i = 0; i < snapshot.size(); ++i) {
    const NodeFacts* facts = snapshot.facts(i);
    const NodeRow& row = snapshot.row(i);
    if (facts == nullptr || (row.mode != NodeMode::kShared && row.mode != NodeMode::kWhole)) {
      continue;
    }
    NodeResources node{.node = facts->name, .devices_overcommitted = row.overcommitted};
    if (row.mode == NodeMode::kShared) {
      AddShared(node, *facts, row);
    } else {
      AddWhole(node, *facts, row);
    }
    nodes.emplace_back(snapshot.names().rank(i), node);
  }
  std::ranges::sort(nodes, {}, &std::pair<std::uint32_t, NodeResources>::first);
  std::vector<NodeResources> ordered;
  ordered.reserve(nodes.size());
  for (const auto& [rank, node] : nodes) {
    ordered.push_back(node);
  }
  return observe::RenderResources(ordered);
}

}  // namespace berth::server
