// What both metric pages say of a node's devices.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

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

// Appends the devices of a shared node, nothing of another one; `position` is the node's on the
// page. Borrows names.
void AppendDevices(const cluster::Snapshot& snapshot, cluster::NodeIndex node, std::size_t position,
                   std::vector<observe::DeviceResources>& devices);

}  // namespace berth::server
