#include "berth/telemetry/target.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "testing/case_name.h"

namespace berth::telemetry {
namespace {

using tests::CaseName;

struct TargetCase {
  std::string name;
  PodFacts::StringMap annotations;
  PodFacts::StringMap labels;
  std::vector<PodFacts::Port> ports;
  std::string want;  // "engine url"; empty: no target
  bool holds_devices = true;
};

class TargetOfPod : public ::testing::TestWithParam<TargetCase> {};

std::string Show(const std::optional<Target>& target) {
  return target ? fmt::format("{} {}{}", target->engine, target->origin(), target->path) : "";
}

TEST_P(TargetOfPod, IsWhatItSays) {
  const PodFacts pod{.uid = "u1",
                     .ns = "ml",
                     .name = "llm-0",
                     .node = "gpu-a-1",
                     .ip = "10.0.0.7",
                     .annotations = GetParam().annotations,
                     .labels = GetParam().labels,
                     .ports = GetParam().ports,
                     .holds_devices = GetParam().holds_devices};
  EXPECT_EQ(Show(TargetOf(pod, EngineTable::BuiltIn())), GetParam().want);
}

const PodFacts::StringMap kScrape = {{"prometheus.io/scrape", "true"}};

INSTANTIATE_TEST_SUITE_P(
    Engine, TargetOfPod,
    ::testing::Values(
        TargetCase{"NothingSaid", {}, {}, {{"http", 8000}}, ""},
        TargetCase{"OwnAnnotation",
                   {{"berth.dev/engine", "vllm"}},
                   {},
                   {},
                   "vllm http://10.0.0.7:8000/metrics"},
        TargetCase{"OwnLabel",
                   {},
                   {{"berth.dev/engine", "sglang"}},
                   {},
                   "sglang http://10.0.0.7:30000/metrics"},
        TargetCase{"OwnAnnotationOutranksLabels",
                   {{"berth.dev/engine", "tgi"}},
                   {{"llm-d.ai/engine-type", "vllm"}},
                   {},
                   "tgi http://10.0.0.7:80/metrics"},
        TargetCase{"None",
                   {{"berth.dev/engine", "none"}, {"prometheus.io/scrape", "true"}},
                   {{"llm-d.ai/engine-type", "vllm"}},
                   {},
                   ""},
        TargetCase{"Gateway",
                   {},
                   {{"llm-d.ai/engine-type", "triton-tensorrt-llm"},
                    {"inference.networking.k8s.io/engine-type", "vllm"}},
                   {},
                   "triton http://10.0.0.7:8002/metrics"},
        TargetCase{"OlderGateway",
                   {},
                   {{"inference.networking.k8s.io/engine-type", "vllm"}},
                   {},
                   "vllm http://10.0.0.7:8000/metrics"},
        TargetCase{"AiBrix",
                   {},
                   {{"model.aibrix.ai/engine", "sglang"}},
                   {},
                   "sglang http://10.0.0.7:30000/metrics"},
        TargetCase{"Exporter",
                   {},
                   {{"app.kubernetes.io/name", "dcgm-exporter"}},
                   {},
                   "dcgm-exporter http://10.0.0.7:9400/metrics",
                   false},
        TargetCase{"ExporterOfTheOperator",
                   {},
                   {{"app", "nvidia-dcgm-exporter"}},
                   {{"metrics", 9401}},
                   "dcgm-exporter http://10.0.0.7:9401/metrics",
                   false},
        TargetCase{"ScrapedAndHoldsDevices",
                   kScrape,
                   {},
                   {{"http", 8080}},
                   " http://10.0.0.7:8080/metrics"},
        TargetCase{"ScrapedWithoutDevices", kScrape, {}, {{"http", 8080}}, "", false},
        TargetCase{"ScrapeRefused", {{"prometheus.io/scrape", "false"}}, {}, {{"http", 8080}}, ""},
        TargetCase{"EngineUnknown",
                   {{"berth.dev/engine", "acme"}},
                   {},
                   {{"http", 8080}},
                   " http://10.0.0.7:8080/metrics"}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Address, TargetOfPod,
    ::testing::Values(
        TargetCase{"AnnotationsOutrankPorts",
                   {{"berth.dev/engine", "vllm"},
                    {"prometheus.io/port", "9000"},
                    {"prometheus.io/path", "/m?x=1"},
                    {"prometheus.io/scheme", "https"}},
                   {},
                   {{"metrics", 8001}},
                   "vllm https://10.0.0.7:9000/m?x=1"},
        TargetCase{"PortNamedForMetrics",
                   {{"berth.dev/engine", "vllm"}},
                   {},
                   {{"http", 8000}, {"metrics", 8001}},
                   "vllm http://10.0.0.7:8001/metrics"},
        TargetCase{"DefaultAmongPorts",
                   {{"berth.dev/engine", "triton"}},
                   {},
                   {{"", 8000}, {"", 8001}, {"", 8002}},
                   "triton http://10.0.0.7:8002/metrics"},
        TargetCase{"ServingPort",
                   {{"berth.dev/engine", "vllm"}},
                   {},
                   {{"grpc", 9000}, {"http", 8080}},
                   "vllm http://10.0.0.7:8080/metrics"},
        TargetCase{"NotTheServingPort",
                   {{"berth.dev/engine", "triton"}},
                   {},
                   {{"http", 8080}},
                   "triton http://10.0.0.7:8002/metrics"},
        TargetCase{"OnlyPort",
                   {{"berth.dev/engine", "vllm"}},
                   {},
                   {{"", 8123}},
                   "vllm http://10.0.0.7:8123/metrics"},
        TargetCase{"OwnPath",
                   {{"berth.dev/engine", "tensorflow-serving"}},
                   {},
                   {},
                   "tensorflow-serving http://10.0.0.7:8501/monitoring/prometheus/metrics"},
        TargetCase{"NoPortToBeTold", kScrape, {}, {{"a", 1}, {"b", 2}}, ""},
        TargetCase{"PortIsNoNumber",
                   {{"berth.dev/engine", "vllm"}, {"prometheus.io/port", "http"}},
                   {},
                   {},
                   ""},
        TargetCase{"PortTooLarge",
                   {{"berth.dev/engine", "vllm"}, {"prometheus.io/port", "65536"}},
                   {},
                   {},
                   ""},
        TargetCase{"PathIsNone",
                   {{"berth.dev/engine", "vllm"}, {"prometheus.io/path", "metrics"}},
                   {},
                   {},
                   ""},
        TargetCase{"PathWouldBreakTheRequest",
                   {{"berth.dev/engine", "vllm"}, {"prometheus.io/path", "/a b\r\nX: y"}},
                   {},
                   {},
                   ""},
        TargetCase{"SchemeUnknown",
                   {{"berth.dev/engine", "vllm"}, {"prometheus.io/scheme", "ftp"}},
                   {},
                   {},
                   ""}),
    CaseName);

TEST(TargetOf, NeedsAnAddress) {
  PodFacts pod{.uid = "u1", .annotations = {{"berth.dev/engine", "vllm"}}};
  EXPECT_FALSE(TargetOf(pod, EngineTable::BuiltIn()));
  pod.ip = "evil.example";
  EXPECT_FALSE(TargetOf(pod, EngineTable::BuiltIn()));
  pod.ip = "fd00::7";
  const auto target = TargetOf(pod, EngineTable::BuiltIn());
  ASSERT_TRUE(target);
  EXPECT_EQ(target->origin(), "http://[fd00::7]:8000");
}

TEST(TargetOf, ReadsTheBatch) {
  PodFacts pod{.ip = "10.0.0.7",
               .annotations = {{"berth.dev/engine", "vllm"}, {"berth.dev/max-batch", "64"}}};
  EXPECT_EQ(TargetOf(pod, EngineTable::BuiltIn()).value().max_batch, 64);
  for (const std::string bad : {"", "x", "-1", "0", "NaN", "1e300"}) {
    pod.annotations[1].second = bad;
    EXPECT_EQ(TargetOf(pod, EngineTable::BuiltIn()).value().max_batch, 0) << bad;
  }
}

}  // namespace
}  // namespace berth::telemetry
