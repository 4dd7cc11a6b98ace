// The cluster as Berth knows it, and every promise it made: the one writer behind all decisions.
//
// A pod's allocation:
//
//                    Assume                    Keep / the watch shows it bound
//   pending ───────────────────────▶ assumed ─────────────────────────────────▶ bound
//      ▲                             │  │ ▲                                       │
//      │     Forget (bind refused)   │  │ │ unknown outcome: stays assumed        │  ended, deleted
//      └─────────────────────────────┘  └─┘ until Settle has read the pod         ▼
//                                                                               gone
//
// Amounts always come from the pod's spec; an annotation only says which devices. The first record
// seen for a uid stands. A bound pod whose record is missing, malformed, not proven to be ours
// (Rules::proof_of) or overlaps another's is *doubtful*: it is charged on every device it could be
// on. Where Berth only observes (Rules::binds), such a pod is *unnamed* instead until
// Suppose says which devices it may have.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "berth/base/result.h"
#include "berth/cluster/pod.h"
#include "berth/cluster/snapshot.h"
#include "berth/device/classes.h"
#include "berth/kube/api.h"
#include "berth/signing/record_keys.h"

namespace berth::state {

enum class AllocationState : std::uint8_t { kPending, kAssumed, kBound };

// A pod as others may see it.
struct PodView {
  cluster::PodRequest request;
  AllocationState state = AllocationState::kPending;
  std::string node;  // empty while pending
  cluster::DeviceSet devices;
  bool doubtful = false;
  bool by_others = false;     // bound by somebody who left no record of Berth's
  bool gated = false;         // nobody may place it yet
  std::string variant;        // of its model; empty: none chosen
  std::string model_version;  // when it was chosen
};

// What was chosen for a pod that names a model.
struct ModelTaking {
  cluster::DeviceDemand demand;  // counts where the pod asks the model alone
  std::string variant;
  std::string version;  // of the model
};

// What a pod holds of a node's devices, bound or assumed.
struct Holding {
  cluster::NodeIndex node = 0;
  std::string uid;
  std::string ns;
  std::string name;
  std::string model;           // that it names; empty: none
  cluster::DeviceSet devices;  // of a shared node; of a doubtful pod all of them
  std::int32_t whole = 0;      // devices of a whole node
  MiB memory;                  // on each shared device
  Percent cores;               // same
};

struct NodeView {
  std::shared_ptr<const cluster::NodeFacts> facts;
  cluster::NodeRow row;
  cluster::HostRoom host;
  std::vector<PodView> pods;  // by namespace and name
};

// Where a pod stands in a list of all pods. The uid tells a pod from one of the same name that is
// not quite gone.
struct PodKey {
  std::string_view ns;
  std::string_view name;
  std::string_view uid;

  friend auto operator<=>(const PodKey&, const PodKey&) = default;
};

// Plain numbers; observe exports them.
struct Totals {
  std::uint64_t nodes = 0;
  std::uint64_t nodes_by_mode[7] = {};  // by cluster::NodeMode
  std::uint64_t pods_pending = 0;
  std::uint64_t pods_assumed = 0;
  std::uint64_t pods_bound = 0;
  std::uint64_t pods_doubtful = 0;
  // With devices of a node that Berth offers, bound by somebody who left no record of Berth's.
  std::uint64_t pods_by_others_whole = 0;
  std::uint64_t pods_by_others_shared = 0;
  std::uint64_t devices_overcommitted = 0;  // must be 0
  std::uint64_t records_ignored = 0;        // annotations changed after the first record
  std::uint64_t records_malformed = 0;
  std::uint64_t records_unproven[signing::kProofs] = {};  // first records, by signing::Proof
  std::uint64_t expectations = 0;
  std::uint64_t version = 0;
};

// What the configuration says of nodes and pods beyond their objects. Absent: nothing.
struct Rules {
  std::vector<std::string> profiles;  // names; the first is for pods that no other is for
  // Position of the pod's profile; nullopt: it names one that is not there.
  std::function<std::optional<std::uint8_t>(const kube::PodObject&)> profile_of;
  std::string rack_label;  // key of the node label that names a rack; empty: none does
  bool binds = true;       // false: others do, and leave no records
  std::vector<std::string> requirements;        // names
  std::vector<std::string> requirement_labels;  // keys that requirements_met_by reads
  std::function<cluster::RequirementSet(const kube::NodeObject&)> requirements_met_by;
  // nullopt: it names one that is not there.
  std::function<std::optional<cluster::RequirementSet>(const kube::PodObject&)> requirements_of;
  // Of the record that the bound pod carries. Absent: records are believed without proof.
  std::function<signing::Proof(const kube::PodObject&)> proof_of;
  // Called once for a pod whose first record has no sound proof, without a lock.
  std::function<void(const kube::PodObject&, signing::Proof)> on_unproven;
};

// What is told of the pods that usually come.
struct TypicalPods {
  bool learn = true;  // from pods that dock, too; false: `pods` alone count
  std::vector<cluster::ClassCount> pods;

  friend bool operator==(const TypicalPods&, const TypicalPods&) = default;
};

class Ledger;

// Room taken for a binding under way. Destroyed without Keep or Doubt it is given back.
class Assumption;

// Thread-safe. No call waits for anything but the lock, which is never held over I/O. What pods ask
// for is worked out without it, by whoever brought the news: the watch, or a binding that was
// answered; who only reads is never kept. Snapshots tell the older demand meanwhile.
class Store final : public kube::ObjectSink {
 public:
  explicit Store(device::ClassTable classes, Rules rules = {});
  ~Store() override;

  // --- The cluster as it is.
  void BeginNodes() override;
  void EndNodes() override;
  void BeginPods() override;
  void EndPods() override;
  void PutNode(kube::NodeObject node) override;
  void PutPod(kube::PodObject pod) override;
  void RemoveNode(std::string_view name) override;
  void RemovePod(std::string_view uid) override;

  // Both kinds have been listed once.
  bool synced() const;

  // --- Reading.
  cluster::SnapshotPtr snapshot() const;
  std::uint64_t version() const;
  // Returns when the version is beyond `seen` or after `timeout`; the version then.
  std::uint64_t WaitForChange(std::uint64_t seen, Duration timeout) const;
  std::optional<PodView> FindPod(std::string_view uid) const;
  std::optional<PodView> FindPod(std::string_view ns,
                                 std::string_view name) const;  // linear; for people's questions
  // Up to `limit` nodes whose name is after `after`, in name order.
  std::vector<NodeView> Nodes(std::string_view after, std::size_t limit) const;
  // Up to `limit` pods whose key is after `after`, in that order.
  std::vector<PodView> Pods(const PodKey& after, std::size_t limit) const;
  // Of the nodes first..last-1, in the order of their indices. A few hundred nodes at a time keep
  // the lock short.
  std::vector<Holding> Holdings(cluster::NodeIndex first, cluster::NodeIndex last) const;
  // Pods with devices that serve a model variant, by namespace and name.
  std::vector<PodView> ModelPods() const;
  Totals totals() const;
  const device::ClassTable& classes() const { return classes_; }
  // All nodes and pods of one moment, by name, as objects: another store that is given them knows
  // the same, but that an assumed pod is bound there. Lost is what no store keeps: labels that tell
  // nothing of devices, taints, node selectors, affinity, tolerations, times.
  void Show(const std::function<void(kube::NodeObject&&)>& node,
            const std::function<void(kube::PodObject&&)>& pod) const;

  // --- What is known beyond nodes and pods. Tables may be made for an older set of nodes: what
  // they say of nodes that are not the same any more is dropped. A new catalog is a change that may
  // make room for a pod; loads and weights only order nodes.
  void SetCatalog(std::shared_ptr<const cluster::Catalog> catalog);
  void SetLoads(std::shared_ptr<const cluster::LoadTable> loads);
  void SetWeights(std::shared_ptr<const cluster::WeightTable> weights);
  // Whether the demand is worked out from what docks (it is counted in any case), for a packing
  // that goes by it. At first it is.
  void SetLearning(bool is_learning);
  // In place of what was told before: at first nothing. Where Berth learns, they are forgotten as
  // pods that docked are.
  void SetTypicalPods(TypicalPods pods);

  // What the pod asks for, by the classes and rules that this store was made with.
  cluster::PodRequest Read(const kube::PodObject& pod) const;

  // --- A pod that kube-scheduler asks about may be news: it joins as pending.
  void Meet(const cluster::PodRequest& pod);

  // --- Expectations: the room we think a pod will take. Advice to later decisions.
  void Expect(std::string_view uid, std::string_view node, cluster::DeviceSet devices,
              cluster::DeviceDemand demand, Instant expires);
  void Unexpect(std::string_view uid);
  struct ExpectedRoom {
    cluster::NodeIndex node = 0;
    cluster::DeviceSet devices;
    cluster::DeviceDemand demand;
    Millicores cpu;
  };
  // Of all other pods, expired ones dropped.
  std::vector<ExpectedRoom> Expected(std::string_view except_uid, Instant now);

  // --- Commitment.
  // Takes the room of a pending pod on a node, if device, CPU, memory and pod room are all there
  // now. Errors: kNotFound: the pod is not known; kAlreadyExists: it is bound to this very node;
  // kConflict: bound elsewhere, a binding is under way, or the room is gone ("insufficient device
  // memory on gpu-a-1"); kInvalidArgument: no such node. Where the outcome of an earlier binding to
  // the same node is unknown, the same devices are assumed again.
  Result<Assumption> Assume(std::string_view uid, std::string_view node, cluster::DeviceSet devices,
                            const std::optional<ModelTaking>& model = std::nullopt);

  // --- Where others bind (Rules::binds is false).
  // Nodes that could run the pod for all that the host has left, and the state that they are of.
  // Cordoned nodes and those that are not ready are left out.
  struct Offer {
    cluster::SnapshotPtr snapshot;
    std::vector<cluster::NodeIndex> nodes;
  };
  Offer NodesFor(const cluster::PodRequest& pod) const;
  // Bound pods that became unnamed since the last call, by uid. They hold nothing meanwhile.
  std::vector<PodView> TakeUnnamed();
  // The devices that an unnamed pod is taken to have, and for a pod with a model what was chosen.
  // False: they have no room for it, and it is doubtful from now on.
  bool Suppose(std::string_view uid, cluster::DeviceSet devices,
               const std::optional<ModelTaking>& model);

  // Pods whose record only the API server can settle: outcome unknown, or kept over a relist that
  // did not show them.
  struct Unsettled {
    std::string ns;
    std::string name;
    std::string uid;
  };
  std::vector<Unsettled> UnsettledPods() const;
  // What a read of the pod showed; nullopt: it is gone. A pod that is still unbound gives its room
  // back once `grace` has passed since the doubt began, for the request may still be on its way.
  void Settle(std::string_view uid, std::optional<kube::PodObject> pod, Instant now,
              Duration grace);

 private:
  friend class Assumption;
  void Keep(std::string_view uid);
  void Doubt(std::string_view uid, Instant now);
  void Forget(std::string_view uid);
  // Works out the demand, if there is enough to learn.
  void Learn() BERTH_EXCLUDES(mu_);

  const device::ClassTable classes_;
  const Rules rules_;
  const std::vector<std::string> node_labels_;  // keys that the rules read
  mutable Mutex mu_;
  mutable CondVar changed_;
  std::unique_ptr<Ledger> ledger_ BERTH_GUARDED_BY(mu_);
};

class [[nodiscard]] Assumption {
 public:
  Assumption(Assumption&& other) noexcept;
  Assumption& operator=(Assumption&&) = delete;
  ~Assumption();

  cluster::DeviceSet devices() const { return devices_; }
  // The API server bound the pod.
  void Keep() &&;
  // Nobody knows; the store keeps the room until it is settled.
  void Doubt(Instant now) &&;

 private:
  friend class Store;
  Assumption(Store& store, std::string uid, cluster::DeviceSet devices);

  Store* store_;
  std::string uid_;
  cluster::DeviceSet devices_;
};

}  // namespace berth::state
