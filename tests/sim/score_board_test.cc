#include "score_board.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "berth/sim/random.h"

namespace berth::sim {
namespace {

TEST(ScoreBoard, NobodyHasRoomAtFirst) {
  const ScoreBoard board(3);
  EXPECT_FALSE(board.First().has_value());
  EXPECT_EQ(board.CountBest(), 0U);
}

TEST(ScoreBoard, OfEqualNodesTheFirstIsTaken) {
  ScoreBoard board(100);
  board.Set(99, 7);
  board.Set(40, 7);
  board.Set(3, 6);
  EXPECT_EQ(board.First(), 40U);
  EXPECT_EQ(board.CountBest(), 2U);
  EXPECT_EQ(board.Nth(0), 40U);
  EXPECT_EQ(board.Nth(1), 99U);
}

TEST(ScoreBoard, NoPointsAreMoreThanNoRoom) {
  ScoreBoard board(2);
  board.Set(1, 0);
  EXPECT_EQ(board.First(), 1U);
  board.Set(1, ScoreBoard::kNoRoom);
  EXPECT_FALSE(board.First().has_value());
}

TEST(ScoreBoard, AgreesWithASearchThroughAll) {
  Random random(1);
  std::vector<std::int8_t> points(200, ScoreBoard::kNoRoom);
  ScoreBoard board(points.size());
  for (int i = 0; i < 5000; ++i) {
    const std::uint32_t node = random.Below(200);
    points[node] = static_cast<std::int8_t>(static_cast<int>(random.Below(5)) - 1);
    board.Set(node, points[node]);
    const auto most = std::ranges::max_element(points);
    if (*most == ScoreBoard::kNoRoom) {
      ASSERT_FALSE(board.First().has_value());
      continue;
    }
    ASSERT_EQ(board.First(), static_cast<std::size_t>(most - points.begin()));
    const auto count = static_cast<std::uint32_t>(std::ranges::count(points, *most));
    ASSERT_EQ(board.CountBest(), count);
    const std::uint32_t nth = random.Below(count);
    const std::size_t found = board.Nth(nth);
    ASSERT_EQ(points[found], *most);
    ASSERT_EQ(
        std::count(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(found), *most),
        nth);
  }
}

}  // namespace
}  // namespace berth::sim
