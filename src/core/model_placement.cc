// model-placement: how soon the model's weights are usable on the node, and the data that the pod
// reads is there. raw: seconds, both added up; normalised: that against the weight of the term, so
// that seconds count one for one up to there.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/core/placement_cost.h"
#include "scorers.h"

namespace berth::core {
namespace {

constexpr std::array<std::string_view, cluster::kTierCount> kWhence = {
    "a device", "host memory", "the local disk", "a peer node", "the remote store"};

double Gigabytes(Bytes bytes) { return static_cast<double>(bytes.count()) / 1e9; }

// Of where a peer stands no more than the labels of the node say.
std::string_view Whence(const PlacementCost& cost, const cluster::NodeFacts& node) {
  if (cost.tier != cluster::Tier::kPeer) {
    return kWhence[static_cast<std::size_t>(cost.tier)];
  }
  switch (cost.distance) {
    case Distance::kOtherZone:
      return "a peer node of another zone";
    case Distance::kSameZone:
      return "a peer node of another rack";
    case Distance::kSameRack:
      break;
  }
  if (!node.rack.empty()) {
    return "a peer node of the same rack";
  }
  return node.zone.empty() ? "a peer node" : "a peer node of the same zone";
}

// "120.0 GB of imagenet from the remote store: 600.0 s, behind 2.0 s of other loads"
std::string Sentence(const PlacementCost& cost, std::string_view what,
                     const cluster::NodeFacts& node) {
  std::string text = fmt::format("{:.1f} GB of {} from {}: {:.1f} s", Gigabytes(cost.bytes), what,
                                 Whence(cost, node), cost.transfer_seconds);
  if (cost.queue_seconds > 0) {
    text += fmt::format(", behind {:.1f} s of other loads", cost.queue_seconds);
  }
  if (cost.eviction_seconds > 0) {
    text +=
        fmt::format(", and {:.1f} s for what it pushes out of host memory", cost.eviction_seconds);
  }
  return text;
}

class ModelPlacementScorer final : public Scorer {
 public:
  std::string_view name() const override { return "model-placement"; }
  std::string_view unit() const override { return "seconds"; }

  double WeightOf(const Cycle& cycle) const override {
    return cycle.policy.weights.model_placement;
  }

  NodeCost Prepare(const Cycle& cycle) const override {
    const double limit = cycle.policy.weights.model_placement;
    const auto priced = [limit](double seconds) {
      return Cost{.raw = seconds, .normalised = std::clamp(seconds / limit, 0.0, 1.0)};
    };
    DataPrices data(cycle.snapshot, cycle.pod);
    if (cycle.variant == nullptr) {
      if (data.empty()) {
        return {};
      }
      return [data = std::move(data), priced](const NodeView& node, cluster::DeviceSet) {
        return priced(SecondsUntilThere(nullptr, data, node.index));
      };
    }
    return [weights = PlacementPrices(cycle.snapshot, *cycle.variant), data = std::move(data),
            priced](const NodeView& node, cluster::DeviceSet) {
      return priced(SecondsUntilThere(&weights, data, node.index));
    };
  }

  // A sentence for the weights and one for each of the data, in the order in which they come.
  std::string Explain(const Cycle& cycle, const NodeView& node, cluster::DeviceSet) const override {
    const cluster::NodeFacts& facts = *cycle.snapshot.facts(node.index);
    std::vector<std::string> sentences;
    bool waited = false;
    if (cycle.variant != nullptr) {
      const PlacementCost cost = PlacementPrices(cycle.snapshot, *cycle.variant).On(node.index);
      sentences.push_back(Sentence(cost, cycle.variant->name, facts));
      waited = cost.tier >= cluster::Tier::kPeer;
    } else if (!cycle.pod.model.empty() || cycle.pod.data.empty()) {
      sentences.emplace_back("the pod names no model that the catalog knows");
    }
    const DataPrices data(cycle.snapshot, cycle.pod);
    for (std::size_t i = 0; i < data.size(); ++i) {
      PlacementCost cost = data.On(i, node.index);
      cost.queue_seconds = waited ? 0 : cost.queue_seconds;
      waited = waited || cost.queue_seconds > 0;
      sentences.push_back(Sentence(cost, data.dataset(i).name, facts));
    }
    for (const std::string& name : cycle.pod.data) {
      const auto& catalog = cycle.snapshot.outlook().catalog;
      if (catalog == nullptr || catalog->FindDataset(name) == nullptr) {
        sentences.push_back(fmt::format("the catalog knows no dataset {}", name));
      }
    }
    return fmt::format("{}", fmt::join(sentences, "; "));
  }
};

}  // namespace

std::unique_ptr<const Scorer> MakeModelPlacementScorer() {
  return std::make_unique<ModelPlacementScorer>();
}

}  // namespace berth::core
