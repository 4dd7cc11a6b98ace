#include "relaxation.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <utility>

namespace berth::sim {
namespace {

// Bins are divided so finely at most. Where their room or what goes in is no multiple of a unit,
// both are rounded down: what fits still fits.
constexpr std::int64_t kMostUnits = 512;
constexpr int kMostRounds = 20'000;
constexpr double kMostWork = 2e9;  // steps of all rounds together, about

// A class whose pieces go into the bins of a lane.
struct Part {
  std::size_t piece_class = 0;
  std::size_t in_group = 0;  // the same class, by position in NodeGroup::classes
  std::size_t weight = 0;    // in units; 0: it fills an unused bin
};

// The bins of one kind in one group, and what may go there.
struct Lane {
  std::size_t group = 0;
  std::vector<Part> parts;
  std::vector<Part> fillers;
  struct Bins {
    std::size_t room = 0;  // in units
    bool unused = false;
    double count = 0;
  };
  std::vector<Bins> bins;
  std::size_t most_room = 0;
};

using Shares = std::array<double, kResources>;  // by Resource

// What a pod is charged. With any prices from 0 up, whatever is placed is of a size of at most
//
//   price x pods, over the classes, + price x most pods, over the groups' classes,
//   + price x amount, over the groups' resources, + the most that pieces in a bin are worth beyond
//   what they are charged, over the bins.
struct Prices {
  std::vector<double> pods;                        // by class, in parts of its size
  std::vector<std::vector<double>> pods_of_group;  // the same, by group and position in it
  std::vector<Shares> of_group;  // of all that there is of a resource, in parts of Bounds::holds_
};

struct Bound {
  double size = 0;
  Prices slope;  // by how much it grows with each price
};

// The most that pieces of these weights and worths add up to, by the room that they have.
class Knapsack {
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

class Bounds {
 public:
  explicit Bounds(const Relaxation& relaxation)
      : relaxation_(relaxation),
        is_certain_(relaxation.classes.size(), false),
        holds_(relaxation.groups.size(), 0) {
    for (std::size_t group = 0; group < relaxation.groups.size(); ++group) {
      AddLanes(group);
    }
    Bound without_prices{.slope = Free()};
    for (const Lane& lane : lanes_) {
      holds_[lane.group] += AddBins(lane, Free(), without_prices);
    }
  }

  Prices Free() const {
    Prices prices{.pods = std::vector<double>(relaxation_.classes.size(), 0),
                  .pods_of_group = {},
                  .of_group = std::vector<Shares>(relaxation_.groups.size(), Shares{})};
    for (const NodeGroup& group : relaxation_.groups) {
      prices.pods_of_group.emplace_back(group.classes.size(), 0);
    }
    return prices;
  }

  // Every pod pays all that it is worth: where it docks if it is of a class that the nodes have no
  // room for, else at once.
  Prices Full() const {
    std::vector<std::int64_t> most(relaxation_.classes.size(), 0);
    for (const NodeGroup& group : relaxation_.groups) {
      for (const NodeGroup::Class& pods : group.classes) {
        most[pods.position] += pods.most;
      }
    }
    Prices prices = Free();
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

  Bound At(const Prices& prices) const {
    Bound bound{.size = 0, .slope = Free()};
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

  // About how many steps At takes.
  double Work() const {
    double work = 1;
    for (const Lane& lane : lanes_) {
      work += static_cast<double>((lane.parts.size() + 1) * (lane.most_room + 1));
    }
    return work;
  }

 private:
  void AddGroup(std::size_t group, const Prices& prices, Bound& bound) const {
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

  void AddLanes(std::size_t group) {
    std::set<int> kinds;
    for (const NodeGroup::Class& i : relaxation_.groups[group].classes) {
      kinds.insert(relaxation_.classes[i.position].bin_kind);
    }
    for (const int kind : kinds) {
      lanes_.push_back(LaneOf(group, kind));
    }
  }

  Lane LaneOf(std::size_t group, int kind) {
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

  std::int64_t UnitOf(const NodeGroup& nodes, int kind) const {
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

  // What a piece is worth in the lane beyond what it is charged; never below nothing, for it may
  // be left out.
  std::vector<double> WorthOf(const std::vector<Part>& parts, std::size_t group,
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

  // What a pod takes of all that the group has.
  double ShareOf(std::size_t group, std::size_t resource, const PieceClass& pods) const {
    const std::int64_t has = relaxation_.groups[group].has[resource];
    return has > 0 ? static_cast<double>(pods.needs[resource]) / static_cast<double>(has) : 0;
  }

  // The worth of what goes into the lane's bins. The bound falls with the prices of that.
  double AddBins(const Lane& lane, const Prices& prices, Bound& bound) const {
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

  void Charge(const Part& part, std::size_t group, double pieces, Bound& bound) const {
    const PieceClass& pods = relaxation_.classes[part.piece_class];
    const double count = pieces / static_cast<double>(pods.pieces);
    const double size = count * static_cast<double>(pods.size);
    bound.slope.pods[part.piece_class] -= size;
    bound.slope.pods_of_group[group][part.in_group] -= size;
    for (std::size_t r = 0; r < kResources; ++r) {
      bound.slope.of_group[group][r] -= count * holds_[group] * ShareOf(group, r, pods);
    }
  }

  const Relaxation& relaxation_;
  std::vector<bool> is_certain_;  // by class: taken to be placed, all of it
  std::vector<double> holds_;     // by group: what its bins can hold, of any class
  std::vector<Lane> lanes_;
};

// Goes down the slope of the bound, each time by as much as would take it so far below the least
// that was found if the slope stayed as it is (Polyak). Hopes for half as much when nothing is
// found for a while.
class Descent {
 public:
  Descent(const Bounds& bounds, double reached) : bounds_(bounds), reached_(reached) {
    Start(bounds.Free());
    if (const Bound full = bounds.At(bounds.Full()); full.size < bound_.size) {
      Start(bounds.Full());
    }
  }

  double Run() {
    constexpr int kPatience = 50;
    const int rounds = static_cast<int>(std::min<double>(kMostRounds, kMostWork / bounds_.Work()));
    double hope = (least_ - reached_) / 2;
    int in_vain = 0;
    for (int round = 0; round < rounds && least_ >= reached_ + 1 && hope >= 0.25; ++round) {
      if (!Go(std::max(reached_, least_ - hope))) {
        break;
      }
      in_vain = bound_.size < least_ ? 0 : in_vain + 1;
      least_ = std::min(least_, bound_.size);
      if (in_vain == kPatience) {
        in_vain = 0;
        hope /= 2;
      }
    }
    return least_;
  }

 private:
  void Start(Prices prices) {
    at_ = std::move(prices);
    bound_ = bounds_.At(at_);
    least_ = bound_.size;
  }

  // False: there is no way down.
  bool Go(double target) {
    double squares = 0;
    ForEachPrice([&squares](double& /*price*/, double slope) { squares += slope * slope; });
    if (squares <= 0) {
      return false;
    }
    const double move = (bound_.size - target) / squares;
    ForEachPrice(
        [move](double& price, double slope) { price = std::max(0.0, price - (move * slope)); });
    bound_ = bounds_.At(at_);
    return true;
  }

  // But for those that would fall below 0.
  template <typename Visit>
  void ForEachPrice(Visit visit) {
    const auto visit_all = [&visit](auto& prices, const auto& slopes) {
      for (std::size_t i = 0; i < prices.size(); ++i) {
        if (slopes[i] < 0 || prices[i] > 0) {
          visit(prices[i], slopes[i]);
        }
      }
    };
    visit_all(at_.pods, bound_.slope.pods);
    for (std::size_t group = 0; group < at_.of_group.size(); ++group) {
      visit_all(at_.pods_of_group[group], bound_.slope.pods_of_group[group]);
      visit_all(at_.of_group[group], bound_.slope.of_group[group]);
    }
  }

  const Bounds& bounds_;
  const double reached_;
  Prices at_;
  Bound bound_;  // there
  double least_ = 0;
};

}  // namespace

std::int64_t UpperBound(const Relaxation& relaxation, std::int64_t reached) {
  const Bounds bounds(relaxation);
  const double bound = Descent(bounds, static_cast<double>(reached)).Run();
  // Sizes are whole; the sums above are exact to many more digits than this.
  return static_cast<std::int64_t>(std::floor((bound * (1 + 1e-10)) + 1e-6));
}

}  // namespace berth::sim
