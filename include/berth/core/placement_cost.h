// How long until what a pod needs is on a node: the weights of its model, and the data it reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "berth/cluster/catalog.h"
#include "berth/cluster/pod.h"
#include "berth/cluster/snapshot.h"
#include "berth/cluster/weights.h"

namespace berth::core {

// Where a peer stands, seen from a node; nearest first.
enum class Distance : std::uint8_t { kSameRack, kSameZone, kOtherZone };

struct PlacementCost {
  double seconds = 0;  // transfer + queue + eviction
  cluster::Tier tier =
      cluster::Tier::kRemote;  // that the bytes, or what is missing of them, come from
  Distance distance = Distance::kOtherZone;  // of the nearest peer, where they come from one
  Bytes bytes;                               // still to move from there
  double transfer_seconds = 0;
  double queue_seconds = 0;     // loads under way on the node that share the hop
  double eviction_seconds = 0;  // later starts that lose what has to make room in host memory
};

// The ways of some bytes from other nodes, and from the remote store:
//
//   peer:    queue(network) + bytes / from_peer     a whole copy on another node, the nearest one:
//                                                   cross_rack caps it from another rack,
//                                                   cross_zone from another zone as well
//   remote:  queue(network) + bytes / from_remote   cross_zone caps it where the store is in
//                                                   another zone
//
// Copies are counted by rack and zone once, so that a node costs three look-ups. Pure.
class WaysFromAfar {
 public:
  // Borrows all but the last for its life. `zones`: where the store is; empty: as far from all.
  WaysFromAfar(const cluster::Snapshot& snapshot, const cluster::WeightTable& table,
               const cluster::WeightTable::Copies& copies, Bytes bytes,
               const std::vector<std::string>& zones);

  struct Way {
    double rate = 0;           // bytes per second
    double queue_seconds = 0;  // of the network
    cluster::Tier tier = cluster::Tier::kRemote;
    Distance distance = Distance::kOtherZone;
  };
  // The faster of the two, neither faster than `link` (bytes per second) beyond the node.
  // `has_whole`: the node is itself among those with a whole copy.
  Way Best(cluster::NodeIndex node, double link, bool has_whole) const;

 private:
  const cluster::Snapshot& snapshot_;
  const cluster::WeightTable& table_;
  std::vector<bool> stored_in_zone_;                 // by Snapshot::zones
  std::vector<std::uint32_t> whole_copies_by_zone_;  // that peers can give
  std::vector<std::uint32_t> whole_copies_by_rack_;  // by Snapshot::racks
  std::uint32_t whole_copies_ = 0;
};

// Until a model's weights are usable: the cheapest way among all copies.
//
//   device, host: bytes / (devices x device_from_host)
//   disk:         queue(disk) + bytes / min(host_from_disk, devices x device_from_host)
//   from afar:    as above, no faster than devices x device_from_host
//   a copy that is on its way: what is left of it, then as host or disk
//   a partial copy: its part from its tier, and the rest from afar
//   + eviction, unless the weights are in host memory already
//
// Hops of one load run at the same time, so the slowest rules; loads on a shared hop run one after
// the other. This is the start-up estimate of ServerlessLLM (Fu et al., OSDI 2024, section 6: queue
// + size / bandwidth per tier), with peers, partial copies, racks, zones and eviction added.
// Weights in the memory of a device belong to another process there; a new one reads them from host
// memory. Rates are bytes per second, times seconds. Pure.
class PlacementPrices {
 public:
  // Borrows both for its life.
  PlacementPrices(const cluster::Snapshot& snapshot, const cluster::ModelVariant& variant);

  PlacementCost On(cluster::NodeIndex node) const;

 private:
  const cluster::ModelVariant& variant_;
  const cluster::WeightTable& table_;
  const cluster::WeightTable::Copies& copies_;
  WaysFromAfar afar_;
};

// Until the data that a pod reads could be on the node. In host memory and on the local disk it is:
// it is read from there as it goes. Else it comes from afar; of a partial copy the rest does; a
// copy on its way takes what is left of it. It is read through host memory, not kept there, so
// nothing has to leave. Pure.
class DataPrices {
 public:
  // Borrows both for its life: names that the catalog of the snapshot does not know cost nothing.
  DataPrices(const cluster::Snapshot& snapshot, const cluster::PodRequest& pod);

  std::size_t size() const { return datasets_.size(); }  // that the catalog knows
  bool empty() const { return datasets_.empty(); }
  const cluster::Dataset& dataset(std::size_t i) const { return *datasets_[i].dataset; }
  PlacementCost On(std::size_t i, cluster::NodeIndex node) const;

  // Of all, one after the other. The network's queue is waited for once; `waited`: that is part of
  // another cost already.
  double SecondsOn(cluster::NodeIndex node, bool waited) const;

 private:
  struct Entry {
    const cluster::Dataset* dataset = nullptr;
    const cluster::WeightTable::Copies* copies = nullptr;
    WaysFromAfar afar;
  };
  std::vector<Entry> datasets_;
};

// All of a pod on a node: of its model, where `weights` is given, and of its data.
double SecondsUntilThere(const PlacementPrices* weights, const DataPrices& data,
                         cluster::NodeIndex node);

}  // namespace berth::core
