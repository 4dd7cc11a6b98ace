#include "berth/plan/queueing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>
#include <vector>

#include "berth/base/random.h"

namespace berth::plan {
namespace {

constexpr Service kExponential{.mean = 1, .cv2 = 1};
constexpr Service kShop{.mean = 0.0008, .cv2 = 0.328125};

// By the recurrence B(k) = a B(k-1) / (k + a B(k-1)), elsewhere.
TEST(ErlangC, IsErlangs) {
  EXPECT_DOUBLE_EQ(ErlangC(1, 0.5), 0.5);  // one slot: the use itself
  EXPECT_NEAR(ErlangC(2, 1), 1.0 / 3, 1e-12);
  EXPECT_NEAR(ErlangC(10, 8), 0.409180, 1e-6);
  EXPECT_NEAR(ErlangC(100, 90), 0.216940, 1e-6);
  EXPECT_EQ(ErlangC(5, 0), 0);
}

TEST(ErlangC, VanishesAndSaturatesInLargeFleets) {
  EXPECT_EQ(ErlangC(100'000, 0.00926), 0);
  EXPECT_EQ(ErlangC(10'000'000, 1'000'000), 0);
  EXPECT_GT(ErlangC(10'000'000, 9'999'999), 0.999);
}

TEST(Queue, OfOneSlotIsPollaczekAndKhinchins) {
  EXPECT_NEAR(QueueOf(0.5, kExponential, 1).mean, 1, 1e-12);
  EXPECT_NEAR(QueueOf(0.5, {.mean = 1, .cv2 = 0}, 1).mean, 0.5, 1e-12);
  EXPECT_NEAR(QueueOf(0.8, kExponential, 1).p99, std::log(80.0) / 0.2, 1e-9);
}

TEST(Queue, NobodyOfNinetyNineWaitsWhereFewerThanOneInAHundredDoes) {
  EXPECT_EQ(QueueOf(0.01, kExponential, 1).p99, 0);
  EXPECT_GT(QueueOf(0.011, kExponential, 1).p99, 0);
}

TEST(SlotsNeeded, IsTheLeastThatKeepsThePromise) {
  for (const double rate : {1.0, 11.574, 1000.0, 123'456.0, 50'000'000.0}) {
    for (const double p99 : {0.0, 0.0001, 0.001, 0.1}) {
      const std::int64_t slots = SlotsNeeded(rate, kShop, p99);
      EXPECT_LE(QueueOf(rate, kShop, slots).p99, p99) << rate << " " << p99;
      if (static_cast<double>(slots - 1) > rate * kShop.mean) {
        EXPECT_GT(QueueOf(rate, kShop, slots - 1).p99, p99) << rate << " " << p99;
      }
    }
  }
}

TEST(SlotsNeeded, OneSlotCarriesTheShop) { EXPECT_EQ(SlotsNeeded(1e6 / 86'400, kShop, 0), 1); }

TEST(RateCarried, IsTheHighestThatKeepsThePromise) {
  for (const std::int64_t slots : {1, 100, 100'000}) {
    const double rate = RateCarried(kShop, slots, 0.001);
    EXPECT_LE(SlotsNeeded(rate, kShop, 0.001), slots);
    EXPECT_GT(SlotsNeeded(rate * 1.0001 + 0.1, kShop, 0.001), slots);
  }
}

struct Simulated {
  double mean = 0;
  double p99 = 0;
};

// First come first served, Poisson arrivals, the shop's mix of service times; in milliseconds.
Simulated Simulate(double rate, int slots) {
  Random random(11);
  std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
  for (int i = 0; i < slots; ++i) {
    free_at.push(0);
  }
  std::vector<double> waits;
  double now = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    now += random.Exponential(1 / rate);
    const double start = std::max(now, free_at.top());
    const double kind = random.Uniform();
    free_at.pop();
    free_at.push(start + (kind < 0.6 ? 0.5 : kind < 0.9 ? 1 : 2));
    waits.push_back(start - now);
  }
  double mean = 0;
  for (const double wait : waits) {
    mean += wait / static_cast<double>(waits.size());
  }
  const auto p99 = waits.begin() + 989'999;
  std::ranges::nth_element(waits, p99);
  return {.mean = mean, .p99 = *p99};
}

// An approximation with known limits: docs/planning.md.
TEST(Queue, IsNearToASimulation) {
  for (const int slots : {1, 4, 20}) {
    for (const double use : {0.7, 0.9}) {
      const double rate = use * slots / 0.8;
      const Simulated simulated = Simulate(rate, slots);
      const Queue queue = QueueOf(rate, {.mean = 0.8, .cv2 = kShop.cv2}, slots);
      EXPECT_NEAR(queue.mean, simulated.mean, 0.08 * simulated.mean) << slots << " " << use;
      EXPECT_NEAR(queue.p99, simulated.p99, 0.08 * simulated.p99) << slots << " " << use;
    }
  }
}

}  // namespace
}  // namespace berth::plan
