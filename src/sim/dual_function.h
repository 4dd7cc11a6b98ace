// The dual of a relaxation (relaxation.h): Lagrangian relaxation of what ties bins together. Nodes
// and pods have prices, and each bin is packed by itself with what is worth more than it pays.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "relaxation.h"

namespace berth::sim {

using Shares = std::array<double, kResources>;  // by Resource

// What a pod is charged: the multipliers. With any prices from 0 up, whatever is placed is of a
// size of at most
//
//   price x pods, over the classes, + price x most pods, over the groups' classes,
//   + price x amount, over the groups' resources, + the most that pieces in a bin are worth beyond
//   what they are charged, over the bins.
struct Prices {
  std::vector<double> pods;                        // by class, in parts of its size
  std::vector<std::vector<double>> pods_of_group;  // the same, by group and position in it
  std::vector<Shares> of_group;  // of all that there is of a resource, in parts of what bins hold
};

struct Bound {
  double size = 0;
  Prices slope;  // a subgradient: by how much it grows with each price
};

// Borrows the relaxation.
class DualFunction {
 public:
  explicit DualFunction(const Relaxation& relaxation);

  Prices ZeroPrices() const;
  // Every pod pays all that it is worth: where it docks if it is of a class that the nodes have no
  // room for, else at once.
  Prices FullPrices() const;
  Bound At(const Prices& prices) const;
  // About how many steps At takes.
  double Work() const;

 private:
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

  class Knapsack;

  void AddLanes(std::size_t group);
  Lane LaneOf(std::size_t group, int kind);
  std::int64_t UnitOf(const NodeGroup& nodes, int kind) const;

  void AddGroup(std::size_t group, const Prices& prices, Bound& bound) const;
  // The worth of what goes into the lane's bins. The bound falls with the prices of that.
  double AddBins(const Lane& lane, const Prices& prices, Bound& bound) const;
  void Charge(const Part& part, std::size_t group, double pieces, Bound& bound) const;
  // What a piece is worth in the lane beyond what it is charged; never below nothing, for it may be
  // left out.
  std::vector<double> WorthOf(const std::vector<Part>& parts, std::size_t group,
                              const Prices& prices) const;
  // What a pod takes of all that the group has.
  double ShareOf(std::size_t group, std::size_t resource, const PieceClass& pods) const;

  const Relaxation& relaxation_;
  std::vector<bool> is_certain_;  // by class: taken to be placed, all of it
  std::vector<double> holds_;     // by group: what its bins can hold, of any class
  std::vector<Lane> lanes_;
};

}  // namespace berth::sim
