// The table of engines, and the configurable one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "telemetry/pages.h"
#include "testing/case_name.h"

namespace berth::telemetry {
namespace {

using ::testing::HasSubstr;
using tests::CaseName;

CustomMetrics Acme() {
  return {.name = "acme",
          .running = "acme_inflight",
          .waiting = "acme_backlog",
          .cache_usage = "acme_cache_ratio",
          .capacity = "acme_slots",
          .queue_seconds = "acme_wait_seconds"};
}

TEST(Engines, HaveDistinctNamesAndFewMetrics) {
  std::set<std::string_view> names;
  for (const auto& engine : Engines()) {
    EXPECT_TRUE(names.insert(engine->name()).second) << engine->name();
    EXPECT_LT(engine->metrics().size(), kMaxMetrics) << engine->name();
    EXPECT_GE(engine->marks(), 1U) << engine->name();
    EXPECT_LE(engine->marks(), engine->metrics().size()) << engine->name();
  }
}

TEST(Engines, TellNothingOfAnEmptyPage) {
  for (const auto& engine : Engines()) {
    const Readings readings = Scraped(*engine).Read("");
    EXPECT_TRUE(readings.endpoints.empty()) << engine->name();
    EXPECT_TRUE(readings.devices.empty()) << engine->name();
  }
}

TEST(EngineTable, KnowsTheNamesOfOthers) {
  const EngineTable table = EngineTable::BuiltIn();
  ASSERT_NE(table.Find("triton-tensorrt-llm"), nullptr);
  EXPECT_EQ(table.Find("triton-tensorrt-llm"), table.Find("triton"));
  EXPECT_EQ(table.Find("acme"), nullptr);
  EXPECT_EQ(table.Find(""), nullptr);
}

TEST(EngineTable, APageOfNobodyIsNotRecognised) { EXPECT_EQ(RecogniseFile("custom.txt"), "none"); }

TEST(Custom, IsReadByItsConfiguredNames) {
  const auto table = EngineTable::Create({Acme()});
  ASSERT_TRUE(table.ok()) << table.error().message;
  Scraped pod("acme", *table);
  const std::string page = tests::ReadText("golden/telemetry/custom.txt");
  EXPECT_EQ(table->Recognise(page, PageFormat::kText), table->Find("acme"));
  const EndpointReading endpoint = TheEndpoint(pod.Read(page));
  EXPECT_EQ(endpoint.signals.running, 4);
  EXPECT_EQ(endpoint.signals.capacity, 16);
  EXPECT_DOUBLE_EQ(endpoint.load, 1 - 0.75 * 0.5);
}

TEST(Custom, MayHaveAQueueAlone) {
  const auto table = EngineTable::Create({{.name = "acme", .waiting = "acme_backlog"}});
  ASSERT_TRUE(table.ok()) << table.error().message;
  Scraped pod("acme", *table);
  EXPECT_DOUBLE_EQ(TheEndpoint(pod.Read("acme_backlog 5\n")).load, 0.5);
}

struct RefusedCase {
  std::string name;
  std::vector<CustomMetrics> custom;
  std::string complaint;
};

class Refused : public ::testing::TestWithParam<RefusedCase> {};

TEST_P(Refused, WithTheReason) {
  const auto table = EngineTable::Create(GetParam().custom);
  ASSERT_FALSE(table.ok());
  EXPECT_EQ(table.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(table.error().message, HasSubstr(GetParam().complaint));
}

INSTANTIATE_TEST_SUITE_P(
    Custom, Refused,
    ::testing::Values(
        RefusedCase{"BuiltInName", {{.name = "vllm", .running = "a"}}, "vllm: the name is taken"},
        RefusedCase{"NameOfOthers", {{.name = "ray", .running = "a"}}, "ray: the name is taken"},
        RefusedCase{"TwiceTheName", {Acme(), Acme()}, "acme: the name is taken"}),
    CaseName);

}  // namespace
}  // namespace berth::telemetry
