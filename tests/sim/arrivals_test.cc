#include "berth/sim/arrivals.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include "replay_builders.h"

namespace berth::sim {
namespace {

Millidevices DemandOf(const std::vector<TracePod>& pods, const std::vector<std::uint32_t>& rows) {
  Millidevices sum;
  for (const std::uint32_t row : rows) {
    sum += pods[row].demand();
  }
  return sum;
}

TEST(InflatedArrivals, AskWhatIsWanted) {
  const auto pods = PodsOf("1,1,1,300,\n1,1,1,1000,\n1,1,0,0,\n1,1,2,1000,\n");
  const auto nodes = NodesOf("9000,9,10,\n");
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto rows = InflatedArrivals(nodes, pods, 130, seed);
    EXPECT_LE(DemandOf(pods, rows), Millidevices(13'000));
    EXPECT_GT(DemandOf(pods, rows), Millidevices(11'000)) << "the next asks 2000 at most";
    // Each row comes among the first four.
    EXPECT_EQ(std::set<std::uint32_t>(rows.begin(), rows.begin() + 4).size(), 4U);
  }
  EXPECT_EQ(InflatedArrivals(nodes, pods, 130, 7), InflatedArrivals(nodes, pods, 130, 7));
  EXPECT_NE(InflatedArrivals(nodes, pods, 130, 7), InflatedArrivals(nodes, pods, 130, 8));
}

TEST(InflatedArrivals, LeaveOutPodsWhereTooManyAsk) {
  const auto pods = PodsOf("1,1,1,1000,\n1,1,1,1000,\n1,1,1,1000,\n1,1,1,1000,\n");
  const auto nodes = NodesOf("9000,9,2,\n");
  const auto rows = InflatedArrivals(nodes, pods, 100, 1);
  EXPECT_EQ(rows.size(), 2U);
  EXPECT_NE(rows[0], rows[1]);
}

TEST(InflatedArrivals, OfPodsWithoutDevicesEachComesOnce) {
  const auto pods = PodsOf("1,1,0,0,\n1,1,0,0,\n");
  EXPECT_EQ(InflatedArrivals(NodesOf("9000,9,2,\n"), pods, 100, 1).size(), 2U);
}

TEST(GrownNodes, AreTheRowsInTurnWithNamesOfTheirOwn) {
  const auto grown = GrownNodes(NodesOf("1,1,2,\n1,1,8,\n1,1,4,\n"), 5);
  ASSERT_EQ(grown.size(), 5U);
  EXPECT_EQ(grown[0].name, "node-0-0");
  EXPECT_EQ(grown[4].name, "node-1-1");
  EXPECT_EQ(grown[4].devices, 8);
}

TEST(DrawnArrivals, AreRowsOfTheSeed) {
  const auto rows = DrawnArrivals(3, 1000, 5);
  EXPECT_EQ(rows.size(), 1000U);
  EXPECT_EQ(std::ranges::max(rows), 2U);
  EXPECT_EQ(rows, DrawnArrivals(3, 1000, 5));
  EXPECT_NE(rows, DrawnArrivals(3, 1000, 6));
}

}  // namespace
}  // namespace berth::sim
