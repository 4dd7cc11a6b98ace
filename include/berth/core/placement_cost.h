// How long until a model's weights are usable on a node.
#pragma once

#include <cstdint>
#include <vector>

#include "berth/cluster/catalog.h"
#include "berth/cluster/snapshot.h"
#include "berth/cluster/weights.h"

namespace berth::core {

struct PlacementCost {
  double seconds = 0;  // transfer + queue + eviction
  cluster::Tier tier =
      cluster::Tier::kRemote;  // that the weights, or what is missing of them, come from
  Bytes bytes;                 // still to move from there
  double transfer_seconds = 0;
  double queue_seconds = 0;     // loads under way on the node that share the hop
  double eviction_seconds = 0;  // later starts that lose what has to make room in host memory
};

// The cheapest way among all copies:
//
//   device, host: bytes / (devices x device_from_host)
//   disk:         queue(disk)    + bytes / min(host_from_disk, devices x device_from_host)
//   peer:         queue(network) + bytes / min(from_peer,   ...)   a whole copy on another node
//   remote:       queue(network) + bytes / min(from_remote, ...)   cross_zone caps both where the
//                                                                  other end is in another zone
//   a copy that is on its way: what is left of it, then as host or disk
//   a partial copy: its part from its tier, and the rest from the best of peer and remote
//   + eviction, unless the weights are in host memory already
//
// Hops of one load run at the same time, so the slowest rules; loads on a shared hop run one after
// the other. This is the start-up estimate of ServerlessLLM (Fu et al., OSDI 2024, section 6: queue
// + size / bandwidth per tier), with peers, partial copies, zones and eviction added. Weights in
// the memory of a device belong to another process there; a new one reads them from host memory.
// Rates are bytes per second, times seconds. Pure.
class PlacementPrices {
 public:
  // Borrows both for its life.
  PlacementPrices(const cluster::Snapshot& snapshot, const cluster::ModelVariant& variant);

  PlacementCost On(cluster::NodeIndex node) const;

 private:
  struct Way {
    double rate = 0;
    double queue = 0;
    cluster::Tier tier = cluster::Tier::kRemote;
  };
  Way BestFromAfar(cluster::NodeIndex node, double link, bool has_whole) const;

  const cluster::Snapshot& snapshot_;
  const cluster::ModelVariant& variant_;
  const cluster::WeightTable& table_;
  const cluster::WeightTable::Copies& copies_;
  std::vector<bool> source_in_zone_;                 // by Snapshot::zones
  std::vector<std::uint32_t> whole_copies_by_zone_;  // that peers can give
  std::uint32_t whole_copies_ = 0;
};

}  // namespace berth::core
