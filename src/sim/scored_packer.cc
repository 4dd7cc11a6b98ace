#include "scored_packer.h"

#include <algorithm>
#include <utility>

#include "streams.h"

namespace berth::sim {
namespace {

std::vector<cluster::NodeIndex> ByRank(const std::vector<std::uint32_t>& ranks) {
  std::vector<cluster::NodeIndex> nodes(ranks.size());
  for (std::size_t node = 0; node < ranks.size(); ++node) {
    nodes[ranks[node]] = static_cast<cluster::NodeIndex>(node);
  }
  return nodes;
}

}  // namespace

ScoredPacker::ScoredPacker(const ReplayWorld& world, std::unique_ptr<PackingRule> rule,
                           TieRule ties)
    : world_(world),
      rule_(std::move(rule)),
      ties_(ties),
      random_(world.setup.seed, Stream::kTies),
      nodes_(ByRank(world.setup.ranks)),
      boards_(world.shapes.shapes.size()) {
  for (const cluster::NodeIndex node : nodes_) {
    rooms_.push_back(world.shapes.empty_nodes[node]);
  }
}

std::optional<Spot> ScoredPacker::Place(const Arrival& arrival) {
  const std::uint32_t shape_index = world_.shapes.of_pod[arrival.pod];
  const PodShape& shape = world_.shapes.shapes[shape_index];
  const std::optional<std::uint32_t> place = Pick(Refreshed(shape_index).scores);
  if (!place) {
    return std::nullopt;
  }
  const cluster::DeviceSet devices = rule_->Choose(rooms_[*place], shape);
  Take(rooms_[*place], shape, devices);
  changes_.push_back(*place);
  return Spot{.node = nodes_[*place], .devices = devices};
}

void ScoredPacker::Leave(const Arrival& arrival, const Spot& spot) {
  const std::uint32_t place = world_.setup.ranks[spot.node];
  GiveBack(rooms_[place], world_.shape(arrival.pod), spot.devices);
  changes_.push_back(place);
}

ScoredPacker::Board& ScoredPacker::Refreshed(std::uint32_t shape) {
  const PodShape& pod = world_.shapes.shapes[shape];
  std::unique_ptr<Board>& board = boards_[shape];
  const bool is_new = board == nullptr;
  if (is_new) {
    board = std::make_unique<Board>(
        Board{.points = rule_->Prepare(pod), .scores = ScoreBoard(rooms_.size())});
  }
  if (is_new || changes_.size() - board->seen > rooms_.size()) {
    for (std::uint32_t place = 0; place < rooms_.size(); ++place) {
      Score(*board, pod, place);
    }
  } else {
    for (std::size_t i = board->seen; i < changes_.size(); ++i) {
      Score(*board, pod, changes_[i]);
    }
  }
  board->seen = changes_.size();
  return *board;
}

void ScoredPacker::Score(Board& board, const PodShape& shape, std::uint32_t place) const {
  const NodeRoom& room = rooms_[place];
  board.scores.Set(place, Fits(room, shape) ? static_cast<std::int8_t>(
                                                  std::clamp(board.points(room), 0, kMostPoints))
                                            : ScoreBoard::kNoRoom);
}

std::optional<std::uint32_t> ScoredPacker::Pick(const ScoreBoard& scores) {
  const auto as_place = [](std::size_t place) { return static_cast<std::uint32_t>(place); };
  if (ties_ == TieRule::kLowestRank) {
    const auto first = scores.First();
    return first ? std::optional(as_place(*first)) : std::nullopt;
  }
  const std::size_t best = scores.CountBest();
  if (best == 0) {
    return std::nullopt;
  }
  return as_place(scores.Nth(random_.Below(as_place(best))));
}

}  // namespace berth::sim
