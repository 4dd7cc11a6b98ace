// The books behind Store: nodes, pods and what each pod holds. Not thread-safe; Store locks around
// it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/result.h"
#include "berth/cluster/pod.h"
#include "berth/cluster/snapshot.h"
#include "berth/signing/record_keys.h"
#include "berth/state/store.h"
#include "demand_learner.h"
#include "text_table.h"
#include "words_pool.h"

namespace berth::state {

inline constexpr cluster::NodeIndex kNoNode = ~cluster::NodeIndex{0};

// The variant that serves a pod, as chosen. Few pods have one, and there are many pods.
struct ChosenVariant {
  std::string name;
  std::string model_version;  // then

  friend bool operator==(const ChosenVariant&, const ChosenVariant&) = default;
};
using ChosenVariantPtr = std::shared_ptr<const ChosenVariant>;  // nullptr: none

// Which devices a bound pod's annotations name, before they are matched with a node's devices.
struct PlacementRecord {
  bool present = false;    // false: no record at all
  bool malformed = false;  // or written for another uid or node
  signing::Proof proof = signing::Proof::kSound;
  std::vector<std::string> ids;
  ChosenVariantPtr variant;

  bool believed() const { return present && !malformed && proof == signing::Proof::kSound; }

  // Whether the pod says the same; what we make of it depends on our keys too.
  friend bool operator==(const PlacementRecord& a, const PlacementRecord& b) {
    const bool alike = a.variant == nullptr || b.variant == nullptr ? a.variant == b.variant
                                                                    : *a.variant == *b.variant;
    return alike && a.present == b.present && a.malformed == b.malformed && a.ids == b.ids;
  }
};

// What one PutPod brings, read from the object outside the lock.
struct PodUpdate {
  cluster::PodRequest request;
  std::string node;  // empty: unbound
  bool ended = false;
  bool gated = false;
  bool by_others = false;  // bound, without a record of Berth's
  PlacementRecord record;
};

// Nodes and pods of one moment, in no order.
struct Moment {
  struct Node {
    std::shared_ptr<const cluster::NodeFacts> facts;
    NodeWordsPtr words;
  };

  cluster::SnapshotPtr snapshot;
  std::vector<Node> nodes;
  std::vector<PodView> pods;
};

class Ledger {
 public:
  explicit Ledger(std::vector<std::string> requirements = {}, bool binds = true);
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // Objects.
  void BeginNodes();
  void EndNodes();
  void BeginPods();
  void EndPods();
  void PutNode(cluster::NodeFacts facts, device::NodeWords words);
  void RemoveNode(std::string_view name);
  // Whether the record is the first that the pod shows, and has no sound proof.
  bool PutPod(PodUpdate update);
  void RemovePod(std::string_view uid);
  void Meet(const cluster::PodRequest& request);
  bool synced() const { return nodes_listed_ && pods_listed_; }

  // Commitment. See Store.
  Result<cluster::DeviceSet> Assume(std::string_view uid, std::string_view node,
                                    cluster::DeviceSet devices,
                                    const std::optional<ModelTaking>& model);
  void Keep(std::string_view uid);
  void Doubt(std::string_view uid, Instant now);
  void Forget(std::string_view uid);
  std::vector<Store::Unsettled> UnsettledPods() const;
  void SettleUnbound(std::string_view uid, Instant now, Duration grace);

  // Suppositions. See Store.
  std::vector<cluster::NodeIndex> NodesFor(const cluster::PodRequest& pod) const;
  std::vector<std::string> TakeUnnamed();
  bool Suppose(std::string_view uid, cluster::DeviceSet devices,
               const std::optional<ModelTaking>& model);

  // Expectations.
  void Expect(std::string_view uid, std::string_view node, cluster::DeviceSet devices,
              cluster::DeviceDemand demand, Instant expires);
  void Unexpect(std::string_view uid);
  std::vector<Store::ExpectedRoom> Expected(std::string_view except_uid, Instant now);

  // What is known beyond nodes and pods.
  void SetCatalog(std::shared_ptr<const cluster::Catalog> catalog);
  void SetLearning(bool is_learning);
  void SetTypicalPods(TypicalPods pods);
  void SetLoads(std::shared_ptr<const cluster::LoadTable> loads);
  void SetWeights(std::shared_ptr<const cluster::WeightTable> weights);
  const std::shared_ptr<const cluster::Catalog>& catalog() const { return outlook_.catalog; }

  // What pods ask for. nullopt: there is not enough to learn, a lesson is out, or a list is on its
  // way.
  std::optional<Lesson> BeginLesson();
  void EndLesson(Lesson lesson, std::shared_ptr<const cluster::Demand> demand);

  // Reading. Publish brings rows up to date and freezes what it hands out.
  cluster::SnapshotPtr Publish();
  std::uint64_t version() const { return version_; }
  std::optional<PodView> FindPod(std::string_view uid) const;
  std::optional<PodView> FindPod(std::string_view ns, std::string_view name) const;
  std::vector<NodeView> Nodes(std::string_view after, std::size_t limit);
  std::vector<PodView> Pods(const PodKey& after, std::size_t limit) const;
  std::vector<Holding> Holdings(cluster::NodeIndex first, cluster::NodeIndex last) const;
  std::vector<PodView> ModelPods() const;
  Moment Capture();
  Totals totals();

 private:
  struct Pod {
    cluster::PodRequest request;
    AllocationState state = AllocationState::kPending;
    cluster::NodeIndex node = kNoNode;
    cluster::DeviceSet devices;
    PlacementRecord record;  // as first seen; empty for our own bindings
    ChosenVariantPtr variant;
    bool first_hand = false;  // Berth chose the devices itself, in this process
    bool resolved =
        false;  // `devices` stands (or the pod is doubtful); else waits for its node's facts
    bool doubtful = false;
    bool by_others = false;
    bool gated = false;     // as last shown pending
    bool unnamed = false;   // nobody says which devices, and nothing is charged until Suppose
    bool supposed = false;  // `devices` are what Suppose said
    bool shown = false;     // the API server has shown it bound; `record` is what it showed first
    bool record_change_seen = false;
    bool in_flight = false;  // a Binding was sent and somebody waits for the answer
    // When the answer to a Binding was last given up. It may still take effect, also after a later
    // try was refused.
    std::optional<Instant> doubted;
    bool unseen = false;       // kept over a relist that did not show it
    bool remembered = false;   // what it asks, by learner_
    std::uint64_t listed = 0;  // pod generation in which a list or event last showed it
  };

  struct Node {
    std::string name;
    std::shared_ptr<const cluster::NodeFacts> facts;  // null: known only from pods that are on it
    NodeWordsPtr words;                               // that the facts were read from
    std::vector<Pod*> pods;
    cluster::HostRoom host;
    bool takes_pods = false;  // ready and schedulable; beside `host`, for NodesFor
    std::uint32_t kind = 0;
    std::uint16_t product = 0;
    std::uint16_t zone = 0;
    std::uint16_t rack = 0;
    bool dirty = false;
    std::uint64_t listed = 0;
  };

  struct Expectation {
    std::string uid;
    cluster::NodeIndex node = kNoNode;
    cluster::DeviceSet devices;
    cluster::DeviceDemand demand;
    Millicores cpu;
    Instant expires;
  };

  struct UidOf {
    std::string_view operator()(const std::unique_ptr<Pod>& pod) const { return pod->request.uid; }
  };
  struct NameOf {
    const std::vector<Node>* nodes;
    std::string_view operator()(cluster::NodeIndex index) const { return (*nodes)[index].name; }
  };

  // Small closed vocabularies of the snapshot: products, zones, racks. Position 0 is "".
  struct Vocabulary {
    std::shared_ptr<const std::vector<std::string>> words;
    std::uint16_t Intern(std::string_view word);
  };

  Pod* Find(std::string_view uid);
  const Pod* Find(std::string_view uid) const;
  Pod& Insert(std::string_view uid);
  void Erase(std::string_view uid);
  cluster::NodeIndex EnsureNode(std::string_view name);
  void DropIfEmpty(cluster::NodeIndex index);
  void Place(Pod& pod, cluster::NodeIndex node, AllocationState state);
  void Unplace(Pod& pod);
  bool Observe(Pod& pod, PodUpdate& update);
  bool Confirm(Pod& pod, PodUpdate& update);
  bool TakeRecord(Pod& pod, PlacementRecord record);
  void Believe(Pod& pod, PodUpdate& update);
  void ResolveRecord(Pod& pod);
  void Unname(Pod& pod);
  static const cluster::DeviceDemand& DemandOf(const Pod& pod,
                                               const std::optional<ModelTaking>& model);
  static void TakeModel(Pod& pod, const std::optional<ModelTaking>& model);
  static bool HearsayExceeds(const Node& node, int device);
  void DoubtOverlaps(Node& node);
  void DoubtAllOverlaps();
  void Touch(cluster::NodeIndex index);
  void Refresh(cluster::NodeIndex index);
  void RefreshAll();
  cluster::NodeRow BuildRow(Node& node) const;
  cluster::RowBlock& WritableRows(cluster::NodeIndex index);
  // Whether it holds devices of a node of that mode, and came past Berth.
  bool IsByOthers(const Pod& pod, cluster::NodeMode mode) const;
  PodView ViewOf(const Pod& pod) const;
  std::optional<Error> CheckRoom(const Pod& pod, const cluster::DeviceDemand& demand,
                                 cluster::NodeIndex index, cluster::DeviceSet devices);

  TextTable<std::unique_ptr<Pod>, UidOf> pods_;
  std::vector<Node> nodes_;
  TextTable<cluster::NodeIndex, NameOf> node_index_{NameOf{&nodes_}};
  std::vector<cluster::NodeIndex> free_;
  std::vector<cluster::NodeIndex> dirty_;
  std::vector<Expectation> expectations_;
  const bool binds_;                  // false: others do, and leave no records
  std::vector<std::string> unnamed_;  // uids, since they were last taken
  Vocabulary products_;
  Vocabulary zones_;
  Vocabulary racks_;
  const std::shared_ptr<const std::vector<std::string>> requirements_;  // names
  WordsPool words_;
  DemandLearner learner_;

  // What snapshots share with us. A block frozen by a snapshot is copied before it is written
  // again.
  std::vector<std::shared_ptr<cluster::RowBlock>> rows_;
  std::vector<std::shared_ptr<cluster::FactsBlock>> facts_;
  std::vector<bool> rows_frozen_;
  std::vector<bool> facts_frozen_;
  std::shared_ptr<const cluster::NameTable> names_;
  cluster::Outlook outlook_;
  bool names_changed_ = true;
  bool places_changed_ = false;  // zone or rack of some node
  cluster::SnapshotPtr published_;

  std::uint64_t version_ = 1;  // of what a decision sees: nodes and the room on them
  std::uint64_t node_generation_ = 0;
  std::uint64_t pod_generation_ = 0;
  bool nodes_listed_ = false;
  bool pods_listed_ = false;
  bool listing_nodes_ = false;
  bool listing_pods_ = false;
  std::uint64_t records_ignored_ = 0;
  std::uint64_t records_malformed_ = 0;
  std::array<std::uint64_t, signing::kProofs> records_unproven_{};
};

}  // namespace berth::state
