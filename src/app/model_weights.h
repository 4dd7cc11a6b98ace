// The inventory, composed: what the cluster tells of model weights becomes the store's table.
#pragma once

#include <memory>
#include <stop_token>
#include <thread>
#include <vector>

#include "berth/base/clock.h"
#include "berth/cluster/catalog.h"
#include "berth/config/configuration.h"
#include "berth/extender/service.h"
#include "berth/inventory/feed.h"
#include "berth/inventory/inventory.h"
#include "berth/observe/log.h"
#include "berth/observe/metrics.h"
#include "berth/observe/readings.h"
#include "berth/state/store.h"
#include "cluster_source.h"

namespace berth::app {

// All outlive it. Thread-safe.
class ModelWeights {
 public:
  ModelWeights(const config::Configuration& configuration, state::Store& store, const Clock& clock,
               observe::Metrics& metrics, observe::Logger& log);

  inventory::ClusterFeed& feed() { return feed_; }
  // Kinds beside nodes and pods that tell of weights. Without a namespace of Berth's own none that
  // is looked for there.
  std::vector<FollowedKind> Kinds(const std::string& own_namespace);

  void SetCatalog(std::shared_ptr<const cluster::Catalog> catalog);
  // Berth has bound a pod that names a model.
  void Started(const extender::ModelStart& start);

  void Start();
  void Stop() { turning_ = {}; }

  observe::InventoryReading Reading(const ClusterSource& source) const;

 private:
  inventory::FeedHooks Hooks();

  state::Store& store_;
  const Clock& clock_;
  observe::Metrics& metrics_;
  observe::Logger& log_;
  inventory::Inventory inventory_;
  inventory::ClusterFeed feed_;
  std::vector<std::unique_ptr<inventory::ObjectFeed>> objects_;
  std::jthread turning_;  // last: ends before what it uses
};

}  // namespace berth::app
