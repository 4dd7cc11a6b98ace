// A cluster as a trace: its nodes with devices, and the pods that are there and wait.
#pragma once

#include <span>

#include "berth/base/result.h"
#include "berth/device/classes.h"
#include "berth/kube/objects.h"
#include "berth/sim/trace.h"

namespace berth::sim {

// Nodes and pods in the order of the lists, pods by creation where it is known. A device is a whole
// one or 1000 parts, whichever way its node serves it; docs/quality.md says what is rounded and
// what is left out. kInvalidArgument: a node or a pod has more devices than a trace can tell, or
// there are none of them.
Result<Trace> TraceOfCluster(std::span<const kube::NodeObject> nodes,
                             std::span<const kube::PodObject> pods,
                             const device::ClassTable& classes);

}  // namespace berth::sim
