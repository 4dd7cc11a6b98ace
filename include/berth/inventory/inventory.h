// Where the weights are, and the data that pods read: the facts of all sources and the loads under
// way, as one table.
//
// Facts belong to the object that told them and go with it. Of the facts about the same weights on
// the same node and tier one counts: a fresh dated one before an undated or an expired one, of
// dated ones the newest, of the others the largest. All tiers of a node are kept, nearest first; a
// placement is priced from the best. Past its time to live a fact about a device, host memory or a
// download is dropped, one about a disk is believed on: disks survive the death of an agent.
//
// A load is a pod on its way to be ready:
//
//            Started (at bind), or the watch shows it bound
//   pending ───────────────────────────────────────────────▶ loading ──Ready──▶ serving
//                                                               │                  │ Gone
//                                                          Gone │                  ▼
//                                                               └──────▶ gone ◀── kept on disk for
//                                                                                 keep_after
//
// While it loads, its bytes queue on the node's disk or network, and a copy is on its way to host
// memory. Serving, its weights are taken to lie in host memory (the page cache that the engine read
// them through) and on the disk. Neither is certain: a pod that keeps its weights in an emptyDir
// leaves nothing to the next one. Options say how much of it to believe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "berth/cluster/catalog.h"
#include "berth/cluster/snapshot.h"
#include "berth/cluster/weights.h"
#include "berth/inventory/source.h"
#include "berth/kube/objects.h"

namespace berth::inventory {

// Nodes that carry all the labels move weights at these rates.
struct NodeClass {
  std::string name;
  kube::StringMap labels;
  cluster::Rates rates;
};

struct Options {
  std::vector<NodeClass> classes;  // the first that matches a node counts
  cluster::Rates rates;            // of the other nodes
  bool learn_bandwidth = true;     // from observed starts; see bandwidth.h
  // Whether a serving pod's weights are in its node's host memory too; else on the disk alone.
  bool serving_in_host_memory = true;
  // For so long after the pod its weights count as on the disk.
  Duration keep_after = std::chrono::minutes(10);
};

// Both clocks at one moment: objects carry wall time.
struct Moment {
  Instant now;
  WallTime wall;
};

// A pod that was bound and begins to load its model.
struct Start {
  std::string uid;  // of the pod
  std::string node;
  std::string source;                           // of the variant
  cluster::Tier tier = cluster::Tier::kRemote;  // that the weights come from, as predicted
  Bytes bytes;                                  // to be moved from there
  int devices = 1;
  Duration start{};                   // the model's own: from weights in device memory to ready
  std::optional<Duration> predicted;  // until ready, `start` and queue included
  Instant at;
};

// What became of it.
struct ObservedStart {
  cluster::Tier tier = cluster::Tier::kRemote;
  std::optional<Duration> predicted;  // nullopt: Berth did not bind it
  Duration observed{};                // from bound to ready
};

// Plain numbers, by Sources().
struct Counts {
  std::vector<std::uint64_t> facts;      // held now
  std::vector<std::uint64_t> malformed;  // left out so far
  std::uint64_t loads = 0;               // under way
};

class Books;

// Thread-safe. Objects of one source come from one thread, in order.
class Inventory {
 public:
  explicit Inventory(Options options);
  ~Inventory();
  Inventory(const Inventory&) = delete;
  Inventory& operator=(const Inventory&) = delete;

  // Between Begin and End every object is put once; those not put are gone.
  void BeginNodes();
  void EndNodes();
  // What could not be understood, of a node or an object only when it has changed.
  std::vector<std::string> PutNode(const kube::NodeObject& node, Moment at);
  void RemoveNode(std::string_view name);

  // `source` is a row of Sources() that reads objects; `json` belongs to the calling thread.
  void BeginObjects(const Source& source);
  void EndObjects(const Source& source);
  std::vector<std::string> PutObject(const Source& source, const kube::RawObject& object,
                                     kube::Cursor& json, Moment at);
  void RemoveObject(const Source& source, std::string_view ns, std::string_view name);

  // Pods as the watch shows them. A value: the pod has become ready.
  void BeginPods();
  void EndPods(Instant now);
  std::optional<ObservedStart> PutPod(const kube::PodObject& pod, Instant now);
  void RemovePod(std::string_view uid, Instant now);

  // The pod was bound here and now. The watch alone would tell as much, later and without what was
  // predicted.
  void Started(Start start);

  void SetCatalog(std::shared_ptr<const cluster::Catalog> catalog);

  // The table for the nodes of `snapshot` and the sources of the catalog; the same as the last one
  // when nothing has changed.
  std::shared_ptr<const cluster::WeightTable> Build(const cluster::Snapshot& snapshot, Instant now);

  Counts counts() const;

 private:
  mutable Mutex mu_;
  std::unique_ptr<Books> books_ BERTH_GUARDED_BY(mu_);
};

}  // namespace berth::inventory
