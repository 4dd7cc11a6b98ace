// A packing rule at work: every node with room is given points, and one of those with the most is
// taken.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "berth/sim/random.h"
#include "packing_rules.h"
#include "replay_world.h"
#include "score_board.h"

namespace berth::sim {

// Points are kept by shape, and given anew only to nodes that changed since pods of the shape were
// last placed. Nodes stand in the order of their ranks, so that of equals the first is taken.
class ScoredPacker final : public Packer {
 public:
  // Borrows the world.
  ScoredPacker(const ReplayWorld& world, std::unique_ptr<PackingRule> rule, TieRule ties);

  std::optional<Spot> Place(const Arrival& arrival) override;
  void Leave(const Arrival& arrival, const Spot& spot) override;

 private:
  struct Board {
    NodePoints points;
    ScoreBoard scores;
    std::size_t seen = 0;  // of changes_
  };

  Board& Refreshed(std::uint32_t shape);
  void Score(Board& board, const PodShape& shape, std::uint32_t place) const;
  std::optional<std::uint32_t> Pick(const ScoreBoard& scores);

  const ReplayWorld& world_;
  const std::unique_ptr<PackingRule> rule_;
  const TieRule ties_;
  Random random_;
  std::vector<cluster::NodeIndex> nodes_;       // by rank
  std::vector<NodeRoom> rooms_;                 // same
  std::vector<std::unique_ptr<Board>> boards_;  // by shape; nullptr: nobody asked yet
  std::vector<std::uint32_t> changes_;          // ranks of nodes, in the order of time
};

// For PackingPolicies().
template <std::unique_ptr<PackingRule> (*make_rule)(const ReplayWorld&)>
std::unique_ptr<Packer> MakeScored(const ReplayWorld& world) {
  return std::make_unique<ScoredPacker>(world, make_rule(world), world.setup.ties);
}

template <std::unique_ptr<PackingRule> (*make_rule)(const ReplayWorld&)>
std::unique_ptr<Packer> MakeDrawn(const ReplayWorld& world) {
  return std::make_unique<ScoredPacker>(world, make_rule(world), TieRule::kAny);
}

}  // namespace berth::sim
