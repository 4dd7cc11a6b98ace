// What an Inventory keeps. Not thread-safe: Inventory locks around it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "berth/inventory/bandwidth.h"
#include "berth/inventory/inventory.h"
#include "busy_spans.h"

namespace berth::inventory {

struct CacheState {
  HostCache cache;
  Instant observed;  // as the agent says, or when it came up
  WallTime wall;     // of our clock at that moment

  bool Expired(Instant now) const { return cache.observed_at && now - observed > cache.ttl; }
};

// A node that somebody spoke of. Its address stays while anything points to it.
struct NodeState {
  std::string name;
  std::string uid;               // of the Node object; empty: there is none
  std::string labels;            // key, value, key, ...; each ends in a zero byte
  std::uint16_t node_class = 0;  // 0: none of the options'; else their position + 1
  std::uint32_t uses = 0;        // claims and pods that point here
  std::uint64_t generation = 0;
  std::array<BusySpans, kHopCount> hops;
  const CacheState* cache = nullptr;  // of an object that tells

  // For the time of one Build.
  std::uint32_t index = 0;
  bool listed = false;  // `index` counts

  std::optional<std::string_view> Label(std::string_view key) const;
};

bool Selects(const NodeSelector& selector, const NodeState& node);

// A fact in its place.
struct Claim {
  SourceKey key{};
  NodeState* node = nullptr;  // nullptr: those that details->selector matches
  cluster::Tier tier = cluster::Tier::kDisk;
  bool arriving = false;
  std::uint8_t source = 0;  // position in Sources()
  Bytes bytes;              // 0: all
  std::optional<WallTime> dated;
  Instant observed;  // as `dated` says, or when the claim came up
  Duration ttl{};
  Duration eta{};
  struct Details {
    std::shared_ptr<const NodeSelector> selector;
    std::vector<std::string> devices;
    std::string pod_uid;
  };
  std::unique_ptr<Details> details;  // few have any

  bool Expired(Instant now) const { return dated && ttl > Duration{} && now - observed > ttl; }
  // But for the time when it came up.
  bool SameAs(const Claim& other) const;
};

class Books {
 public:
  explicit Books(Options options);

  // What is read outside of the lock.
  using NodeReadings = std::vector<std::pair<std::uint8_t, Reading>>;  // by position in Sources()
  static NodeReadings ReadNode(const kube::NodeObject& node);

  void BeginNodes() { ++node_generation_; }
  void EndNodes();
  std::vector<std::string> PutNode(const kube::NodeObject& node, NodeReadings readings, Moment at);
  void RemoveNode(std::string_view name);

  void BeginObjects(std::size_t source) { ++object_generations_[source]; }
  void EndObjects(std::size_t source);
  std::vector<std::string> PutObject(std::size_t source, const std::string& id, Reading reading,
                                     Moment at);
  void RemoveObject(std::size_t source, std::string_view id);

  void BeginPods() { ++pod_generation_; }
  void EndPods(Instant now);
  std::optional<ObservedStart> PutPod(const kube::PodObject& pod, const ServedModel& served,
                                      Instant now);
  void PodGone(std::string_view uid, Instant now);
  void Started(Start start);

  void SetCatalog(std::shared_ptr<const cluster::Catalog> catalog);

  std::shared_ptr<const cluster::WeightTable> Build(const cluster::Snapshot& snapshot, Instant now);

  Counts counts() const;

 private:
  struct ObjectState {
    std::vector<Claim> claims;  // indexed by address: replaced, never grown
    std::vector<std::string> problems;
    std::uint64_t generation = 0;
    std::unique_ptr<CacheState> cache;  // of cache_of
    NodeState* cache_of = nullptr;
  };
  struct Load {
    Start start;
    bool observed_all = true;  // from its beginning, so that it can be learnt from
  };
  struct PodState {
    std::string uid;
    NodeState* node = nullptr;
    ServedModel served;
    std::string source;  // empty: not known
    bool ready = false;
    std::uint64_t generation = 0;  // 0: the watch has not shown it
    std::optional<Load> load;
    std::vector<Claim> claims;  // as of ObjectState
  };
  struct Kept {
    Claim claim;
    Instant until;
  };
  // A source of the catalog.
  struct Wanted {
    std::string source;
    std::vector<SourceKey> keys;
    Bytes weights;  // the most that any variant or dataset says

    // Its part of the last table, and until when it stands if none of its claims changes.
    cluster::WeightTable::Copies copies;
    bool stale = true;
    bool with_any_change = false;  // it hangs on more than its claims: labels, devices, pods
    Instant due = Instant::max();
  };
  struct Resolved {
    const cluster::Model* model = nullptr;
    const cluster::ModelVariant* variant = nullptr;
  };

  // --- claims.cc
  NodeState& NodeOf(std::string_view name);
  void Index(const Claim& claim);
  void Unindex(const Claim& claim);
  void Changed(SourceKey key);  // some claim of it
  void IndexAll(const std::vector<Claim>& claims);
  void UnindexAll(const std::vector<Claim>& claims);
  void PutCache(ObjectState& object, Reading& reading, Moment at);
  void DropCache(ObjectState& object);
  Claim ClaimOf(std::size_t source, const Reading& reading, Fact fact, Moment at);
  void DropObject(std::size_t source, std::map<std::string, ObjectState, std::less<>>::iterator at);
  std::uint16_t ClassOf(const kube::NodeObject& node) const;
  void NodeLost(NodeState& node);
  using KeptCopies = std::map<std::pair<const NodeState*, SourceKey>, Kept>;
  KeptCopies::iterator DropKept(KeptCopies::iterator at);

  // --- loads.cc
  std::optional<Resolved> Resolve(const ServedModel& served) const;
  void TryResolve(PodState& pod, bool observed_all, Instant now);
  cluster::Tier NearestTier(const NodeState& node, std::string_view source) const;
  void BeginLoad(PodState& pod, Start start, bool observed_all);
  void EndLoad(PodState& pod);
  std::optional<ObservedStart> BecomeReady(PodState& pod, Instant now);
  void Serve(PodState& pod, Instant now);
  void Learn(NodeState& node, Hop hop, Instant now);
  void Forget(PodState& pod, Instant now);
  double ConfiguredRate(const NodeState& node, Hop hop) const;

  // --- table.cc
  struct Candidate;
  class TableBuilder;
  void Sweep(Instant now);

  const Options options_;
  std::vector<cluster::Rates> configured_;  // of no class, then by class
  std::map<std::string, NodeState, std::less<>> nodes_;
  std::vector<std::map<std::string, ObjectState, std::less<>>>
      objects_;  // by position in Sources()
  std::unordered_map<SourceKey, std::vector<const Claim*>> by_key_;
  std::unordered_map<std::string, std::uint32_t> pods_in_facts_;  // claims by Details::pod_uid
  std::unordered_set<std::string> gone_pods_;                     // of those
  Counts counts_;

  std::unordered_map<std::string, PodState> pods_;  // by uid
  std::vector<PodState*> loading_;
  KeptCopies kept_;
  Bandwidth bandwidth_;
  std::shared_ptr<const cluster::Catalog> catalog_;
  std::vector<Wanted> wanted_;                                               // by source
  std::unordered_map<SourceKey, std::vector<std::uint32_t>> wanted_by_key_;  // positions in it
  bool catalog_changed_ = false;  // pods may have become known by it
  bool pods_synced_ = false;
  std::uint64_t node_generation_ = 0;
  std::vector<std::uint64_t> object_generations_;
  std::uint64_t pod_generation_ = 0;

  bool changed_ = true;  // since the table was built
  std::shared_ptr<const cluster::WeightTable> built_;
  Instant due_ = Instant::max();  // when time alone will have changed it
};

}  // namespace berth::inventory
