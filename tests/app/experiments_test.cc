#include "experiments.h"

#include <gtest/gtest.h>

namespace berth::app {
namespace {

TEST(ProgressBar, FitsItsTerminal) {
  EXPECT_EQ(BarText(0, 35, 80), "[........................................] 0/35");
  EXPECT_EQ(BarText(14, 35, 80), "[################........................] 14/35");
  EXPECT_EQ(BarText(35, 35, 80), "[########################################] 35/35");
  EXPECT_EQ(BarText(14, 35, 40), "[############...................] 14/35") << "one column is free";
  EXPECT_EQ(BarText(14, 35, 10), "[.] 14/35");
  EXPECT_EQ(BarText(14, 35, 9), "14/35");
  EXPECT_EQ(BarText(14, 35, 5), "");
}

}  // namespace
}  // namespace berth::app
