// Which devices of a node a pod would get.
#pragma once

#include "berth/cluster/device.h"
#include "berth/cluster/node.h"
#include "berth/core/policy.h"
#include "berth/core/reason.h"
#include "berth/core/scorer.h"

namespace berth::core {

// `count` of the roomy devices: with binpack the ones with the least memory left, with spread the
// ones with the most, then those with the fewer (more) free cores, then the lowest index. Empty
// when there are not as many.
cluster::DeviceSet ChooseDevices(const cluster::NodeRow& row, cluster::DeviceSet roomy, int count,
                                 Packing packing);

// `count` of the roomy devices with the least costs, then the lowest index. Empty when there are
// not as many.
cluster::DeviceSet CheapestDevices(const DeviceCosts& costs, cluster::DeviceSet roomy, int count);

}  // namespace berth::core
