// The points that pods of one shape give each node, with the best of them at hand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace berth::sim {

class ScoreBoard {
 public:
  static constexpr std::int8_t kNoRoom = -1;

  // Nobody has room.
  explicit ScoreBoard(std::size_t nodes);

  void Set(std::size_t node, std::int8_t points);

  // nullopt: nobody has room. Else the first of those with the most points.
  std::optional<std::size_t> First() const;
  // How many have the most points; 0 where nobody has room. The i-th of them is at Nth(i).
  std::size_t CountBest() const;
  std::size_t Nth(std::size_t i) const;

 private:
  // Enough nodes that the list of blocks is short, few enough that one is looked through at once.
  static constexpr std::size_t kBlock = 64;

  std::int8_t Best() const;

  std::vector<std::int8_t> points_;  // filled up to whole blocks
  std::vector<std::int8_t> best_;    // by block
  std::vector<std::uint8_t> count_;  // of those with the block's best
};

}  // namespace berth::sim
