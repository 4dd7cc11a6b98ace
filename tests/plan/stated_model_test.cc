#include "berth/plan/stated_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace berth::plan {
namespace {

using testing::ElementsAre;

constexpr std::array<double, 5> kDemands = {10, 20, 30, 40, 50};

TEST(StatedModel, TheWorkedExample) {
  const StatedModel model = EvaluateStated(kDemands, 4, 4);
  EXPECT_DOUBLE_EQ(model.objective(), 75);
  EXPECT_THAT(model.recurrence, ElementsAre(10, 15, 22.5, 32.5, 45));
}

TEST(StatedModel, TheObjectiveDoesNotDependOnTheOrderOfTheTasks) {
  std::array<double, 5> demands = kDemands;
  do {
    EXPECT_DOUBLE_EQ(EvaluateStated(demands, 3, 7).objective(), (150.0 / 7) + (150.0 / 3));
  } while (std::ranges::next_permutation(demands).found);
}

TEST(StatedModel, TheRecurrenceTakesItsFirstBranchEvenWithOneSlot) {
  EXPECT_THAT(EvaluateStated(kDemands, 1000, 1).recurrence, ElementsAre(10, 30, 60, 100, 150));
}

TEST(StatedModel, NoTasksNoTime) {
  EXPECT_EQ(EvaluateStated({}, 4, 4).objective(), 0);
  EXPECT_TRUE(EvaluateStated({}, 4, 4).recurrence.empty());
}

}  // namespace
}  // namespace berth::plan
