// Packing rules that give each node points, as kube-scheduler's score plugins do. A new one is one
// .cc, one test, one line in PackingPolicies().
#pragma once

#include <functional>
#include <memory>

#include "berth/core/published.h"
#include "node_room.h"
#include "replay_world.h"

namespace berth::sim {

using core::kMostPoints;

inline double InDevices(Millidevices amount) {
  return static_cast<double>(amount.count()) / static_cast<double>(kWholeDevice.count());
}

// Prepared once per shape, asked once per node and state of it. Of a node with room for the pod.
using NodePoints = std::function<int(const NodeRoom&)>;

class PackingRule {
 public:
  virtual ~PackingRule() = default;
  // 0..kMostPoints. The world outlives what is returned.
  virtual NodePoints Prepare(const PodShape& pod) const = 0;
  // Of a node with room. May draw random numbers.
  virtual cluster::DeviceSet Choose(const NodeRoom& room, const PodShape& pod);
};

// The device with the least free that has room; of whole devices the first ones.
cluster::DeviceSet TightestDevices(const NodeRoom& room, const PodShape& pod);

std::unique_ptr<PackingRule> MakeRandomRule(const ReplayWorld& world);
std::unique_ptr<PackingRule> MakeFirstFitRule(const ReplayWorld& world);
std::unique_ptr<PackingRule> MakeBestFitRule(const ReplayWorld& world);
std::unique_ptr<PackingRule> MakeDotProductRule(const ReplayWorld& world);
std::unique_ptr<PackingRule> MakeGpuPackingRule(const ReplayWorld& world);
std::unique_ptr<PackingRule> MakeGpuClusteringRule(const ReplayWorld& world);
std::unique_ptr<PackingRule> MakeFgdRule(const ReplayWorld& world);

}  // namespace berth::sim
