// Berth at work in a replay: the functions and the ledger that serve.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "berth/core/decide.h"
#include "berth/sim/virtual_cluster.h"
#include "replay_world.h"

namespace berth::sim {

// A device is a shared one of 1000 MiB, so that a millidevice is a MiB of its memory; whole devices
// are asked by their cores, 100 of each. The host's CPU and memory are looked at as kube-scheduler
// would. Pods without devices go to the lowest rank where the packing says nothing of them.
class BerthPacker final : public Packer {
 public:
  // Borrows the world.
  BerthPacker(const ReplayWorld& world, const core::Policy& policy);

  std::optional<Spot> Place(const Arrival& arrival) override;
  void Leave(const Arrival& arrival, const Spot& spot) override;

 private:
  const ReplayWorld& world_;
  const core::Policy policy_;
  VirtualCluster cluster_;
  std::vector<cluster::NodeIndex> rows_;                    // by index in the cluster
  std::vector<std::unique_ptr<core::DecisionMemo>> memos_;  // by shape; nullptr: nobody asked yet
};

// For PackingPolicies(): nodes and devices packed alike.
template <core::Packing packing>
std::unique_ptr<Packer> MakeBerth(const ReplayWorld& world) {
  return std::make_unique<BerthPacker>(
      world, core::Policy{.node_packing = packing, .device_packing = packing});
}

}  // namespace berth::sim
