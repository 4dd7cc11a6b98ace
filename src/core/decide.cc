#include "berth/core/decide.h"

#include <algorithm>
#include <utility>

#include "berth/cluster/room.h"
#include "berth/core/device_choice.h"
#include "berth/core/filter.h"
#include "berth/core/scorer.h"

namespace berth::core {
namespace {

using cluster::DeviceSet;
using cluster::NodeIndex;
using cluster::NodeRow;
using cluster::PodRequest;
using cluster::Snapshot;

// Everything that a request prepares once.
class Judge {
 public:
  explicit Judge(const Cycle& cycle)
      : share_(cycle.pod.demand.share), packing_(cycle.policy.device_packing) {
    for (const auto& filter : Filters()) {
      if (NodeCheck check = filter->Prepare(cycle)) {
        checks_.push_back(std::move(check));
      }
    }
    for (const auto& scorer : Scorers()) {
      if (NodeCost cost = scorer->Prepare(cycle)) {
        costs_.push_back(std::move(cost));
      }
    }
    weight_ = costs_.empty() ? 0.0 : 1.0 / static_cast<double>(costs_.size());
  }

  NodeDecision operator()(const NodeRow& row, NodeIndex index) const {
    const NodeView view{
        .row = row, .index = index, .roomy = share_ ? cluster::Roomy(row, *share_) : DeviceSet()};
    NodeDecision decision{.node = index};
    for (const NodeCheck& check : checks_) {
      decision.reason = check(view);
      if (decision.reason != Reason::kFits) {
        return decision;
      }
    }
    if (share_) {
      decision.devices = ChooseDevices(row, view.roomy, share_->count, packing_);
    }
    double sum = 0;
    for (const NodeCost& cost : costs_) {
      sum += cost(view, decision.devices).normalised;
    }
    decision.cost = static_cast<float>(sum * weight_);
    return decision;
  }

 private:
  std::optional<cluster::DeviceShare> share_;
  Packing packing_;
  std::vector<NodeCheck> checks_;
  std::vector<NodeCost> costs_;
  double weight_ = 0;  // of each cost
};

// Rows as they will be once the expected pods have docked. Few, so a sorted list and a bit per node
// block.
class ExpectedRows {
 public:
  ExpectedRows(const Snapshot& snapshot, std::span<const Expectation> expectations)
      : blocks_(expectations.empty() ? 0 : (snapshot.size() / cluster::kBlockSize) + 1) {
    for (const Expectation& expected : expectations) {
      if (expected.node >= snapshot.size()) {
        continue;
      }
      blocks_[expected.node / cluster::kBlockSize] = true;
      auto at = std::ranges::lower_bound(rows_, expected.node, {}, &Entry::first);
      if (at == rows_.end() || at->first != expected.node) {
        at = rows_.insert(at, {expected.node, snapshot.row(expected.node)});
      }
      cluster::Charge(at->second, expected.demand, expected.devices);
    }
  }

  // nullptr: nothing is expected on the node.
  const NodeRow* Find(NodeIndex node) const {
    if (blocks_.empty() || !blocks_[node / cluster::kBlockSize]) {
      return nullptr;
    }
    const auto at = std::ranges::lower_bound(rows_, node, {}, &Entry::first);
    return at != rows_.end() && at->first == node ? &at->second : nullptr;
  }

 private:
  using Entry = std::pair<NodeIndex, NodeRow>;
  std::vector<bool> blocks_;
  std::vector<Entry> rows_;
};

// The same answer for every candidate. Nodes that fit alike are told apart by name.
Decision DecideAlike(const Snapshot& snapshot, std::span<const NodeIndex> candidates,
                     Reason reason) {
  Decision decision{.snapshot_version = snapshot.version()};
  decision.nodes.reserve(candidates.size());
  for (const NodeIndex node : candidates) {
    decision.nodes.push_back({.node = node, .reason = reason});
  }
  if (reason == Reason::kFits && !candidates.empty()) {
    const auto rank = [&](NodeIndex node) { return snapshot.names().rank(node); };
    decision.fitting = static_cast<std::uint32_t>(candidates.size());
    decision.best = static_cast<std::int32_t>(std::ranges::min_element(candidates, {}, rank) -
                                              candidates.begin());
  }
  return decision;
}

}  // namespace

void DecisionMemo::Put(const Snapshot& snapshot, const NodeDecision& decision) {
  const NodeIndex at = decision.node / cluster::kBlockSize;
  if (at >= blocks_.size()) {
    blocks_.resize((snapshot.size() / cluster::kBlockSize) + 1);
  }
  Block& block = blocks_[at];
  if (block.rows != snapshot.row_block(at)) {
    block.rows = snapshot.row_block(at);
    block.judged = 0;
  }
  block.judged |= std::uint64_t{1} << (decision.node % cluster::kBlockSize);
  block.decisions[decision.node % cluster::kBlockSize] = decision;
}

bool Better(const Snapshot& snapshot, const NodeDecision& a, const NodeDecision& b) {
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

Decision Decide(const Snapshot& snapshot, const PodRequest& pod, const Policy& policy,
                std::span<const NodeIndex> candidates, std::span<const Expectation> expectations,
                DecisionMemo* memo) {
  if (pod.fault != cluster::PodFault::kNone) {
    return DecideAlike(snapshot, candidates, FaultReason(pod.fault));
  }
  if (pod.demand.empty()) {
    return DecideAlike(snapshot, candidates, Reason::kFits);
  }
  const Cycle cycle{
      .snapshot = snapshot, .pod = pod, .policy = policy, .expectations = expectations};
  const Judge judge(cycle);
  const ExpectedRows expected(snapshot, expectations);

  Decision decision{.snapshot_version = snapshot.version(), .scored = true};
  decision.nodes.reserve(candidates.size());
  for (const NodeIndex index : candidates) {
    NodeDecision node;
    if (const NodeRow* reduced = expected.Find(index); reduced != nullptr) {
      node = judge(*reduced, index);
      if (!node.fits()) {
        node = judge(snapshot.row(index), index);
        node.contended = node.fits();
      }
    } else if (const NodeDecision* known =
                   memo != nullptr ? memo->Find(snapshot, index) : nullptr) {
      node = *known;
    } else {
      node = judge(snapshot.row(index), index);
      if (memo != nullptr) {
        memo->Put(snapshot, node);
      }
    }
    if (node.fits()) {
      ++decision.fitting;
      if (decision.best < 0 ||
          Better(snapshot, node, decision.nodes[static_cast<std::size_t>(decision.best)])) {
        decision.best = static_cast<std::int32_t>(decision.nodes.size());
      }
    }
    decision.nodes.push_back(node);
  }
  return decision;
}

std::vector<NodeIndex> AllNodes(const Snapshot& snapshot) {
  std::vector<NodeIndex> all;
  all.reserve(snapshot.size());
  for (NodeIndex i = 0; i < snapshot.size(); ++i) {
    if (snapshot.row(i).mode != cluster::NodeMode::kAbsent) {
      all.push_back(i);
    }
  }
  return all;
}

}  // namespace berth::core
