#include "dual_function.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace berth::sim {
namespace {

// Bins are divided so finely at most. Where their room or what goes in is no multiple of a unit,
// both are rounded down: what fits still fits.
constexpr std::int64_t kMostUnits = 512;

}  // namespace

// The most that pieces of these weights and worths add up to, by the room that they have.
class DualFunction::Knapsack {
 public:
  Knapsack(const std::vector<Part>& parts, const std::vector<double>& worth, std::size_t most_room)
      : parts_(parts), best_(most_room + 1, 0), added_(most_room + 1, kNothing) {
    for (std::size_t room = 1; room <= most_room; ++room) {
      best_[room] = best_[room - 1];
      for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i].weight > room) {
          continue;
        }
        const double with = best_[room - parts[i].weight] + worth[i];
        if (with > best_[room]) {
          best_[room] = with;
          added_[room] = i;
        }
      }
    }
  }

  double Best(std::size_t room) const { return best_[room]; }

  // Calls count(i) with the position of each piece's part.
  template <typename Count>
  void ForEachPiece(std::size_t room, Count count) const {
    while (room > 0) {
      const std::size_t i = added_[room];
      if (i != kNothing) {
        count(i);
      }
      room -= i != kNothing ? parts_[i].weight : 1;
    }
  }

 private:
  static constexpr std::size_t kNothing = ~std::size_t{0};

  const std::vector<Part>& parts_;
  std::vector<double> best_;
  std::vector<std::size_t> added_;  // the piece that went in last
};

DualFunction::DualFunction(const Relaxation& relaxation)
    : relaxation_(relaxation),
      is_certain_(relaxation.classes.size(), false),
      holds_(relaxation.groups.size(), 0) {
  for (std::size_t group = 0; group < relaxation.groups.size(); ++group) {
    AddLanes(group);
  }
  Bound without_prices{.slope = ZeroPrices()};
  for (const Lane& lane : lanes_) {
    holds_[lane.group] += AddBins(lane, ZeroPrices(), without_prices);
  }
}

Prices DualFunction::ZeroPrices() const {
  Prices prices{.pods = std::vector<double>(relaxation_.classes.size(), 0),
                .pods_of_group = {},
                .of_group = std::vector<Shares>(relaxation_.groups.size(), Shares{})};
  for (const NodeGroup& group : relaxation_.groups) {
    prices.pods_of_group.emplace_back(group.classes.size(), 0);
  }
  return prices;
}

Prices DualFunction::FullPrices() const {
  std::vector<std::int64_t> most(relaxation_.classes.size(), 0);
  for (const NodeGroup& group : relaxation_.groups) {
    for (const NodeGroup::Class& pods : group.classes) {
      most[pods.position] += pods.most;
    }
  }
  Prices prices = ZeroPrices();
  for (std::size_t i = 0; i < most.size(); ++i) {
    prices.pods[i] = most[i] < relaxation_.classes[i].pods ? 0 : 1;
  }
  for (std::size_t group = 0; group < relaxation_.groups.size(); ++group) {
    const std::vector<NodeGroup::Class>& classes = relaxation_.groups[group].classes;
    for (std::size_t i = 0; i < classes.size(); ++i) {
      prices.pods_of_group[group][i] = 1 - prices.pods[classes[i].position];
    }
  }
  return prices;
}

Bound DualFunction::At(const Prices& prices) const {
  Bound bound{.size = 0, .slope = ZeroPrices()};
  for (std::size_t i = 0; i < relaxation_.classes.size(); ++i) {
    const PieceClass& pods = relaxation_.classes[i];
    const auto all = static_cast<double>(pods.pods * pods.size);
    bound.size += all * (is_certain_[i] ? 1 : prices.pods[i]);
    bound.slope.pods[i] = is_certain_[i] ? 0 : all;
  }
  for (std::size_t group = 0; group < relaxation_.groups.size(); ++group) {
    AddGroup(group, prices, bound);
  }
  for (const Lane& lane : lanes_) {
    bound.size += AddBins(lane, prices, bound);
  }
  return bound;
}

double DualFunction::Work() const {
  double work = 1;
  for (const Lane& lane : lanes_) {
    work += static_cast<double>((lane.parts.size() + 1) * (lane.most_room + 1));
  }
  return work;
}

void DualFunction::AddGroup(std::size_t group, const Prices& prices, Bound& bound) const {
  const NodeGroup& nodes = relaxation_.groups[group];
  for (std::size_t i = 0; i < nodes.classes.size(); ++i) {
    const auto& [position, most] = nodes.classes[i];
    const auto all = static_cast<double>(most * relaxation_.classes[position].size);
    bound.size += all * prices.pods_of_group[group][i];
    bound.slope.pods_of_group[group][i] = all;
  }
  for (std::size_t r = 0; r < kResources; ++r) {
    if (nodes.has[r] > 0) {
      bound.size += holds_[group] * prices.of_group[group][r];
      bound.slope.of_group[group][r] = holds_[group];
    }
  }
}

void DualFunction::AddLanes(std::size_t group) {
  std::set<int> kinds;
  for (const NodeGroup::Class& i : relaxation_.groups[group].classes) {
    kinds.insert(relaxation_.classes[i.position].bin_kind);
  }
  for (const int kind : kinds) {
    lanes_.push_back(LaneOf(group, kind));
  }
}

DualFunction::Lane DualFunction::LaneOf(std::size_t group, int kind) {
  const NodeGroup& nodes = relaxation_.groups[group];
  const std::int64_t unit = UnitOf(nodes, kind);
  Lane lane{.group = group, .parts = {}, .fillers = {}, .bins = {}, .most_room = 0};
  for (std::size_t in_group = 0; in_group < nodes.classes.size(); ++in_group) {
    const std::size_t i = nodes.classes[in_group].position;
    const PieceClass& pods = relaxation_.classes[i];
    if (pods.bin_kind != kind) {
      continue;
    }
    const auto weight = static_cast<std::size_t>(pods.weight / unit);
    if (pods.fills_bin) {
      lane.fillers.push_back({.piece_class = i, .in_group = in_group, .weight = 0});
    } else if (weight > 0) {
      lane.parts.push_back({.piece_class = i, .in_group = in_group, .weight = weight});
    } else {
      is_certain_[i] = true;  // any number of them would go into a bin
    }
  }
  for (const auto& [bin, count] : nodes.bins) {
    if (bin.kind == kind) {
      const auto room = static_cast<std::size_t>(bin.room / unit);
      lane.bins.push_back(
          {.room = room, .unused = bin.unused, .count = static_cast<double>(count)});
      lane.most_room = std::max(lane.most_room, room);
    }
  }
  return lane;
}

std::int64_t DualFunction::UnitOf(const NodeGroup& nodes, int kind) const {
  std::int64_t divisor = 0;
  for (const NodeGroup::Class& i : nodes.classes) {
    const PieceClass& pods = relaxation_.classes[i.position];
    divisor = pods.bin_kind == kind && !pods.fills_bin ? std::gcd(divisor, pods.weight) : divisor;
  }
  std::int64_t most_room = 0;
  for (const auto& [bin, count] : nodes.bins) {
    most_room = bin.kind == kind ? std::max(most_room, bin.room) : most_room;
  }
  return std::max({divisor, std::int64_t{1}, (most_room + kMostUnits - 1) / kMostUnits});
}

std::vector<double> DualFunction::WorthOf(const std::vector<Part>& parts, std::size_t group,
                                          const Prices& prices) const {
  std::vector<double> worth;
  for (const Part& part : parts) {
    const PieceClass& pods = relaxation_.classes[part.piece_class];
    const double price = (is_certain_[part.piece_class] ? 1 : prices.pods[part.piece_class]) +
                         prices.pods_of_group[group][part.in_group];
    double left = static_cast<double>(pods.size) * (1 - price);
    for (std::size_t r = 0; r < kResources; ++r) {
      left -= holds_[group] * prices.of_group[group][r] * ShareOf(group, r, pods);
    }
    worth.push_back(std::max(0.0, left) / static_cast<double>(pods.pieces));
  }
  return worth;
}

double DualFunction::ShareOf(std::size_t group, std::size_t resource,
                             const PieceClass& pods) const {
  const std::int64_t has = relaxation_.groups[group].has[resource];
  return has > 0 ? static_cast<double>(pods.needs[resource]) / static_cast<double>(has) : 0;
}

double DualFunction::AddBins(const Lane& lane, const Prices& prices, Bound& bound) const {
  const std::vector<double> worth = WorthOf(lane.parts, lane.group, prices);
  const std::vector<double> filler_worth = WorthOf(lane.fillers, lane.group, prices);
  const Knapsack knapsack(lane.parts, worth, lane.most_room);
  const auto dearest = std::ranges::max_element(filler_worth);
  double size = 0;
  for (const Lane::Bins& bins : lane.bins) {
    const double filled = bins.unused && dearest != filler_worth.end() ? *dearest : 0;
    const double packed = knapsack.Best(bins.room);
    size += bins.count * std::max(filled, packed);
    if (filled > packed) {
      const auto filler = static_cast<std::size_t>(dearest - filler_worth.begin());
      Charge(lane.fillers[filler], lane.group, bins.count, bound);
      continue;
    }
    knapsack.ForEachPiece(
        bins.room, [&](std::size_t i) { Charge(lane.parts[i], lane.group, bins.count, bound); });
  }
  return size;
}

void DualFunction::Charge(const Part& part, std::size_t group, double pieces, Bound& bound) const {
  const PieceClass& pods = relaxation_.classes[part.piece_class];
  const double count = pieces / static_cast<double>(pods.pieces);
  const double size = count * static_cast<double>(pods.size);
  bound.slope.pods[part.piece_class] -= size;
  bound.slope.pods_of_group[group][part.in_group] -= size;
  for (std::size_t r = 0; r < kResources; ++r) {
    bound.slope.of_group[group][r] -= count * holds_[group] * ShareOf(group, r, pods);
  }
}

}  // namespace berth::sim
