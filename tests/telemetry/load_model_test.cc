#include "berth/telemetry/load_model.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "testing/case_name.h"

namespace berth::telemetry {
namespace {

using namespace std::chrono_literals;
using tests::CaseName;

struct LoadCase {
  std::string name;
  Signals signals;
  double max_batch = 0;
  double want = 0;
};

class Load : public ::testing::TestWithParam<LoadCase> {};

TEST_P(Load, FollowsTheFormula) {
  EXPECT_DOUBLE_EQ(NormalisedLoad(GetParam().signals, GetParam().max_batch, LoadModel()),
                   GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Formula, Load,
    ::testing::Values(
        LoadCase{"Idle", {.running = 0, .waiting = 0, .cache_usage = 0}, 0, 0},
        LoadCase{"NothingTold", {}, 0, 0},
        LoadCase{"CacheOutweighsBatch", {.running = 32, .waiting = 0, .cache_usage = 0.2}, 0, 0.25},
        LoadCase{"Half", {.running = 128, .waiting = 0, .cache_usage = 0.5}, 0, 0.625},
        LoadCase{"HalfAndOneWaiting",
                 {.running = 128, .waiting = 1, .cache_usage = 0.5},
                 0,
                 1 - 0.375 * 5 / 6},
        LoadCase{
            "HalfAndFiveWaiting", {.running = 128, .waiting = 5, .cache_usage = 0.5}, 0, 0.8125},
        LoadCase{"BatchFull", {.running = 256}, 0, 1},
        LoadCase{"CacheFull", {.cache_usage = 0.8}, 0, 1},
        LoadCase{"BeyondFull", {.running = 900, .cache_usage = 1.2}, 0, 1},
        LoadCase{"Classic", {.running = 2, .classic = true}, 0, 0.25},
        LoadCase{"TwoBatchers", {.running = 128, .instances = 2}, 0, 0.25},
        LoadCase{"OwnersBatch", {.running = 32}, 64, 0.5},
        LoadCase{"ServersCapacity", {.running = 32, .capacity = 128}, 64, 0.25},
        LoadCase{"CapacityOfZeroIsNone", {.running = 64, .capacity = 0}, 0, 0.25},
        LoadCase{"Utilisation", {.running = 1, .utilisation = 0.7}, 0, 0.7}),
    CaseName);

// Never outside 0..1, and more of anything is never less load.
TEST(Load, IsBoundedAndMonotone) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> share(0, 1.5);
  std::exponential_distribution<double> count(0.01);
  for (int i = 0; i < 20000; ++i) {
    const Signals signals{.running = count(random),
                          .waiting = count(random),
                          .cache_usage = share(random),
                          .utilisation = share(random)};
    const double load = NormalisedLoad(signals, 0, LoadModel());
    ASSERT_GE(load, 0);
    ASSERT_LE(load, 1);
    for (const auto member :
         {&Signals::running, &Signals::waiting, &Signals::cache_usage, &Signals::utilisation}) {
      Signals more = signals;
      more.*member = *(more.*member) + share(random);
      ASSERT_GE(NormalisedLoad(more, 0, LoadModel()), load);
    }
  }
}

TEST(Smoothing, GoesHalfTheWayInOneHalfLife) {
  EXPECT_DOUBLE_EQ(SmoothingShare(5s, 5s), 0.5);
  EXPECT_DOUBLE_EQ(SmoothingShare(10s, 5s), 0.75);
  EXPECT_EQ(SmoothingShare(0s, 5s), 0);
  EXPECT_EQ(SmoothingShare(-5s, 5s), 0);
}

TEST(Confidence, HalvesOnceASampleIsNotFresh) {
  const LoadModel model;
  EXPECT_EQ(Confidence(0s, model), 1);
  EXPECT_EQ(Confidence(30s, model), 1);
  EXPECT_DOUBLE_EQ(Confidence(90s, model), 0.5);
  EXPECT_DOUBLE_EQ(Confidence(150s, model), 0.25);
  EXPECT_GT(Confidence(300s, model), 0);
  EXPECT_EQ(Confidence(301s, model), 0);
}

}  // namespace
}  // namespace berth::telemetry
