#include "berth/plan/standby.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "berth/base/random.h"

namespace berth::plan {
namespace {

StandbyCase Of(double rate, double setup, double idle_cost) {
  return {.rate = rate, .setup = setup, .idle_cost = idle_cost};
}

// One start expected within a set-up: e^-1 = 0.368 for none, 0.736 for at most one, 0.920, 0.981.
TEST(StandbySlots, IsTheQuantileOfTheStartsWithinOneSetup) {
  EXPECT_EQ(StandbySlots(Of(0.1, 10, 0.7)), 0);
  EXPECT_EQ(StandbySlots(Of(0.1, 10, 0.3)), 1);
  EXPECT_EQ(StandbySlots(Of(0.1, 10, 0.1)), 2);
  EXPECT_EQ(StandbySlots(Of(0.1, 10, 0.05)), 3);
}

TEST(StandbySlots, OfManyIsNearToTheNormalQuantile) {
  EXPECT_NEAR(static_cast<double>(StandbySlots(Of(1000, 100, 0.05))),
              100'000 + (1.645 * std::sqrt(100'000)), 3);
}

TEST(StandbySlots, NoneWhereAllIsKnownInTime) {
  StandbyCase standby = Of(10, 30, 0.05);
  standby.lead = 30;
  EXPECT_EQ(StandbySlots(standby), 0);
  EXPECT_EQ(StartsWith(standby, 0).at_once, 1);
  EXPECT_EQ(StartsWith(standby, 0).mean, 0);
}

TEST(Starts, WithoutStandbyEachTakesWhatIsLeftOfItsSetup) {
  StandbyCase standby = Of(0.2, 30, 0.05);
  standby.lead = 10;
  const StartTimes starts = StartsWith(standby, 0);
  EXPECT_EQ(starts.at_once, 0);
  EXPECT_NEAR(starts.mean, 20, 1e-6);
  EXPECT_NEAR(starts.p99, 20, 1e-6);
}

// A slot that is taken is replaced from that moment on, by one that is ready a set-up later.
StartTimes Simulate(const StandbyCase& standby, std::size_t slots) {
  Random random(3);
  std::vector<double> ready(slots, 0.0);  // when the slots, in order of use, are ready
  std::vector<double> waits;
  double now = 0;
  for (std::size_t i = 0; i < 400'000; ++i) {
    now += random.Exponential(1 / standby.rate);
    ready.push_back(now + standby.setup);
    waits.push_back(std::max(0.0, ready[i] - now));
  }
  StartTimes starts;
  for (const double wait : waits) {
    starts.mean += wait / static_cast<double>(waits.size());
    starts.at_once += (wait == 0 ? 1.0 : 0.0) / static_cast<double>(waits.size());
  }
  const auto p99 = waits.begin() + static_cast<std::ptrdiff_t>(waits.size() * 99 / 100);
  std::ranges::nth_element(waits, p99);
  starts.p99 = *p99;
  return starts;
}

TEST(Starts, AreThoseOfASimulation) {
  const StandbyCase standby = Of(600.0 / 3600, 30, 0.05);
  for (const std::int64_t slots : {1, 4, 9}) {
    const StartTimes exact = StartsWith(standby, slots);
    const StartTimes simulated = Simulate(standby, static_cast<std::size_t>(slots));
    EXPECT_NEAR(exact.at_once, simulated.at_once, 0.005) << slots;
    EXPECT_NEAR(exact.mean, simulated.mean, 0.02 * simulated.mean + 0.01) << slots;
    EXPECT_NEAR(exact.p99, simulated.p99, 0.05 * simulated.p99) << slots;
  }
}

TEST(Starts, ReadySlotsAreThoseThatNobodyTook) {
  EXPECT_NEAR(StartsWith(Of(0.1, 10, 0.05), 100).idle, 99, 1e-9);
  EXPECT_NEAR(StartsWith(Of(0.1, 10, 0.05), 1).idle, std::exp(-1.0), 1e-9);
}

}  // namespace
}  // namespace berth::plan
