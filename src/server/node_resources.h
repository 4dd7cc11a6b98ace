// What both metric pages say of a node's devices.
#pragma once

#include <optional>

#include "berth/base/units.h"
#include "berth/cluster/snapshot.h"
#include "berth/observe/resources.h"

namespace berth::server {

struct NodeSums {
  observe::NodeResources resources;
  Bytes memory_free;          // of healthy devices
  Bytes memory_free_in_part;  // of those among them that a pod holds a part of
};

// Nothing where the node has no devices that Berth offers. Borrows the node's name.
std::optional<NodeSums> SumsOf(const cluster::Snapshot& snapshot, cluster::NodeIndex node);

}  // namespace berth::server
