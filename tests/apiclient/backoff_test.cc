#include "berth/apiclient/backoff.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

namespace berth::apiclient {
namespace {

using namespace std::chrono_literals;

std::vector<Duration> Delays(Backoff& backoff, int count) {
  std::vector<Duration> delays;
  delays.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    delays.push_back(backoff.Next());
  }
  return delays;
}

TEST(Backoff, DoublesFromTheLeastDelayToTheMost) {
  Backoff backoff(500ms, 30s, [] { return 0.0; });
  EXPECT_EQ(Delays(backoff, 7), (std::vector<Duration>{500ms, 1s, 2s, 4s, 8s, 15s, 15s}));
}

TEST(Backoff, JitterAddsUpToAsMuchAgainAndNeverPassesTheMost) {
  Backoff backoff(500ms, 30s, [] { return 0.75; });
  EXPECT_EQ(Delays(backoff, 7),
            (std::vector<Duration>{875ms, 1750ms, 3500ms, 7s, 14s, 26250ms, 26250ms}));
}

TEST(Backoff, BeginsAnewAfterASuccess) {
  Backoff backoff(500ms, 30s, [] { return 0.0; });
  EXPECT_EQ(Delays(backoff, 3), (std::vector<Duration>{500ms, 1s, 2s}));
  backoff.Reset();
  EXPECT_EQ(backoff.Next(), 500ms);
}

TEST(Random, StaysBelowOneAndDiffersFromDrawToDraw) {
  const Random random = SeededFromSystem();
  double previous = -1;
  for (int i = 0; i < 1000; ++i) {
    const double drawn = random();
    ASSERT_GE(drawn, 0.0);
    ASSERT_LT(drawn, 1.0);
    ASSERT_NE(drawn, previous);
    previous = drawn;
  }
}

TEST(Sleep, EndsAtOnceWhenStopped) {
  std::jthread sleeper([](const std::stop_token& stop) { SleepUntilStopped(1h, stop); });
  const auto start = std::chrono::steady_clock::now();
  sleeper.request_stop();
  sleeper.join();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

}  // namespace
}  // namespace berth::apiclient
