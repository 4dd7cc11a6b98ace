// A cluster in memory for simulations: the very ledger and snapshots that serve, without an API
// server.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "berth/cluster/catalog.h"
#include "berth/cluster/device.h"
#include "berth/cluster/node_load.h"
#include "berth/cluster/pod.h"
#include "berth/cluster/snapshot.h"
#include "berth/cluster/weights.h"
#include "berth/state/store.h"

namespace berth::sim {

// A node whose devices are shared, all alike.
struct VirtualNode {
  std::string name;
  int devices = 0;
  MiB device_memory;                  // of each
  std::string product = "simulated";  // not empty
  Millicores cpu{1'000'000};          // of the host, as its memory: room for any number of pods
  Bytes memory = ToBytes(1_GiB * 1024);
};

class VirtualCluster {
 public:
  VirtualCluster();

  void AddNode(const VirtualNode& node);

  void SetCatalog(std::shared_ptr<const cluster::Catalog> catalog) {
    store_.SetCatalog(std::move(catalog));
  }
  void SetLoads(std::shared_ptr<const cluster::LoadTable> loads) {
    store_.SetLoads(std::move(loads));
  }
  void SetWeights(std::shared_ptr<const cluster::WeightTable> weights) {
    store_.SetWeights(std::move(weights));
  }

  void SetTypicalPods(state::TypicalPods pods) { store_.SetTypicalPods(std::move(pods)); }

  cluster::SnapshotPtr snapshot() const { return store_.snapshot(); }
  // Nodes whose host has room for the pod, as kube-scheduler would find.
  state::Store::Offer NodesFor(const cluster::PodRequest& pod) const {
    return store_.NodesFor(pod);
  }

  // The pod takes its room on these devices, as a binding does. An error when it is not there.
  Status Dock(const cluster::PodRequest& pod, std::string_view node, cluster::DeviceSet devices);
  // The pod is gone.
  void Leave(std::string_view uid) { store_.RemovePod(uid); }

 private:
  state::Store store_;
};

}  // namespace berth::sim
