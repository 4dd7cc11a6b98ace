// A cluster in memory for simulations: the very ledger and snapshots that serve, without an API
// server.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "berth/cluster/catalog.h"
#include "berth/cluster/device.h"
#include "berth/cluster/node_load.h"
#include "berth/cluster/pod.h"
#include "berth/cluster/snapshot.h"
#include "berth/cluster/weights.h"
#include "berth/state/store.h"

namespace berth::sim {

class VirtualCluster {
 public:
  VirtualCluster();

  // A node whose devices are shared, all alike, with host room for any number of pods.
  void AddSharedNode(std::string name, int devices, MiB memory);

  void SetCatalog(std::shared_ptr<const cluster::Catalog> catalog) {
    store_.SetCatalog(std::move(catalog));
  }
  void SetLoads(std::shared_ptr<const cluster::LoadTable> loads) {
    store_.SetLoads(std::move(loads));
  }
  void SetWeights(std::shared_ptr<const cluster::WeightTable> weights) {
    store_.SetWeights(std::move(weights));
  }

  cluster::SnapshotPtr snapshot() const { return store_.snapshot(); }

  // The pod takes its room on these devices, as a binding does. An error when it is not there.
  Status Dock(const cluster::PodRequest& pod, std::string_view node, cluster::DeviceSet devices);
  // The pod is gone.
  void Leave(std::string_view uid) { store_.RemovePod(uid); }

 private:
  state::Store store_;
};

}  // namespace berth::sim
