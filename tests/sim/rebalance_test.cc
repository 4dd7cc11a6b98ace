#include "berth/sim/rebalance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "berth/base/random.h"
#include "testing/trial.h"

namespace berth::sim {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Gt;
using tests::Docked;
using tests::SharedNode;
using tests::Trial;
using tests::Waits;

Rebalance Found(TrialCluster& cluster, const kube::PodObject& pod) {
  const std::optional<Rebalance> found = FewestMoves(cluster, pod);
  EXPECT_TRUE(found.has_value());
  return found.value_or(Rebalance{});
}

std::optional<Rebalance> Within(std::size_t moves, TrialCluster& cluster,
                                const kube::PodObject& pod) {
  return FewestMoves(cluster, pod, {.moves = moves});
}

TEST(Rebalance, MovesNobodyWhereItFits) {
  const auto cluster = Trial({SharedNode("a", 1, 10)}, {Docked("p", 4, "a", "0")});
  const Rebalance found = Found(*cluster, Waits("new", 6));
  EXPECT_EQ(found.node, "a");
  EXPECT_TRUE(found.moves.empty());
}

// Both nodes hold 4 of 10; whole devices are free once one of them has gone to the other.
TEST(Rebalance, MovesThePodThatFitsElsewhere) {
  const auto cluster = Trial({SharedNode("a", 1, 10), SharedNode("b", 1, 10)},
                             {Docked("p", 4, "a", "0"), Docked("q", 4, "b", "0")});
  const Rebalance found = Found(*cluster, Waits("new", 10));
  EXPECT_EQ(found.node, "a");
  ASSERT_EQ(found.moves.size(), 1U);
  EXPECT_EQ(found.moves[0].pod->name, "p");
  EXPECT_EQ(found.moves[0].to.node, "b");
}

// On a two have to go, on b one.
TEST(Rebalance, TakesTheNodeWithTheFewestMoves) {
  const auto cluster =
      Trial({SharedNode("a", 1, 10), SharedNode("b", 1, 10), SharedNode("c", 1, 8)},
            {Docked("p", 3, "a", "0"), Docked("q", 3, "a", "0"), Docked("r", 5, "b", "0")});
  const Rebalance found = Found(*cluster, Waits("new", 9));
  EXPECT_EQ(found.node, "b");
  ASSERT_EQ(found.moves.size(), 1U);
  EXPECT_EQ(found.moves[0].pod->name, "r");
  EXPECT_EQ(found.moves[0].to.node, "c");
}

TEST(Rebalance, MovesSeveralWhereOneIsNotEnough) {
  const auto cluster = Trial({SharedNode("a", 1, 10), SharedNode("b", 2, 8)},
                             {Docked("p", 3, "a", "0"), Docked("q", 3, "a", "0")});
  const Rebalance found = Found(*cluster, Waits("new", 10));
  EXPECT_EQ(found.moves.size(), 2U);
  EXPECT_FALSE(Within(1, *cluster, Waits("new", 10)));
}

TEST(Rebalance, FindsNothingWhereThereIsNoRoomElsewhere) {
  const auto cluster = Trial({SharedNode("a", 1, 10), SharedNode("b", 1, 10)},
                             {Docked("p", 6, "a", "0"), Docked("q", 6, "b", "0")});
  EXPECT_FALSE(FewestMoves(*cluster, Waits("new", 10)));
  EXPECT_FALSE(FewestMoves(*cluster, Waits("huge", 20)));
}

// p has to go and fits on b alone; there q makes room for it on c.
TEST(Rebalance, MovesOneToMakeRoomForAnother) {
  const auto cluster = Trial({SharedNode("a", 1, 10), SharedNode("b", 1, 8), SharedNode("c", 1, 4)},
                             {Docked("p", 6, "a", "0"), Docked("q", 3, "b", "0")});
  const Rebalance found = Found(*cluster, Waits("new", 10));
  EXPECT_EQ(found.node, "a");
  ASSERT_EQ(found.moves.size(), 2U);
  EXPECT_EQ(found.moves[0].pod->name, "q") << "there is no room for p before it has gone";
  EXPECT_EQ(found.moves[0].to.node, "c");
  EXPECT_THAT(found.moves[0].closed, ElementsAre("a", "b"));
  EXPECT_EQ(found.moves[1].pod->name, "p");
  EXPECT_EQ(found.moves[1].to.node, "b");
  EXPECT_THAT(found.moves[1].closed, ElementsAre("a"));
}

// Of a chain of three each waits for the next.
TEST(Rebalance, FollowsAChainToItsEnd) {
  const auto cluster = Trial(
      {SharedNode("a", 1, 10), SharedNode("b", 1, 9), SharedNode("c", 1, 8), SharedNode("d", 1, 7)},
      {Docked("p", 9, "a", "0"), Docked("q", 8, "b", "0"), Docked("r", 7, "c", "0")});
  const Rebalance found = Found(*cluster, Waits("new", 10));
  std::vector<std::string> moved;
  moved.reserve(found.moves.size());
  for (const Move& move : found.moves) {
    moved.push_back(move.pod->name + " to " + move.to.node);
  }
  EXPECT_THAT(moved, ElementsAre("r to d", "q to c", "p to b"));
  EXPECT_FALSE(Within(2, *cluster, Waits("new", 10)));
}

// p and q would fit in each other's place, but there is no room for either to go first.
TEST(Rebalance, DoesNotProposeARing) {
  const auto cluster =
      Trial({SharedNode("a", 1, 10), SharedNode("b", 1, 8)},
            {Docked("p", 7, "a", "0"), Docked("s", 3, "a", "0"), Docked("q", 4, "b", "0")});
  EXPECT_FALSE(FewestMoves(*cluster, Waits("new", 6)));
}

// q fits on b alone, which p would take first for it is the fuller one.
TEST(Rebalance, LeavesTheOnlyRoomToThePodThatHasNoOther) {
  const auto cluster = Trial({SharedNode("a", 1, 10), SharedNode("b", 1, 5), SharedNode("c", 1, 3)},
                             {Docked("p", 3, "a", "0"), Docked("q", 5, "a", "0")});
  const Rebalance found = Found(*cluster, Waits("new", 10));
  ASSERT_EQ(found.moves.size(), 2U);
  EXPECT_EQ(found.moves[0].pod->name, "q");
  EXPECT_EQ(found.moves[0].to.node, "b");
  EXPECT_EQ(found.moves[1].to.node, "c");
}

kube::NodeObject For(kube::NodeObject node, std::initializer_list<std::string> pods) {
  for (const std::string& pod : pods) {
    node.labels.emplace_back(pod, "welcome");
  }
  return node;
}

kube::PodObject Selecting(kube::PodObject pod) {
  pod.constraints.selector = {{pod.name, "welcome"}};
  return pod;
}

// Left alone p would go to b, which one of the others needs.
TEST(Rebalance, NamesTheNodesThatAPodMustNotDockOn) {
  const auto cluster =
      Trial({SharedNode("a", 1, 15), For(SharedNode("b", 1, 5), {"p", "q", "r"}),
             For(SharedNode("c", 1, 6), {"p"}), For(SharedNode("d", 1, 6), {"q", "r"})},
            {Selecting(Docked("p", 5, "a", "0")), Selecting(Docked("q", 5, "a", "0")),
             Selecting(Docked("r", 5, "a", "0"))});
  const Rebalance found = Found(*cluster, Waits("new", 15));
  ASSERT_EQ(found.moves.size(), 3U);
  EXPECT_EQ(found.moves[0].pod->name, "p");
  EXPECT_EQ(found.moves[0].to.node, "c");
  EXPECT_THAT(found.moves[0].closed, ElementsAre("a", "b"));
}

TEST(Rebalance, LeavesTheClusterAsItWas) {
  const auto cluster = Trial({SharedNode("a", 1, 10), SharedNode("b", 1, 10)},
                             {Docked("p", 4, "a", "0"), Docked("q", 4, "b", "0")});
  ASSERT_TRUE(FewestMoves(*cluster, Waits("new", 10)));
  EXPECT_FALSE(cluster->Dock(Waits("large", 7)).ok());
  EXPECT_TRUE(cluster->Dock(Waits("one", 6)).ok());
  EXPECT_TRUE(cluster->Dock(Waits("two", 6)).ok());
}

// Every sequence of up to `moves` moves, each pod once, of any pod to any node but the one on which
// room is made. The fewest with which the pod fits; nullopt: none.
class Exhaustive {
 public:
  Exhaustive(TrialCluster& cluster, const std::vector<std::string>& nodes,
             const kube::PodObject& pod)
      : cluster_(cluster), nodes_(nodes), pod_(pod) {}

  std::optional<std::size_t> Fewest(std::size_t limit) {
    for (std::size_t moves = 0; moves <= limit; ++moves) {
      for (const std::string& freed : nodes_) {
        if (Fits(freed, moves)) {
          return moves;
        }
      }
    }
    return std::nullopt;
  }

 private:
  bool Fits(const std::string& freed, std::size_t moves) {
    if (moves == 0) {
      const bool fits = cluster_.DockOn(pod_, freed).ok();
      cluster_.TakeAway(pod_);
      return fits;
    }
    bool fits = false;
    for (const kube::PodObject& pod : cluster_.docked()) {
      if (!moved_.insert(&pod).second) {
        continue;
      }
      cluster_.TakeAway(pod);
      for (const std::string& to : nodes_) {
        if (!fits && to != freed && to != pod.node_name && cluster_.DockOn(pod, to).ok()) {
          fits = Fits(freed, moves - 1);
          cluster_.TakeAway(pod);
        }
      }
      cluster_.PutBack(pod);
      moved_.erase(&pod);
    }
    return fits;
  }

  TrialCluster& cluster_;
  const std::vector<std::string>& nodes_;
  const kube::PodObject& pod_;
  std::set<const kube::PodObject*> moved_;
};

struct MadeCluster {
  std::vector<std::string> nodes;
  std::unique_ptr<TrialCluster> cluster;
};

// Four nodes of a device each, or three of two, that pods fill to two thirds or so.
MadeCluster Made(std::uint64_t seed, int devices) {
  Random random(seed);
  MadeCluster made;
  std::vector<kube::NodeObject> nodes;
  std::vector<kube::PodObject> pods;
  for (int n = 0; n < 5 - devices; ++n) {
    const int gib = 6 + static_cast<int>(random.Below(6));
    made.nodes.push_back(fmt::format("n{}", n));
    nodes.push_back(SharedNode(made.nodes.back(), devices, gib));
    for (int device = 0; device < devices; ++device) {
      for (int left = gib; left > (2 * gib) / 5;) {
        const int size = std::min(left, 2 + static_cast<int>(random.Below(5)));
        pods.push_back(Docked(fmt::format("p{}", pods.size()), size, made.nodes.back(),
                              std::to_string(device)));
        left -= size;
      }
    }
  }
  made.cluster = Trial(std::move(nodes), std::move(pods));
  return made;
}

// Somebody moves to make room elsewhere than on the node that is to be made room on.
bool HasAChain(const Rebalance& found) {
  return std::ranges::any_of(found.moves,
                             [&](const Move& move) { return move.pod->node_name != found.node; });
}

// What is printed can be done: with the named nodes cordoned each pod goes where it says.
void ExpectThatItCanBeDone(TrialCluster& cluster, const Rebalance& found,
                           const kube::PodObject& pod) {
  for (const Move& move : found.moves) {
    cluster.TakeAway(*move.pod);
    std::vector<std::string> choices = cluster.Choices(*move.pod);
    std::erase_if(choices, [&](const std::string& node) {
      return std::ranges::binary_search(move.closed, node);
    });
    ASSERT_FALSE(choices.empty());
    EXPECT_EQ(choices.front(), move.to.node);
    EXPECT_EQ(cluster.DockOn(*move.pod, move.to.node).devices, move.to.devices);
  }
  EXPECT_TRUE(cluster.DockOn(pod, found.node).ok());
}

class RebalanceOf : public testing::TestWithParam<int> {};

TEST_P(RebalanceOf, MakesAsFewMovesAsAnySequenceOfMoves) {
  constexpr std::size_t kLimit = 3;
  std::vector<int> by_moves(kLimit + 2, 0);  // the last: none
  int with_chains = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const MadeCluster made = Made(seed, GetParam());
    const kube::PodObject pod = Waits("new", 5 + static_cast<int>(seed % 6));
    const std::optional<std::size_t> fewest =
        Exhaustive(*made.cluster, made.nodes, pod).Fewest(kLimit);
    const std::optional<Rebalance> found = Within(kLimit, *made.cluster, pod);
    ASSERT_EQ(found.has_value(), fewest.has_value()) << "seed " << seed;
    ++by_moves[fewest.value_or(kLimit + 1)];
    if (found && fewest) {
      EXPECT_EQ(found->moves.size(), *fewest) << "seed " << seed;
      with_chains += HasAChain(*found) ? 1 : 0;
      ExpectThatItCanBeDone(*made.cluster, *found, pod);
    }
  }
  EXPECT_THAT(std::span(by_moves).subspan(1), Each(Gt(9))) << "of one move up to none found";
  EXPECT_GT(with_chains, 9);
}

INSTANTIATE_TEST_SUITE_P(Devices, RebalanceOf, testing::Values(1, 2));

}  // namespace
}  // namespace berth::sim
