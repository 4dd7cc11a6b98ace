// The decision: which of the offered nodes fit the pod, what each would cost, and in what order.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "berth/cluster/pod.h"
#include "berth/cluster/snapshot.h"
#include "berth/core/cycle.h"
#include "berth/core/policy.h"
#include "berth/core/reason.h"

namespace berth::core {

// One node's part in a decision.
struct NodeDecision {
  cluster::NodeIndex node = 0;
  Reason reason = Reason::kFits;
  bool contended = false;      // fits only in room that other pods are expected to take
  std::int8_t variant = -1;    // of the decision's model; -1: none
  cluster::DeviceSet devices;  // that the pod would get; empty for whole devices
  float cost = 0;              // seconds of waiting that all terms together are worth; 0 best

  bool fits() const { return reason == Reason::kFits; }
};

struct Decision {
  std::uint64_t snapshot_version = 0;
  bool scored = false;  // false: every node is as good as another, as mostly without devices
  std::vector<NodeDecision> nodes;                  // in the order of the candidates
  std::uint32_t fitting = 0;                        // how many fit
  std::int32_t best = -1;                           // position in `nodes`; -1: none fits
  const cluster::Model* model = nullptr;            // that the pod asks for, in `catalog`
  std::shared_ptr<const cluster::Catalog> catalog;  // as it was then

  // nullptr: the pod names no model that the catalog knows.
  const cluster::ModelVariant* VariantOf(const NodeDecision& node) const {
    return node.variant < 0 ? nullptr : &model->variants[static_cast<std::size_t>(node.variant)];
  }
};

// What the pod takes where this variant of its model serves.
cluster::DeviceDemand DemandWith(const cluster::PodRequest& pod,
                                 const cluster::ModelVariant* variant);

// What earlier decisions for pods of one shape found out about rows that have not changed since. It
// changes what a decision costs, never what it says: rows are immutable, so a block that is the
// same object is the same answer. Not thread-safe.
class DecisionMemo {
 public:
  DecisionMemo(const cluster::PodRequest& pod, const Policy& policy,
               const cluster::Outlook& outlook)
      : shape_(ShapeOf(pod)), policy_(policy), outlook_(outlook) {}

  // True when the pod is of this memo's shape: it asks for the same under the same policy, and no
  // more is known of models and loads than was then.
  bool Serves(const cluster::PodRequest& pod, const Policy& policy,
              const cluster::Outlook& outlook) const {
    return outlook_ == outlook && policy_ == policy && shape_.demand == pod.demand &&
           (!policy.looks_at_cpu() || shape_.cpu == pod.cpu) &&
           shape_.accelerators == pod.accelerators && shape_.model == pod.model &&
           shape_.variant == pod.variant && shape_.model_devices == pod.model_devices &&
           shape_.requirements == pod.requirements && shape_.data == pod.data;
  }

  // nullptr when the row has not been judged yet, or has changed.
  const NodeDecision* Find(const cluster::Snapshot& snapshot, cluster::NodeIndex node) const;
  void Put(const cluster::Snapshot& snapshot, const NodeDecision& decision);

 private:
  struct Block {
    std::shared_ptr<const cluster::RowBlock> rows;
    std::uint64_t judged = 0;  // one bit per row
    std::array<NodeDecision, cluster::kBlockSize> decisions;
  };
  static_assert(cluster::kBlockSize == 64);

  struct Shape {
    cluster::DeviceDemand demand;
    Millicores cpu;
    std::vector<std::string> accelerators;
    std::string model;
    std::string variant;
    std::int32_t model_devices = 0;
    cluster::RequirementSet requirements = 0;
    std::vector<std::string> data;
  };
  static Shape ShapeOf(const cluster::PodRequest& pod) {
    return {.demand = pod.demand,
            .cpu = pod.cpu,
            .accelerators = pod.accelerators,
            .model = pod.model,
            .variant = pod.variant,
            .model_devices = pod.model_devices,
            .requirements = pod.requirements,
            .data = pod.data};
  }

  const Shape shape_;
  const Policy policy_;
  const cluster::Outlook outlook_;
  std::vector<Block> blocks_;
};

inline const NodeDecision* DecisionMemo::Find(const cluster::Snapshot& snapshot,
                                              cluster::NodeIndex node) const {
  const cluster::NodeIndex at = node / cluster::kBlockSize;
  if (at >= blocks_.size() || blocks_[at].rows != snapshot.row_block(at) ||
      ((blocks_[at].judged >> (node % cluster::kBlockSize)) & 1U) == 0) {
    return nullptr;
  }
  return &blocks_[at].decisions[node % cluster::kBlockSize];
}

// Pure: the same inputs give the same answer on any machine. Candidates are distinct indices of
// existing nodes. Of a model that the pod leaves open, each node gets the variant of the best
// quality that fits it, and among those of one quality the one of the least cost. Ties are broken
// by node name. One Decide is a filter, a prioritize, a bind's
// re-check and, later, explain and simulate.
Decision Decide(const cluster::Snapshot& snapshot, const cluster::PodRequest& pod,
                const Policy& policy, std::span<const cluster::NodeIndex> candidates,
                std::span<const Expectation> expectations, DecisionMemo* memo = nullptr);

// Every node there is, for decisions without a request.
std::vector<cluster::NodeIndex> AllNodes(const cluster::Snapshot& snapshot);

// True when `a` is the better dock: fits, uncontended, cheaper, earlier name.
inline bool Better(const cluster::Snapshot& snapshot, const NodeDecision& a,
                   const NodeDecision& b) {
  if (a.fits() != b.fits()) {
    return a.fits();
  }
  if (a.contended != b.contended) {
    return b.contended;
  }
  if (a.cost != b.cost) {
    return a.cost < b.cost;
  }
  return snapshot.names().rank(a.node) < snapshot.names().rank(b.node);
}

// Integer scores for the fitting nodes of a decision, 0..scale: the best stands alone at `scale`,
// the rest share 0..scale-1 in proportion to their cost between best and worst; contended nodes are
// at 0 unless one of them is the best. scores[i] belongs to decision.nodes[i]; nodes that do not
// fit get 0. An unscored decision gives 0 everywhere.
std::vector<std::int64_t> Ladder(const Decision& decision, std::int64_t scale);

// Positions in decision.nodes of the best `limit` fitting nodes and of at least two per zone, best
// first. A limit of 0 means all.
std::vector<std::uint32_t> Shortlist(const cluster::Snapshot& snapshot, const Decision& decision,
                                     std::uint32_t limit);

}  // namespace berth::core
