#include "berth/base/portable_math.h"

#include <gtest/gtest.h>

#include <cmath>

namespace berth {
namespace {

TEST(PortableMath, IsTheCLibrarysToAFewUnitsOfTheLastPlace) {
  for (const double x : {1e-300, 1e-9, 0.5, 0.99, 1.0, 1.01, 2.0, 12345.6, 1e300}) {
    EXPECT_NEAR(Log(x), std::log(x), 1e-15 * (1 + std::abs(std::log(x)))) << x;
  }
  for (const double x : {-700.0, -1.0, -1e-9, 0.0, 0.3, 1.0, 20.5, 700.0}) {
    EXPECT_NEAR(Exp(x), std::exp(x), 4e-16 * (1 + std::abs(x)) * std::exp(x)) << x;
  }
}

TEST(PortableMath, VanishesFarBelowZero) { EXPECT_EQ(Exp(-1e6), 0); }

}  // namespace
}  // namespace berth
