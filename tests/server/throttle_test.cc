#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "operations_fixture.h"

namespace berth::server {
namespace {

class ThrottleTest : public OperationsTest {
 protected:
  net::Response Ask(const std::string& path) { return Serve(routes_, "GET", path); }

  Throttle throttle_{2, clock_};
  const std::vector<net::Route> routes_ = throttle_.Pace(OperationsRoutes(MakeOperations()));
};

TEST_F(ThrottleTest, WhatIsTooMuchInOneSecondWaits) {
  EXPECT_EQ(Ask("/statusz").status, 200);
  EXPECT_EQ(Ask("/metrics").status, 200);
  const net::Response refused = Ask("/api/v1/nodes");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.body,
            "{\"error\":{\"code\":\"resource_exhausted\",\"message\":\"too many requests a "
            "second\"}}\n");
  EXPECT_THAT(refused.headers, ::testing::ElementsAre(::testing::Pair("Retry-After", "1")));
  EXPECT_EQ(throttle_.refused(), 1);

  clock_.Advance(std::chrono::milliseconds(500));
  EXPECT_EQ(Ask("/api/v1/nodes").status, 200);
  EXPECT_EQ(throttle_.refused(), 1);
}

TEST_F(ThrottleTest, ProbesAreAlwaysAnswered) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Ask("/livez").status, 200);
    EXPECT_NE(Ask("/readyz").status, 429);
  }
  EXPECT_EQ(Ask("/statusz").status, 200);
  EXPECT_EQ(throttle_.refused(), 0);
}

}  // namespace
}  // namespace berth::server
