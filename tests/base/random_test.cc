#include "berth/base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>

namespace berth {
namespace {

// Written down, so that another machine, compiler or C library that draws others is noticed.
TEST(Random, DrawsTheSameEverywhere) {
  Random random(42);
  EXPECT_EQ(random.Next(), 1865750160070900731U);
  EXPECT_EQ(random.Next(), 6791145067590612263U);
  EXPECT_EQ(Random(42).Uniform(), 0x1.9e479e2aaa778p-4);
  EXPECT_EQ(Random(42).Exponential(300), 0x1.57af0715eb393p+9);
  EXPECT_EQ(Random(42).Lognormal(0, 1), 0x1.cf99dbb7429d5p-2);
  EXPECT_EQ(Random(42).Gamma(0.0625), 0x1.ef48c84c120d7p-18);
  EXPECT_EQ(Random(42).Gamma(2.5), 0x1.326fcdd39591p+0);
}

TEST(Random, StreamsOfASeedDiffer) {
  EXPECT_NE(Random(42, 0).Next(), Random(42, 1).Next());
  EXPECT_NE(Random(42, 0).Next(), Random(43, 0).Next());
}

struct Moments {
  double mean = 0;
  double variance = 0;
};

template <typename Draw>
Moments MomentsOf(Draw draw) {
  constexpr int kDraws = 200'000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = draw();
    sum += x;
    squares += x * x;
  }
  const double mean = sum / kDraws;
  return {.mean = mean, .variance = (squares / kDraws) - (mean * mean)};
}

TEST(Random, UniformIsEven) {
  Random random(1);
  const Moments moments = MomentsOf([&] { return random.Uniform(); });
  EXPECT_NEAR(moments.mean, 0.5, 0.005);
  EXPECT_NEAR(moments.variance, 1.0 / 12, 0.002);
}

TEST(Random, BelowReachesEveryValueAlike) {
  Random random(2);
  std::array<int, 7> seen{};
  for (int i = 0; i < 70'000; ++i) {
    ++seen.at(random.Below(7));
  }
  for (const int count : seen) {
    EXPECT_NEAR(count, 10'000, 400);
  }
}

TEST(Random, ExponentialHasTheMeanAskedFor) {
  Random random(3);
  const Moments moments = MomentsOf([&] { return random.Exponential(300); });
  EXPECT_NEAR(moments.mean, 300, 5);
  EXPECT_NEAR(std::sqrt(moments.variance), 300, 6);
}

TEST(Random, LognormalHasTheMomentsOfItsParameters) {
  Random random(5);
  const Moments moments = MomentsOf([&] { return random.Lognormal(1, 0.5); });
  const double mean = std::exp(1.125);
  EXPECT_NEAR(moments.mean, mean, 0.01 * mean);
  EXPECT_NEAR(moments.variance, std::expm1(0.25) * mean * mean, 0.03 * mean * mean);
}

TEST(Random, GammaHasMeanAndVarianceOfItsShape) {
  for (const double shape : {0.0625, 0.5, 1.0, 3.5}) {
    Random random(4);
    const Moments moments = MomentsOf([&] { return random.Gamma(shape); });
    EXPECT_NEAR(moments.mean, shape, 0.03 * shape) << shape;
    EXPECT_NEAR(moments.variance, shape, 0.08 * shape) << shape;
  }
}

TEST(Zipf, SharesFallWithTheRankAndAddUp) {
  const std::vector<double> shares = ZipfShares(96, 1.0);
  EXPECT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), 1, 1e-12);
  EXPECT_NEAR(shares[0] / shares[1], 2, 1e-12);
  EXPECT_NEAR(shares[0] / shares[95], 96, 1e-9);
}

TEST(Zipf, WithoutExponentAllAreAlike) {
  for (const double share : ZipfShares(4, 0)) {
    EXPECT_DOUBLE_EQ(share, 0.25);
  }
}

}  // namespace
}  // namespace berth
