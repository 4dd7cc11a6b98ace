#include "berth/telemetry/exposition.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "testing/case_name.h"

namespace berth::telemetry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using tests::CaseName;

constexpr std::array<std::string_view, 2> kWanted = {"up", "queue:size"};

// "1{a="b"}=2@3"
std::string Show(const Sample& sample) {
  const std::string text =
      fmt::format("{}{{{}}}={}", sample.metric, sample.labels.text(), sample.value);
  return sample.unix_seconds ? fmt::format("{}@{}", text, *sample.unix_seconds) : text;
}

struct Walked {
  std::vector<std::string> samples;
  PageCounts counts;
};

Walked Walk(std::string_view page, PageFormat format = PageFormat::kText) {
  Walked walked;
  walked.counts = WalkPage(page, format, kWanted,
                           [&](const Sample& sample) { walked.samples.push_back(Show(sample)); });
  return walked;
}

struct LineCase {
  std::string name;
  std::string line;
  std::vector<std::string> samples;
  std::uint64_t malformed = 0;
  PageFormat format = PageFormat::kText;
};

class Line : public ::testing::TestWithParam<LineCase> {};

TEST_P(Line, IsReadSkippedOrCounted) {
  const Walked walked = Walk(GetParam().line + "\n", GetParam().format);
  EXPECT_EQ(walked.samples, GetParam().samples);
  EXPECT_EQ(walked.counts.samples, GetParam().samples.size());
  EXPECT_EQ(walked.counts.malformed, GetParam().malformed);
}

INSTANTIATE_TEST_SUITE_P(
    Format, Line,
    ::testing::Values(
        LineCase{"Plain", "up 1", {"0{}=1"}}, LineCase{"Tabs", "\tup\t 1.5e3 \t", {"0{}=1500"}},
        LineCase{"Colon", "queue:size{a=\"b\"} 2", {"1{a=\"b\"}=2"}},
        LineCase{"SpacedLabels", "up { a = \"b\" , c=\"d\" } 2", {"0{ a = \"b\" , c=\"d\" }=2"}},
        LineCase{"TrailingComma", "up{a=\"b\",} 2.0", {"0{a=\"b\",}=2"}},
        LineCase{"NoLabels", "up{} 2", {"0{}=2"}},
        LineCase{"BraceInQuotes", "up{a=\"}\\\"}\"} 3", {"0{a=\"}\\\"}\"}=3"}},
        LineCase{"Milliseconds", "up 1 1795497631500", {"0{}=1@1795497631.5"}},
        LineCase{
            "Seconds", "up 1 1795497631.5", {"0{}=1@1795497631.5"}, 0, PageFormat::kOpenMetrics},
        LineCase{"Exemplar", "up 4 # {trace_id=\"x\"} 0.5", {"0{}=4"}},
        LineCase{"ExemplarBehindTime",
                 "up 4 17.5 # {trace_id=\"x\"} 0.5 16",
                 {"0{}=4@17.5"},
                 0,
                 PageFormat::kOpenMetrics},
        LineCase{"Infinite", "up +Inf", {"0{}=inf"}},
        LineCase{"MinusInfinite", "up -Inf", {"0{}=-inf"}}, LineCase{"NaN", "up NaN", {"0{}=nan"}},
        LineCase{"CarriageReturn", "up 1\r", {"0{}=1"}}, LineCase{"Comment", "# up 1", {}},
        LineCase{"Empty", "", {}}, LineCase{"LongerName", "up_total 1", {}},
        LineCase{"ShorterName", "u 1", {}}, LineCase{"UnwantedIsNotChecked", "other{{{ x", {}},
        LineCase{"QuotedName", "{\"up.it\"} 1", {}}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Malformed, Line,
    ::testing::Values(
        LineCase{"NoValue", "up ", {}, 1}, LineCase{"NoNumber", "up one", {}, 1},
        LineCase{"NumberAndMore", "up 1x", {}, 1}, LineCase{"TwoSigns", "up +-1", {}, 1},
        LineCase{"BadTime", "up 1 soon", {}, 1}, LineCase{"FourFields", "up 1 2 3", {}, 1},
        LineCase{"OpenBrace", "up{a=\"b\" 1", {}, 1}, LineCase{"OpenQuote", "up{a=\"b} 1", {}, 1},
        LineCase{"NoQuotes", "up{a=b} 1", {}, 1}, LineCase{"NoLabelName", "up{=\"b\"} 1", {}, 1},
        LineCase{"NoComma", "up{a=\"b\" c=\"d\"} 1", {}, 1},
        LineCase{"LoneEscape", "up{a=\"b\\\"} 1", {}, 1}, LineCase{"Html", "<html>", {}, 1},
        LineCase{"TooLargeNumber", "up 1e999", {}, 1}),
    CaseName);

TEST(Page, AMalformedLineLeavesTheOthers) {
  const Walked walked = Walk("up 1\nup x\nqueue:size 2\n");
  EXPECT_THAT(walked.samples, ElementsAre("0{}=1", "1{}=2"));
  EXPECT_EQ(walked.counts.malformed, 1U);
}

TEST(Page, ALineThatWasCutIsNotBelieved) {
  const Walked walked = Walk("up 1\nqueue:size 1");
  EXPECT_THAT(walked.samples, ElementsAre("0{}=1"));
  EXPECT_EQ(walked.counts.malformed, 1U);
}

TEST(Page, OfOpenMetricsEndsAtItsEnd) {
  EXPECT_THAT(Walk("up 1\n# EOF\nup 2\n", PageFormat::kOpenMetrics).samples, ElementsAre("0{}=1"));
  EXPECT_THAT(Walk("up 1\n# EOF\nup 2\n").samples, ElementsAre("0{}=1", "0{}=2"));
}

TEST(Page, BeyondTheLimitsIsNotRead) {
  const Walked huge = Walk("up 1\n" + std::string(kMaxPageBytes, '\n'));
  EXPECT_THAT(huge.samples, IsEmpty());
  EXPECT_TRUE(huge.counts.too_large);

  std::string many;
  for (std::size_t i = 0; i <= kMaxPageSamples; ++i) {
    many += "up 1\n";
  }
  const Walked cut = Walk(many);
  EXPECT_EQ(cut.samples.size(), kMaxPageSamples);
  EXPECT_TRUE(cut.counts.too_large);
}

TEST(Format, IsToldByTheContentType) {
  EXPECT_EQ(FormatOf("application/openmetrics-text; version=1.0.0"), PageFormat::kOpenMetrics);
  EXPECT_EQ(FormatOf("text/plain; version=0.0.4"), PageFormat::kText);
  EXPECT_EQ(FormatOf(""), PageFormat::kText);
}

TEST(Labels, AreFoundByTheirWholeName) {
  const Labels labels(R"(model_name="a",engine="0",le="+Inf",)");
  EXPECT_EQ(labels.Find("engine"), "0");
  EXPECT_TRUE(labels.Is("le", "+Inf"));
  EXPECT_FALSE(labels.Is("engine", "1"));
  EXPECT_FALSE(labels.Has("name"));
  EXPECT_FALSE(labels.Has("engin"));
}

TEST(Labels, EscapesAreUndone) {
  EXPECT_EQ(Labels(R"(a="q\"b\\s\nl\x")").Find("a"), "q\"b\\s\nl\\x");
}

TEST(Labels, ComeBackAsTheyWereAppended) {
  std::string text;
  AppendLabel("a", "quote\" back\\ feed\n", text);
  AppendLabel("b", "", text);
  EXPECT_EQ(Labels(text).Find("a"), "quote\" back\\ feed\n");
  EXPECT_EQ(Labels(text).Find("b"), "");
}

}  // namespace
}  // namespace berth::telemetry
