#include "berth/base/columns.h"

#include <gtest/gtest.h>

namespace berth {
namespace {

TEST(AlignColumns, TextToTheLeftNumbersToTheRight) {
  const std::vector<std::vector<std::string>> rows = {
      {"NODE", "MODE", "FREE"}, {"a", "shared", "8"}, {"gpu-a-1", "whole", "40960"}};
  EXPECT_EQ(AlignColumns(rows, 2),
            "NODE     MODE     FREE\n"
            "a        shared      8\n"
            "gpu-a-1  whole   40960\n");
}

TEST(AlignColumns, LinesEndWithWhatIsInThem) {
  const std::vector<std::vector<std::string>> rows = {{"NAME", "WHY"}, {"a", ""}, {"b", "x"}};
  EXPECT_EQ(AlignColumns(rows, 2), "NAME  WHY\na\nb     x\n");
}

TEST(AlignColumns, EveryLineIsIndented) {
  const std::vector<std::vector<std::string>> rows = {{"A", "1"}, {"BC", "20"}};
  EXPECT_EQ(AlignColumns(rows, 1, 2), "  A    1\n  BC  20\n");
}

TEST(AlignColumns, OfNothingIsNothing) { EXPECT_EQ(AlignColumns({}, 1), ""); }

}  // namespace
}  // namespace berth
