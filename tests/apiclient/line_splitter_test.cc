#include "berth/apiclient/line_splitter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rig.h"

namespace berth::apiclient {
namespace {

constexpr std::size_t kPadding = 64;

// Reads the padding too: a sanitizer would see a line that lacks it.
std::string Take(std::string_view line) {
  for (std::size_t i = 0; i < kPadding; ++i) {
    static_cast<void>(*static_cast<const volatile char*>(line.data() + line.size() + i));
  }
  return std::string(line);
}

struct Case {
  std::string name;
  std::vector<std::string> pieces;
  std::vector<std::string> lines;  // "<too long>" for one that was
};

class LineSplitterTest : public testing::TestWithParam<Case> {};

TEST_P(LineSplitterTest, GivesTheLinesOfTheStreamHoweverItIsCut) {
  LineSplitter splitter(8, kPadding);
  std::vector<std::string> lines;
  for (const std::string& piece : GetParam().pieces) {
    EXPECT_TRUE(splitter.Feed(
        piece,
        [&](std::string_view line) {
          lines.push_back(Take(line));
          return true;
        },
        [&](std::size_t limit) {
          EXPECT_EQ(limit, 8U);
          lines.emplace_back("<too long>");
          return true;
        }));
  }
  EXPECT_EQ(lines, GetParam().lines);
}

INSTANTIATE_TEST_SUITE_P(
    Cuts, LineSplitterTest,
    testing::Values(
        Case{"Nothing", {""}, {}}, Case{"OneLine", {"abc\n"}, {"abc"}},
        Case{"ManyInOnePiece", {"a\nbc\n\nd\n"}, {"a", "bc", "", "d"}},
        Case{"CutInTheMiddle", {"ab", "c\nd", "ef\n"}, {"abc", "def"}},
        Case{"CutBeforeTheEnd", {"abc", "\n", "d\n"}, {"abc", "d"}},
        Case{"ByteByByte", {"a", "b", "\n", "c", "\n"}, {"ab", "c"}},
        Case{"RestIsNoLine", {"abc\nde"}, {"abc"}}, Case{"JustFits", {"12345678\n"}, {"12345678"}},
        Case{"OneTooMany", {"123456789\nab\n"}, {"<too long>", "ab"}},
        Case{"TooLongInPieces", {"12345", "6789", "0", "12\nab\n"}, {"<too long>", "ab"}},
        Case{"TooLongThenShortRest", {"1234567890", "\n", "x\n"}, {"<too long>", "x"}}),
    kCaseName);

TEST(LineSplitter, StopsWhereItIsTold) {
  LineSplitter splitter(8, kPadding);
  int lines = 0;
  const auto first_only = [&](std::string_view) { return ++lines < 1; };
  EXPECT_FALSE(splitter.Feed("a\nb\nc\n", first_only, [](std::size_t) { return true; }));
  EXPECT_EQ(lines, 1);
  EXPECT_FALSE(splitter.Feed("123456789\nb\n", first_only, [](std::size_t) { return false; }));
  EXPECT_EQ(lines, 1);
}

TEST(LineSplitter, ResetDropsTheRestOfABrokenStream) {
  LineSplitter splitter(8, kPadding);
  std::vector<std::string> lines;
  const auto keep = [&](std::string_view line) {
    lines.push_back(Take(line));
    return true;
  };
  const auto too_long = [](std::size_t) { return true; };
  EXPECT_TRUE(splitter.Feed("half", keep, too_long));
  splitter.Reset();
  EXPECT_TRUE(splitter.Feed("a\n123456789", keep, too_long));
  splitter.Reset();
  EXPECT_TRUE(splitter.Feed("b\n", keep, too_long));
  EXPECT_EQ(lines, (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace berth::apiclient
