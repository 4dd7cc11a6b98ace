// The devices of the cluster added up, for both metric pages.
#pragma once

#include "berth/cluster/snapshot.h"
#include "berth/observe/readings.h"

namespace berth::server {

// By device model, in the order of their names. Reads a snapshot: no lock is held.
observe::FleetReading FleetOf(const cluster::Snapshot& snapshot);

}  // namespace berth::server
