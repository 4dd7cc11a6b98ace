#include "score_board.h"

#include <algorithm>

#include "berth/base/check.h"

namespace berth::sim {

ScoreBoard::ScoreBoard(std::size_t nodes)
    : points_((nodes + kBlock - 1) / kBlock * kBlock, kNoRoom),
      best_(points_.size() / kBlock, kNoRoom),
      count_(best_.size(), 0) {}

void ScoreBoard::Set(std::size_t node, std::int8_t points) {
  points_[node] = points;
  const std::size_t block = node / kBlock;
  const std::int8_t* in_block = &points_[block * kBlock];
  std::int8_t best = kNoRoom;
  for (std::size_t i = 0; i < kBlock; ++i) {
    best = std::max(best, in_block[i]);
  }
  std::uint8_t count = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    count = static_cast<std::uint8_t>(count + (in_block[i] == best ? 1 : 0));
  }
  best_[block] = best;
  count_[block] = count;
}

std::int8_t ScoreBoard::Best() const {
  std::int8_t best = kNoRoom;
  for (const std::int8_t points : best_) {
    best = std::max(best, points);
  }
  return best;
}

std::optional<std::size_t> ScoreBoard::First() const {
  const std::int8_t best = Best();
  if (best == kNoRoom) {
    return std::nullopt;
  }
  const auto block = static_cast<std::ptrdiff_t>(std::ranges::find(best_, best) - best_.begin());
  const auto begin = points_.begin() + (block * static_cast<std::ptrdiff_t>(kBlock));
  return static_cast<std::size_t>(std::find(begin, points_.end(), best) - points_.begin());
}

std::size_t ScoreBoard::CountBest() const {
  const std::int8_t best = Best();
  std::size_t count = 0;
  for (std::size_t block = 0; best != kNoRoom && block < best_.size(); ++block) {
    count += best_[block] == best ? count_[block] : 0U;
  }
  return count;
}

std::size_t ScoreBoard::Nth(std::size_t i) const {
  const std::int8_t best = Best();
  std::size_t block = 0;
  while (best_[block] != best || i >= count_[block]) {
    i -= best_[block] == best ? count_[block] : 0U;
    ++block;
    BERTH_CHECK(block < best_.size());  // there are not as many
  }
  std::size_t node = block * kBlock;
  while (points_[node] != best || i-- > 0) {
    ++node;
  }
  return node;
}

}  // namespace berth::sim
