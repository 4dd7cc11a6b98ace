#include "berth/sim/event_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace berth::sim {
namespace {

using namespace std::chrono_literals;

TEST(EventQueue, GivesEventsInTheOrderOfTheirTimeThenOfTheirComing) {
  EventQueue<std::string> events;
  events.Push(3s, "third");
  events.Push(1s, "first");
  events.Push(2s, "second");
  events.Push(1s, "first too");
  std::vector<std::string> seen;
  std::vector<Duration> times;
  while (!events.empty()) {
    seen.push_back(events.Pop());
    times.push_back(events.now());
  }
  EXPECT_THAT(seen, testing::ElementsAre("first", "first too", "second", "third"));
  EXPECT_THAT(times, testing::ElementsAre(1s, 1s, 2s, 3s));
}

TEST(EventQueue, AnEventMayCauseAnotherAtItsOwnTime) {
  EventQueue<int> events;
  events.Push(1s, 1);
  events.Push(2s, 3);
  EXPECT_EQ(events.Pop(), 1);
  events.Push(events.now(), 2);
  EXPECT_EQ(events.Pop(), 2);
  EXPECT_EQ(events.Pop(), 3);
}

TEST(FromSeconds, RoundsToNanoseconds) {
  EXPECT_EQ(FromSeconds(1.5).count(), 1'500'000'000);
  EXPECT_EQ(FromSeconds(0.000'000'001'6).count(), 2);
  EXPECT_EQ(FromSeconds(-0.000'000'001'6).count(), -2);
}

}  // namespace
}  // namespace berth::sim
