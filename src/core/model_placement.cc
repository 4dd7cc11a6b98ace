// model-placement: how soon the model's weights are usable on the node. raw: seconds; normalised:
// that against the weight of the term, so that seconds count one for one up to there.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

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

class ModelPlacementScorer final : public Scorer {
 public:
  std::string_view name() const override { return "model-placement"; }
  std::string_view unit() const override { return "seconds"; }

  double WeightOf(const Cycle& cycle) const override {
    return cycle.policy.weights.model_placement;
  }

  NodeCost Prepare(const Cycle& cycle) const override {
    if (cycle.variant == nullptr) {
      return {};
    }
    return
        [prices = PlacementPrices(cycle.snapshot, *cycle.variant),
         limit = cycle.policy.weights.model_placement](const NodeView& node, cluster::DeviceSet) {
          const double seconds = prices.On(node.index).seconds;
          return Cost{.raw = seconds, .normalised = std::clamp(seconds / limit, 0.0, 1.0)};
        };
  }

  std::string Explain(const Cycle& cycle, const NodeView& node, cluster::DeviceSet) const override {
    if (cycle.variant == nullptr) {
      return "the pod names no model that the catalog knows";
    }
    const PlacementCost cost = PlacementPrices(cycle.snapshot, *cycle.variant).On(node.index);
    std::string text =
        fmt::format("{:.1f} GB of {} from {}: {:.1f} s", Gigabytes(cost.bytes), cycle.variant->name,
                    Whence(cost, *cycle.snapshot.facts(node.index)), cost.transfer_seconds);
    if (cost.queue_seconds > 0) {
      text += fmt::format(", behind {:.1f} s of other loads", cost.queue_seconds);
    }
    if (cost.eviction_seconds > 0) {
      text += fmt::format(", and {:.1f} s for what it pushes out of host memory",
                          cost.eviction_seconds);
    }
    return text;
  }
};

}  // namespace

std::unique_ptr<const Scorer> MakeModelPlacementScorer() {
  return std::make_unique<ModelPlacementScorer>();
}

}  // namespace berth::core
