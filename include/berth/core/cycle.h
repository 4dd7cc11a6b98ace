// The inputs of one decision, gathered. A Cycle borrows; it lives no longer than the call it was
// made for.
#pragma once

#include <span>
#include <vector>

#include "berth/cluster/pod.h"
#include "berth/cluster/snapshot.h"
#include "berth/core/policy.h"

namespace berth::core {

// Room that another pod is expected to take shortly. Advice: it orders nodes and choice of devices,
// it never refuses.
struct Expectation {
  cluster::NodeIndex node = 0;
  cluster::DeviceSet devices;
  cluster::DeviceDemand demand;
  Millicores cpu;
};

struct Cycle {
  const cluster::Snapshot& snapshot;
  const cluster::PodRequest& pod;
  const Policy& policy;
  std::span<const Expectation> expectations;       // of other pods
  const cluster::ModelVariant* variant = nullptr;  // that is judged; `pod` asks what it needs
};

// What is judged: rows, perhaps reduced by expectations, and where they stand.
struct NodeView {
  const cluster::NodeRow& row;
  const cluster::HostRow& host;
  cluster::NodeIndex index;
  cluster::DeviceSet roomy;  // with room for one share of the pod's demand
};

}  // namespace berth::core
