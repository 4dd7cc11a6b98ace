#include "berth/plan/instance.h"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>

#include "berth/base/named.h"
#include "testing/case_name.h"

namespace berth::plan {
namespace {

using namespace std::chrono_literals;

struct BoundCase {
  std::string name;
  std::vector<Duration> demands;
  std::size_t machines;
  Duration want;
};

class LowerBoundTest : public testing::TestWithParam<BoundCase> {};

TEST_P(LowerBoundTest, IsTheLargestOfWhatEveryScheduleTakes) {
  EXPECT_EQ(LowerBound({GetParam().demands, GetParam().machines}), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Instances, LowerBoundTest,
    testing::Values(BoundCase{"EvenShare", {3ms, 3ms, 3ms, 3ms}, 2, 6ms},
                    BoundCase{"LongestTask", {9ms, 1ms, 1ms}, 2, 9ms},
                    BoundCase{"TwoMustMeet", {5ms, 5ms, 5ms, 1ms}, 3, 6ms},
                    BoundCase{"TwoLongOnesMustMeet", {5ms, 5ms, 5ms}, 2, 10ms},
                    BoundCase{"ShareInWholeUnits", {2ms, 2ms, 2ms, 2ms, 2ms}, 3, 4ms},
                    BoundCase{"ShareInHalves", {1ms, 1ms, 500us}, 2, 1500us},
                    BoundCase{"FewerTasksThanMachines", {2ms, 1ms}, 5, 2ms},
                    BoundCase{"AsManyTasksAsMachines", {2ms, 1ms}, 2, 2ms},
                    BoundCase{"OneMachine", {2ms, 1ms}, 1, 3ms},
                    BoundCase{"OneNanosecond", {1ns}, 1, 1ns}),
    tests::CaseName);

TEST(Families, AreTheSameForTheSameSeedAndOfTheSizeTheySay) {
  for (const Family& family : Families()) {
    const Instance instance = family.make(7);
    EXPECT_EQ(instance.demands, family.make(7).demands) << family.name;
    EXPECT_EQ(&family, FindByName(Families(), family.name));
    for (const Duration demand : instance.demands) {
      ASSERT_GT(demand, 0ns) << family.name;
    }
  }
  EXPECT_NE(FindByName(Families(), "uniform")->make(1).demands,
            FindByName(Families(), "uniform")->make(2).demands);
  EXPECT_EQ(FindByName(Families(), "uniform")->make(1).demands.size(), 51U);
  EXPECT_EQ(FindByName(Families(), "scale")->make(1).demands.size(), 1'000'000U);
  EXPECT_EQ(FindByName(Families(), "steady"), nullptr);
}

TEST(Families, TheShopsMeanIsThatOfItsMix) {
  const Instance shop = FindByName(Families(), "shop-large")->make(1);
  const Duration sum = std::accumulate(shop.demands.begin(), shop.demands.end(), Duration(0));
  EXPECT_NEAR(Seconds(sum) / 10'000, 0.0008, 0.00002);
}

}  // namespace
}  // namespace berth::plan
