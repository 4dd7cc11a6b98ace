// How many devices could be filled at most, whatever the order in which the waiting pods dock.
#pragma once

#include "berth/sim/joint_placement.h"
#include "berth/sim/trial_cluster.h"

namespace berth::sim {

// In the measure of Placement::devices: no placement of the waiting pods, of whatever priority,
// fills more. `found` is one of them. What is left out of account: that the shares of one pod are
// on one node and on distinct devices, that CPU, memory, pods and compute are there node by node
// (they are over all nodes on which the same pods may dock), how much of a model's devices its
// variant takes. So the bound may be out of reach. Leaves the cluster as it was.
double MostDevices(TrialCluster& cluster, const Placement& found);

}  // namespace berth::sim
