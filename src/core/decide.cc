#include "berth/core/decide.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "berth/cluster/room.h"
#include "berth/core/device_choice.h"
#include "berth/core/filter.h"
#include "berth/core/scorer.h"
#include "filters.h"

namespace berth::core {
namespace {

using cluster::DeviceSet;
using cluster::HostRow;
using cluster::NodeIndex;
using cluster::NodeRow;
using cluster::PodRequest;
using cluster::Snapshot;

// What one variant of the pod's model would have the pod ask; without a model there is one, the pod
// itself.
struct Option {
  PodRequest asked;
  const cluster::ModelVariant* variant = nullptr;
  std::int8_t index = -1;
};

struct Options {
  Reason refusal = Reason::kFits;  // on every node
  std::vector<Option> choices;     // best quality first
  const cluster::Model* model = nullptr;
};

// A share whose memory is said holds the variant when that is enough; a device taken whole, and
// cores without memory, are judged where they are.
bool Holds(const PodRequest& pod, const cluster::ModelVariant& variant) {
  if (pod.demand.share) {
    const cluster::DeviceShare& share = *pod.demand.share;
    const bool said = share.memory > MiB(0) && !share.exclusive();
    return share.count >= variant.devices && (!said || share.memory >= variant.memory);
  }
  return cluster::DevicesOf(pod.demand) >= variant.devices;
}

Options OptionsOf(const Snapshot& snapshot, const PodRequest& pod, const Policy& policy) {
  const auto& catalog = snapshot.outlook().catalog;
  const cluster::Model* model =
      pod.model.empty() || catalog == nullptr ? nullptr : catalog->Find(pod.model);
  if (model == nullptr) {
    return pod.demand_by_model ? Options{.refusal = Reason::kModelUnknown}
                               : Options{.choices = {{.asked = pod}}};
  }
  Options options{.refusal = Reason::kVariantUnknown, .model = model};
  for (std::size_t i = 0; i < model->variants.size(); ++i) {
    const cluster::ModelVariant& variant = model->variants[i];
    const bool wanted =
        pod.variant.empty() ? variant.quality >= policy.min_quality : variant.name == pod.variant;
    if (!wanted) {
      continue;
    }
    const bool holds = pod.demand_by_model
                           ? pod.model_devices == 0 || pod.model_devices == variant.devices
                           : Holds(pod, variant);
    if (!holds) {
      options.refusal = Reason::kVariantTooLarge;
      continue;
    }
    Option option{.asked = pod, .variant = &variant, .index = static_cast<std::int8_t>(i)};
    option.asked.demand = DemandWith(pod, &variant);
    options.choices.push_back(std::move(option));
  }
  if (!options.choices.empty()) {
    options.refusal = Reason::kFits;
    std::ranges::stable_sort(options.choices, std::ranges::greater{},
                             [](const Option& option) { return option.variant->quality; });
  }
  return options;
}

// Everything that a request prepares once, for one option.
class Judge {
 public:
  explicit Judge(const Cycle& cycle, std::int8_t variant)
      : share_(cycle.pod.demand.share), packing_(cycle.policy.device_packing), variant_(variant) {
    for (const auto& filter : Filters()) {
      if (NodeCheck check = filter->Prepare(cycle)) {
        checks_.push_back(std::move(check));
      }
    }
    for (const auto& scorer : Scorers()) {
      const auto weight = static_cast<float>(scorer->WeightOf(cycle));
      if (weight <= 0) {
        continue;
      }
      if (NodeCost cost = scorer->Prepare(cycle)) {
        costs_.push_back({weight, std::move(cost)});
      }
      if (DevicePricer price = share_ ? scorer->PrepareDevices(cycle) : DevicePricer()) {
        pricers_.push_back({weight, std::move(price)});
      }
    }
  }

  NodeDecision operator()(const NodeRow& row, const HostRow& host, NodeIndex index) const {
    const NodeView view{.row = row,
                        .host = host,
                        .index = index,
                        .roomy = share_ ? cluster::Roomy(row, *share_) : DeviceSet()};
    NodeDecision decision{.node = index, .variant = variant_};
    for (const NodeCheck& check : checks_) {
      decision.reason = check(view);
      if (decision.reason != Reason::kFits) {
        return decision;
      }
    }
    if (share_) {
      decision.devices = Choose(view, share_->count);
    }
    float sum = 0;
    for (const auto& [weight, cost] : costs_) {
      sum += weight * static_cast<float>(cost(view, decision.devices).normalised);
    }
    decision.cost = sum;
    return decision;
  }

 private:
  template <typename Pricer>
  struct Weighted {
    float weight = 0;
    Pricer price;
  };

  DeviceSet Choose(const NodeView& view, std::int32_t count) const {
    if (pricers_.empty()) {
      return ChooseDevices(view.row, view.roomy, count, packing_);
    }
    DeviceCosts costs{};
    for (const auto& [weight, price] : pricers_) {
      price(view, weight, costs);
    }
    return CheapestDevices(costs, view.roomy, count);
  }

  std::optional<cluster::DeviceShare> share_;
  Packing packing_;
  std::int8_t variant_;
  std::vector<NodeCheck> checks_;
  std::vector<Weighted<NodeCost>> costs_;
  std::vector<Weighted<DevicePricer>> pricers_;
};

// All options at one node.
class Jury {
 public:
  Jury(const Snapshot& snapshot, const Options& options, const Policy& policy,
       std::span<const Expectation> expectations) {
    for (const Option& option : options.choices) {
      const Cycle cycle{.snapshot = snapshot,
                        .pod = option.asked,
                        .policy = policy,
                        .expectations = expectations,
                        .variant = option.variant};
      judges_.push_back(
          {option.variant != nullptr ? option.variant->quality : 0, Judge(cycle, option.index)});
    }
  }

  // Quality first, then cost. Where nothing fits, what the last and usually smallest one lacks.
  NodeDecision operator()(const NodeRow& row, const HostRow& host, NodeIndex index) const {
    NodeDecision best = judges_.front().judge(row, host, index);
    double quality = judges_.front().quality;
    for (std::size_t i = 1; i < judges_.size(); ++i) {
      const Entry& entry = judges_[i];
      if (best.fits() && entry.quality < quality) {
        break;
      }
      const NodeDecision decision = entry.judge(row, host, index);
      if (!best.fits() || (decision.fits() && decision.cost < best.cost)) {
        best = decision;
        quality = entry.quality;
      }
    }
    return best;
  }

 private:
  struct Entry {
    double quality = 0;
    Judge judge;
  };
  std::vector<Entry> judges_;
};

// Rows as they will be once the expected pods have docked. Few, so a sorted list and a bit per node
// block.
class ExpectedRows {
 public:
  struct Entry {
    NodeRow row;
    HostRow host;
    NodeIndex node = 0;
  };

  ExpectedRows(const Snapshot& snapshot, std::span<const Expectation> expectations)
      : blocks_(expectations.empty() ? 0 : (snapshot.size() / cluster::kBlockSize) + 1) {
    for (const Expectation& expected : expectations) {
      if (expected.node >= snapshot.size()) {
        continue;
      }
      blocks_[expected.node / cluster::kBlockSize] = true;
      auto at = std::ranges::lower_bound(rows_, expected.node, {}, &Entry::node);
      if (at == rows_.end() || at->node != expected.node) {
        at = rows_.insert(at, {.row = snapshot.row(expected.node),
                               .host = snapshot.host(expected.node),
                               .node = expected.node});
      }
      cluster::Charge(at->row, expected.demand, expected.devices);
      at->host.cpu -= expected.cpu;
    }
  }

  // nullptr: nothing is expected on the node.
  const Entry* Find(NodeIndex node) const {
    if (blocks_.empty() || !blocks_[node / cluster::kBlockSize]) {
      return nullptr;
    }
    const auto at = std::ranges::lower_bound(rows_, node, {}, &Entry::node);
    return at != rows_.end() && at->node == node ? &*at : nullptr;
  }

 private:
  std::vector<bool> blocks_;
  std::vector<Entry> rows_;
};

void PickBest(const Snapshot& snapshot, Decision& decision) {
  for (std::size_t i = 0; i < decision.nodes.size(); ++i) {
    if (!decision.nodes[i].fits()) {
      continue;
    }
    ++decision.fitting;
    if (decision.best < 0 || Better(snapshot, decision.nodes[i],
                                    decision.nodes[static_cast<std::size_t>(decision.best)])) {
      decision.best = static_cast<std::int32_t>(i);
    }
  }
}

// A pod without devices may have requirements all the same, and take CPU that devices will need.
class HostJudge {
 public:
  explicit HostJudge(const Cycle& cycle) : check_(MakeRequirementFilter()->Prepare(cycle)) {
    for (const auto& scorer : Scorers()) {
      const auto weight = static_cast<float>(scorer->WeightOf(cycle));
      if (NodeCost cost = weight > 0 ? scorer->PrepareHost(cycle) : NodeCost()) {
        costs_.emplace_back(weight, std::move(cost));
      }
    }
  }

  bool scores() const { return !costs_.empty(); }

  NodeDecision operator()(const NodeRow& row, const HostRow& host, NodeIndex index) const {
    const NodeView view{.row = row, .host = host, .index = index, .roomy = {}};
    NodeDecision decision{.node = index, .reason = check_ ? check_(view) : Reason::kFits};
    for (const auto& [weight, cost] : costs_) {
      decision.cost += weight * static_cast<float>(cost(view, {}).normalised);
    }
    return decision;
  }

 private:
  NodeCheck check_;
  std::vector<std::pair<float, NodeCost>> costs_;
};

Decision DecideWithoutDevices(const Snapshot& snapshot, const PodRequest& pod, const Policy& policy,
                              std::span<const NodeIndex> candidates,
                              std::span<const Expectation> expectations) {
  const HostJudge judge(
      {.snapshot = snapshot, .pod = pod, .policy = policy, .expectations = expectations});
  const ExpectedRows expected(snapshot, expectations);
  Decision decision{.snapshot_version = snapshot.version(), .scored = judge.scores()};
  decision.nodes.reserve(candidates.size());
  for (const NodeIndex node : candidates) {
    const ExpectedRows::Entry* const reduced = expected.Find(node);
    decision.nodes.push_back(reduced != nullptr
                                 ? judge(reduced->row, reduced->host, node)
                                 : judge(snapshot.row(node), snapshot.host(node), node));
  }
  PickBest(snapshot, decision);
  return decision;
}

// The same refusal for every candidate.
Decision RefuseAlike(const Snapshot& snapshot, std::span<const NodeIndex> candidates,
                     Reason reason) {
  Decision decision{.snapshot_version = snapshot.version()};
  decision.nodes.reserve(candidates.size());
  for (const NodeIndex node : candidates) {
    decision.nodes.push_back({.node = node, .reason = reason});
  }
  return decision;
}

}  // namespace

cluster::DeviceDemand DemandWith(const PodRequest& pod, const cluster::ModelVariant* variant) {
  if (!pod.demand_by_model || variant == nullptr) {
    return pod.demand;
  }
  return {.share = cluster::DeviceShare{
              .memory = variant->memory, .cores = variant->cores, .count = variant->devices}};
}

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

Decision Decide(const Snapshot& snapshot, const PodRequest& pod, const Policy& policy,
                std::span<const NodeIndex> candidates, std::span<const Expectation> expectations,
                DecisionMemo* memo) {
  if (pod.fault != cluster::PodFault::kNone) {
    return RefuseAlike(snapshot, candidates, FaultReason(pod.fault));
  }
  if (pod.demand.empty() && !pod.demand_by_model) {
    return DecideWithoutDevices(snapshot, pod, policy, candidates, expectations);
  }
  const Options options = OptionsOf(snapshot, pod, policy);
  if (options.refusal != Reason::kFits) {
    return RefuseAlike(snapshot, candidates, options.refusal);
  }
  const Jury judge(snapshot, options, policy, expectations);
  const ExpectedRows expected(snapshot, expectations);

  Decision decision{.snapshot_version = snapshot.version(),
                    .scored = true,
                    .model = options.model,
                    .catalog = snapshot.outlook().catalog};
  decision.nodes.reserve(candidates.size());
  NodeDecision best;
  for (const NodeIndex index : candidates) {
    NodeDecision node;
    if (const ExpectedRows::Entry* reduced = expected.Find(index); reduced != nullptr) {
      node = judge(reduced->row, reduced->host, index);
      if (!node.fits()) {
        node = judge(snapshot.row(index), snapshot.host(index), index);
        node.contended = node.fits();
      }
    } else if (const NodeDecision* known =
                   memo != nullptr ? memo->Find(snapshot, index) : nullptr) {
      node = *known;
    } else {
      node = judge(snapshot.row(index), snapshot.host(index), index);
      if (memo != nullptr) {
        memo->Put(snapshot, node);
      }
    }
    if (node.fits()) {
      ++decision.fitting;
      if (decision.best < 0 || Better(snapshot, node, best)) {
        best = node;
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
