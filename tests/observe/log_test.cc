#include "berth/observe/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "testing/manual_clock.h"

namespace berth::observe {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;

class LogTest : public ::testing::Test {
 protected:
  Logger MakeLogger(LogOptions options) {
    return Logger(options, clock_, [this](std::string_view line) { lines_.emplace_back(line); });
  }

  tests::ManualClock clock_{milliseconds(42)};
  std::vector<std::string> lines_;
};

TEST_F(LogTest, JsonLineIsTimeLevelMessageThenFieldsInTheirOrder) {
  Logger log = MakeLogger({});
  log.Info("bound", {{"pod", "ml/llm-0"},
                     {"node", std::string("gpu-a-1")},
                     {"devices", 2},
                     {"took_ms", 1.25},
                     {"first", true}});
  EXPECT_THAT(lines_, ElementsAre(R"({"ts":"2026-11-24T05:20:31.042Z","level":"info",)"
                                  R"("msg":"bound","pod":"ml/llm-0","node":"gpu-a-1",)"
                                  R"("devices":2,"took_ms":1.25,"first":true})"));
}

TEST_F(LogTest, TextLineQuotesWhatCouldBeMisread) {
  Logger log = MakeLogger({.format = LogFormat::kText});
  log.Warn("watch broke", {{"resource", "pods"}, {"error", "reset by peer"}, {"empty", ""}});
  log.Error("odd\nmessage", {{"key", "a=b"}, {"line", "x\ny"}});
  EXPECT_THAT(
      lines_,
      ElementsAre("2026-11-24T05:20:31.042Z WARN  watch broke resource=pods "
                  R"(error="reset by peer" empty="")",
                  R"(2026-11-24T05:20:31.042Z ERROR "odd\nmessage" key="a=b" line="x\ny")"));
}

struct EscapeCase {
  std::string name;
  std::string text;
  std::string want;
};

class LogEscapeTest : public LogTest, public ::testing::WithParamInterface<EscapeCase> {};

TEST_P(LogEscapeTest, TextBecomesOneValidJsonString) {
  Logger log = MakeLogger({});
  log.Info("m", {{"k", GetParam().text}});
  const std::string head = R"({"ts":"2026-11-24T05:20:31.042Z","level":"info","msg":"m","k":)";
  EXPECT_THAT(lines_, ElementsAre(head + "\"" + GetParam().want + "\"}"));
}

INSTANTIATE_TEST_SUITE_P(
    Texts, LogEscapeTest,
    ::testing::Values(EscapeCase{"Empty", "", ""}, EscapeCase{"Quote", "a\"b", "a\\\"b"},
                      EscapeCase{"Backslash", "a\\b", "a\\\\b"},
                      EscapeCase{"LineBreaks", "a\r\n\tb", "a\\r\\n\\tb"},
                      EscapeCase{"Nul", std::string("a\0b", 3), "a\\u0000b"},
                      EscapeCase{"Escape", "\x1b[31m", "\\u001b[31m"},
                      EscapeCase{"Delete", "\x7f", "\\u007f"},
                      EscapeCase{"TwoBytes", "\xC3\xA9", "\xC3\xA9"},
                      EscapeCase{"ThreeBytes", "\xE2\x82\xAC", "\xE2\x82\xAC"},
                      EscapeCase{"FourBytes", "\xF0\x9F\x9A\xA2", "\xF0\x9F\x9A\xA2"},
                      EscapeCase{"LoneContinuation", "a\x80", "a\xEF\xBF\xBD"},
                      EscapeCase{"Truncated", "\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD"},
                      EscapeCase{"Overlong", "\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
                      EscapeCase{"Surrogate", "\xED\xA0\x80",
                                 "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
                      EscapeCase{"BeyondUnicode", "\xF5", "\xEF\xBF\xBD"},
                      EscapeCase{"LeadThenAscii", "\xE2x", "\xEF\xBF\xBDx"}),
    [](const ::testing::TestParamInfo<EscapeCase>& row) { return row.param.name; });

TEST_F(LogTest, NumbersStayNumbers) {
  Logger log = MakeLogger({});
  log.Info("m", {{"min", std::numeric_limits<std::int64_t>::min()},
                 {"capped", std::numeric_limits<std::uint64_t>::max()},
                 {"nan", std::nan("")},
                 {"tiny", 5e-7},
                 {"float", 0.5F}});
  EXPECT_THAT(lines_, ElementsAre(::testing::HasSubstr(
                          R"("min":-9223372036854775808,"capped":9223372036854775807,)"
                          R"("nan":null,"tiny":5e-07,"float":0.5})")));
}

TEST_F(LogTest, LevelCanBeChangedWhileRunning) {
  Logger log = MakeLogger({.level = LogLevel::kWarn});
  log.Info("kept back");
  EXPECT_FALSE(log.enabled(LogLevel::kDebug));
  log.SetLevel(LogLevel::kDebug);
  log.Debug("seen");
  EXPECT_THAT(lines_, ElementsAre(::testing::HasSubstr("seen")));
}

TEST_F(LogTest, CountsWrittenLinesByLevel) {
  Logger log = MakeLogger({});
  log.Debug("below the level");
  log.Info("a");
  log.Warn("b");
  log.Warn("c");
  EXPECT_THAT(log.counts(), ElementsAre(0, 1, 2, 0));
}

TEST_F(LogTest, LimitedWritesOncePerIntervalAndSaysWhatItLeftOut) {
  Logger log = MakeLogger({.format = LogFormat::kText});
  LimitedLog limited(log, seconds(10));
  const Instant start{};  // also the first moment must pass
  limited.Warn(start, "slow", {{"n", 1}});
  limited.Warn(start + seconds(1), "slow", {{"n", 2}});
  limited.Warn(start + seconds(9), "slow", {{"n", 3}});
  limited.Warn(start + seconds(10), "slow", {{"n", 4}});
  limited.Warn(start + seconds(20), "slow", {{"n", 5}});
  EXPECT_THAT(lines_, ElementsAre(::testing::EndsWith("slow n=1"),
                                  ::testing::EndsWith("slow n=4 suppressed=2"),
                                  ::testing::EndsWith("slow n=5")));
}

TEST_F(LogTest, LinesOfManyThreadsStayWhole) {
  Logger log = MakeLogger({});
  constexpr int kThreads = 4;
  constexpr int kLines = 200;
  {
    std::vector<std::jthread> writers;
    for (int t = 0; t < kThreads; ++t) {
      writers.emplace_back([&log] {
        for (int i = 0; i < kLines; ++i) {
          log.Info("line", {{"text", "some words"}});
        }
      });
    }
  }
  ASSERT_EQ(lines_.size(), kThreads * kLines);
  EXPECT_THAT(lines_, ::testing::Each(lines_.front()));
  EXPECT_EQ(log.counts()[1], kThreads * kLines);
}

}  // namespace
}  // namespace berth::observe
