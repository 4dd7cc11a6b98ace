#include "berth/sim/rebalance.h"

#include <gtest/gtest.h>

#include "testing/trial.h"

namespace berth::sim {
namespace {

using tests::Docked;
using tests::SharedNode;
using tests::Trial;
using tests::Waits;

TEST(Rebalance, MovesNobodyWhereItFits) {
  const auto cluster = Trial({SharedNode("a", 1, 10)}, {Docked("p", 4, "a", "0")});
  const auto found = FewestMoves(*cluster, Waits("new", 6));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->node, "a");
  EXPECT_TRUE(found->moves.empty());
}

// Both nodes hold 4 of 10; whole devices are free once one of them has gone to the other.
TEST(Rebalance, MovesThePodThatFitsElsewhere) {
  const auto cluster = Trial({SharedNode("a", 1, 10), SharedNode("b", 1, 10)},
                             {Docked("p", 4, "a", "0"), Docked("q", 4, "b", "0")});
  const auto found = FewestMoves(*cluster, Waits("new", 10));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->node, "a");
  ASSERT_EQ(found->moves.size(), 1U);
  EXPECT_EQ(found->moves[0].pod->name, "p");
  EXPECT_EQ(found->moves[0].to.node, "b");
}

// On a two have to go, on b one.
TEST(Rebalance, TakesTheNodeWithTheFewestMoves) {
  const auto cluster =
      Trial({SharedNode("a", 1, 10), SharedNode("b", 1, 10), SharedNode("c", 1, 8)},
            {Docked("p", 3, "a", "0"), Docked("q", 3, "a", "0"), Docked("r", 5, "b", "0")});
  const auto found = FewestMoves(*cluster, Waits("new", 9));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->node, "b");
  ASSERT_EQ(found->moves.size(), 1U);
  EXPECT_EQ(found->moves[0].pod->name, "r");
  EXPECT_EQ(found->moves[0].to.node, "c");
}

TEST(Rebalance, MovesSeveralWhereOneIsNotEnough) {
  const auto cluster = Trial({SharedNode("a", 1, 10), SharedNode("b", 2, 8)},
                             {Docked("p", 3, "a", "0"), Docked("q", 3, "a", "0")});
  const auto found = FewestMoves(*cluster, Waits("new", 10));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->moves.size(), 2U);
  EXPECT_FALSE(FewestMoves(*cluster, Waits("new", 10), {.moves = 1}));
}

TEST(Rebalance, FindsNothingWhereThereIsNoRoomElsewhere) {
  const auto cluster = Trial({SharedNode("a", 1, 10), SharedNode("b", 1, 10)},
                             {Docked("p", 6, "a", "0"), Docked("q", 6, "b", "0")});
  EXPECT_FALSE(FewestMoves(*cluster, Waits("new", 10)));
  EXPECT_FALSE(FewestMoves(*cluster, Waits("huge", 20)));
}

TEST(Rebalance, LeavesTheClusterAsItWas) {
  const auto cluster = Trial({SharedNode("a", 1, 10), SharedNode("b", 1, 10)},
                             {Docked("p", 4, "a", "0"), Docked("q", 4, "b", "0")});
  ASSERT_TRUE(FewestMoves(*cluster, Waits("new", 10)));
  EXPECT_FALSE(cluster->Dock(Waits("large", 7)).ok());
  EXPECT_TRUE(cluster->Dock(Waits("one", 6)).ok());
  EXPECT_TRUE(cluster->Dock(Waits("two", 6)).ok());
}

}  // namespace
}  // namespace berth::sim
