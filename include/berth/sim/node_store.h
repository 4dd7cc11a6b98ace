// Where model weights lie on a simulated node, and how they come into its devices.
#pragma once

#include <cstdint>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/units.h"
#include "berth/cluster/weights.h"

namespace berth::sim {

using ModelIndex = std::uint32_t;

struct ModelWeights {
  Bytes bytes;
  int devices = 1;  // that they are split over
};

// Whole models up to a sum of bytes; the one that was not used for longest makes room.
class ModelCache {
 public:
  explicit ModelCache(Bytes capacity) : capacity_(capacity) {}

  bool Has(ModelIndex model) const;
  // It was used now. Nothing happens when it is not there.
  void Touch(ModelIndex model);
  // It is here now, and was used now. One larger than the cache is not kept.
  void Put(ModelIndex model, Bytes bytes);

  struct Entry {
    ModelIndex model = 0;
    Bytes bytes;
  };
  const std::vector<Entry>& entries() const { return entries_; }  // next to go first
  Bytes free() const { return capacity_ - used_; }

 private:
  Bytes capacity_;
  Bytes used_;
  std::vector<Entry> entries_;
};

// A node has host memory and a disk for weights, one way to the disk and one to the remote store.
// A load takes what is ready first of
//
//   host     bytes / (devices x device_from_host)    each device has its own link
//   host, on its way there: what is left of it, then as host
//   disk     wait + bytes / host_from_disk           loads run one after the other
//   remote   wait + bytes / from_remote              same
//
// Hops of one load overlap, so the slowest rules. When a load from disk or from afar ends, the
// weights are in host memory, and those from afar on the disk too. This is core::PlacementPrices
// for a node without peers: what the scheduler believes is what happens.
class NodeStore {
 public:
  // `models` is borrowed.
  NodeStore(const std::vector<ModelWeights>& models, const cluster::Rates& rates, Bytes host,
            Bytes disk);

  struct Load {
    cluster::Tier from = cluster::Tier::kHost;  // kHost, kDisk or kRemote
    Duration takes{};                           // waits included
  };
  Load Begin(ModelIndex model, Duration now);
  // A load that Begin said comes from disk or afar has ended.
  void End(ModelIndex model, cluster::Tier from);

  void PutOnDisk(ModelIndex model) { disk_.Put(model, models_[model].bytes); }

  const ModelCache& host() const { return host_; }
  const ModelCache& disk() const { return disk_; }
  // Zero when it is not on its way.
  Duration ArrivesIn(ModelIndex model, Duration now) const;
  Duration DiskWait(Duration now) const;
  Duration NetworkWait(Duration now) const;

 private:
  const std::vector<ModelWeights>& models_;
  cluster::Rates rates_;
  ModelCache host_;
  ModelCache disk_;
  Duration disk_free_{};           // when the loads that were begun are over
  Duration network_free_{};        // same
  std::vector<Duration> arrives_;  // in host memory, by model; in the past: not on its way
};

}  // namespace berth::sim
