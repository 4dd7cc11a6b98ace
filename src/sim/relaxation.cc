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
  std::size_t weight = 0;  // in units; 0: it fills an unused bin
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
//   price x pods, over the classes, + price x amount, over the groups' resources,
//   + the most that pieces in a bin are worth beyond what they are charged, over the bins.
struct Prices {
  std::vector<double> pods;      // by class, in parts of its size
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
    return {.pods = std::vector<double>(relaxation_.classes.size(), 0),
            .of_group = std::vector<Shares>(relaxation_.groups.size(), Shares{})};
  }

  // Every pod pays all that it is worth.
  Prices Full() const {
    Prices prices = Free();
    std::ranges::fill(prices.pods, 1);
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
      for (std::size_t r = 0; r < kResources; ++r) {
        if (relaxation_.groups[group].has[r] > 0) {
          bound.size += holds_[group] * prices.of_group[group][r];
          bound.slope.of_group[group][r] = holds_[group];
        }
      }
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
  void AddLanes(std::size_t group) {
    std::set<int> kinds;
    for (const std::size_t i : relaxation_.groups[group].classes) {
      kinds.insert(relaxation_.classes[i].bin_kind);
    }
    for (const int kind : kinds) {
      lanes_.push_back(LaneOf(group, kind));
    }
  }

  Lane LaneOf(std::size_t group, int kind) {
    const NodeGroup& nodes = relaxation_.groups[group];
    const std::int64_t unit = UnitOf(nodes, kind);
    Lane lane{.group = group, .parts = {}, .fillers = {}, .bins = {}, .most_room = 0};
    for (const std::size_t i : nodes.classes) {
      const PieceClass& pods = relaxation_.classes[i];
      if (pods.bin_kind != kind) {
        continue;
      }
      const auto weight = static_cast<std::size_t>(pods.weight / unit);
      if (pods.fills_bin) {
        lane.fillers.push_back({.piece_class = i, .weight = 0});
      } else if (weight > 0) {
        lane.parts.push_back({.piece_class = i, .weight = weight});
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
    for (const std::size_t i : nodes.classes) {
      const PieceClass& pods = relaxation_.classes[i];
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
      const double price = is_certain_[part.piece_class] ? 1 : prices.pods[part.piece_class];
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
    bound.slope.pods[part.piece_class] -= count * static_cast<double>(pods.size);
    for (std::size_t r = 0; r < kResources; ++r) {
      bound.slope.of_group[group][r] -= count * holds_[group] * ShareOf(group, r, pods);
    }
  }

  const Relaxation& relaxation_;
  std::vector<bool> is_certain_;  // by class: taken to be placed, all of it
  std::vector<double> holds_;     // by group: what its bins can hold, of any class
  std::vector<Lane> lanes_;
};

// Goes down the slope of the bound, by as much as it would take to get to `reached` if the slope
// stayed as it is (Polyak); less far each time that nothing better is found for a while.
class Descent {
 public:
  Descent(const Bounds& bounds, double reached) : bounds_(bounds), reached_(reached) {
    Take(bounds.Free());
    Take(bounds.Full());
    GoBack();
  }

  double Run() {
    constexpr int kPatience = 15;
    const int rounds = static_cast<int>(std::min<double>(kMostRounds, kMostWork / bounds_.Work()));
    double step = 1;
    int in_vain = 0;
    for (int round = 0; round < rounds && best_.size >= reached_ + 1; ++round) {
      if (!Go(step)) {
        break;
      }
      in_vain = Take(at_) ? 0 : in_vain + 1;
      if (in_vain == kPatience) {
        in_vain = 0;
        step /= 2;
        GoBack();
      }
    }
    return best_.size;
  }

 private:
  // True: it is the least bound so far.
  bool Take(const Prices& prices) {
    bound_ = bounds_.At(prices);
    if (best_prices_.pods.empty() || bound_.size < best_.size) {
      best_ = bound_;
      best_prices_ = prices;
      return true;
    }
    return false;
  }

  void GoBack() {
    at_ = best_prices_;
    bound_ = best_;
  }

  // False: there is no way down.
  bool Go(double step) {
    double squares = 0;
    ForEachPrice([&squares](double& /*price*/, double slope) { squares += slope * slope; });
    if (squares <= 0) {
      return false;
    }
    const double move = step * (bound_.size - reached_) / squares;
    ForEachPrice([move](double& price, double slope) { price -= move * slope; });
    for (double& price : at_.pods) {
      price = std::clamp(price, 0.0, 1.0);
    }
    for (Shares& prices : at_.of_group) {
      for (double& price : prices) {
        price = std::max(price, 0.0);
      }
    }
    return true;
  }

  // But for those that would leave their range.
  template <typename Visit>
  void ForEachPrice(Visit visit) {
    for (std::size_t i = 0; i < at_.pods.size(); ++i) {
      const double slope = bound_.slope.pods[i];
      if (slope > 0 ? at_.pods[i] > 0 : at_.pods[i] < 1) {
        visit(at_.pods[i], slope);
      }
    }
    for (std::size_t group = 0; group < at_.of_group.size(); ++group) {
      for (std::size_t r = 0; r < kResources; ++r) {
        const double slope = bound_.slope.of_group[group][r];
        if (slope < 0 || at_.of_group[group][r] > 0) {
          visit(at_.of_group[group][r], slope);
        }
      }
    }
  }

  const Bounds& bounds_;
  const double reached_;
  Prices at_;
  Bound bound_;  // there
  Prices best_prices_;
  Bound best_;
};

}  // namespace

std::int64_t UpperBound(const Relaxation& relaxation, std::int64_t reached) {
  const Bounds bounds(relaxation);
  const double bound = Descent(bounds, static_cast<double>(reached)).Run();
  // Sizes are whole; the sums above are exact to many more digits than this.
  return static_cast<std::int64_t>(std::floor((bound * (1 + 1e-10)) + 1e-6));
}

}  // namespace berth::sim
