// GET /metrics/resources.
#pragma once

#include <string>

#include "berth/cluster/snapshot.h"

namespace berth::server {

// Every node that has devices, in name order, and with `per_device` each shared device of it: which
// of the others a pod holds is the device plugin's to know. Reads a snapshot: no lock is held.
std::string ResourcesPage(const cluster::Snapshot& snapshot, bool per_device);

}  // namespace berth::server
