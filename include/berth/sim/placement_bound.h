// How many devices could be filled at most, whatever the order in which the waiting pods dock.
#pragma once

#include "berth/sim/joint_placement.h"
#include "berth/sim/trial_cluster.h"

namespace berth::sim {

// In the measure of Placement::devices: no placement of the waiting pods, of whatever priority,
// fills more. `found` is one of them. What is let go: that the shares of one pod are on one node
// and on distinct devices, and that CPU, memory, pods and compute suffice on each node, where pods
// of several kinds share it; how much of a model's devices its variant takes. So the bound may be
// out of reach. Leaves the cluster as it was.
double MostDevices(TrialCluster& cluster, const Placement& found);

}  // namespace berth::sim
