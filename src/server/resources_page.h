// GET /metrics/resources.
#pragma once

#include <string>

#include "berth/cluster/snapshot.h"

namespace berth::server {

// Every node that has devices, in name order. Reads a snapshot: no lock is held.
std::string ResourcesPage(const cluster::Snapshot& snapshot);

}  // namespace berth::server
