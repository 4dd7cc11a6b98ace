#include "busy_spans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "testing/case_name.h"

namespace berth::inventory {
namespace {

using std::chrono::seconds;

Instant At(int second) { return Instant(seconds(second)); }

// "20 GB in 10 s"
std::vector<std::string> Told(BusySpans& spans) {
  std::vector<std::string> lines;
  for (const BusySpans::Group& group : spans.Take()) {
    lines.push_back(std::to_string(group.bytes.count()) + " in " +
                    std::to_string(group.took / seconds(1)) + " s");
  }
  return lines;
}

struct Span {
  int begin = 0;
  int end = 0;
};

struct SpansCase {
  std::string name;
  std::vector<Span> loads;  // of 100 bytes each
  std::vector<std::string> want;
};

class BusySpansTest : public testing::TestWithParam<SpansCase> {};

TEST_P(BusySpansTest, TellTheBytesOfAGroupOverTheTimeThatItTook) {
  BusySpans spans;
  for (std::size_t i = 0; i < GetParam().loads.size(); ++i) {
    spans.Began(std::to_string(i), At(GetParam().loads[i].begin));
  }
  for (std::size_t i = 0; i < GetParam().loads.size(); ++i) {
    spans.Ended(std::to_string(i), At(GetParam().loads[i].end), Bytes(100));
  }
  EXPECT_EQ(Told(spans), GetParam().want);
  EXPECT_TRUE(spans.idle());
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BusySpansTest,
    testing::Values(
        SpansCase{"One", {{0, 10}}, {"100 in 10 s"}},
        SpansCase{"OneAfterTheOther", {{0, 10}, {10, 20}}, {"100 in 10 s", "100 in 10 s"}},
        SpansCase{"InALine", {{0, 10}, {5, 20}}, {"200 in 20 s"}},
        SpansCase{"SideBySide", {{0, 20}, {0, 20}}, {"200 in 20 s"}},
        SpansCase{"Within", {{0, 20}, {5, 10}}, {"200 in 20 s"}},
        SpansCase{"WithAGap", {{0, 10}, {30, 40}, {35, 50}}, {"100 in 10 s", "200 in 20 s"}},
        SpansCase{"OfNoTime", {{5, 5}}, {}}, SpansCase{"BeforeItBegan", {{5, 2}}, {}}),
    tests::CaseName);

TEST(BusySpans, WaitForLoadsThatMayBelongToTheGroup) {
  BusySpans spans;
  spans.Began("x", At(0));
  spans.Began("y", At(5));
  spans.Ended("x", At(10), Bytes(100));
  EXPECT_THAT(Told(spans), testing::IsEmpty());
  spans.Began("z", At(40));
  spans.Ended("y", At(20), Bytes(100));
  EXPECT_THAT(Told(spans), testing::ElementsAre("200 in 20 s"));
}

TEST(BusySpans, TellNothingOfWhatOverlapsALostLoad) {
  BusySpans spans;
  spans.Began("x", At(0));
  spans.Began("lost", At(5));
  spans.Began("dropped", At(5));
  spans.Drop("dropped");
  spans.Lost("lost", At(8));
  spans.Ended("x", At(10), Bytes(100));
  EXPECT_THAT(Told(spans), testing::IsEmpty());
  spans.Began("z", At(20));
  spans.Ended("z", At(30), Bytes(100));
  EXPECT_THAT(Told(spans), testing::ElementsAre("100 in 10 s"));
}

TEST(BusySpans, GiveUpWhereTooManyAreTangled) {
  BusySpans spans;
  spans.Began("stuck", At(0));
  for (int i = 0; i < 1000; ++i) {
    spans.Began("x", At(i));
    spans.Ended("x", At(i + 1), Bytes(100));
  }
  spans.Lost("stuck", At(1000));
  EXPECT_THAT(Told(spans), testing::IsEmpty());
  EXPECT_TRUE(spans.idle());
}

}  // namespace
}  // namespace berth::inventory
