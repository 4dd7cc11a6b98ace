// Which settings may change while Berth runs.
#include "berth/config/reload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "berth/config/configuration.h"

namespace berth::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kHead = "apiVersion: berth.dev/v1alpha1\nkind: BerthConfiguration\n";

Configuration Read(const std::string& text) {
  Parsed parsed = ParseConfiguration(std::string(kHead) + text);
  EXPECT_TRUE(parsed.ok()) << Format(parsed.complaints, "test.yaml");
  return std::move(parsed.configuration);
}

struct Case {
  std::string name;
  std::string in_use;
  std::string wanted;
  std::string becomes;
  std::vector<std::string> waiting;
};

class ReloadTest : public testing::TestWithParam<Case> {};

TEST_P(ReloadTest, TakesWhatMayChangeAndNamesWhatWaits) {
  const Reload reload = PlanReload(Read(GetParam().in_use), Read(GetParam().wanted));
  EXPECT_EQ(ToYaml(reload.configuration), ToYaml(Read(GetParam().becomes)));
  EXPECT_EQ(reload.waiting, GetParam().waiting);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ReloadTest,
    testing::Values(
        Case{"Nothing", "log: {level: warn}", "log: {level: warn}", "log: {level: warn}", {}},
        Case{"LogLevel", "", "log: {level: debug}", "log: {level: debug}", {}},
        Case{"LogFormat",
             "",
             "log: {level: debug, format: text}",
             "log: {level: debug}",
             {"log.format"}},
        Case{"DefaultPolicy",
             "policy: {gpuMemory: {node: spread}}",
             "policy: {profile: latency, gpuMemory: {device: tight}}",
             "policy: {profile: latency, gpuMemory: {device: tight}}",
             {}},
        Case{"WeightsOfABuiltInProfile",
             "",
             "profiles: [{name: batch, weights: {batchLoad: 1s}, minQuality: 0.5}]",
             "profiles: [{name: latency}, {name: throughput},\n"
             "  {name: batch, weights: {batchLoad: 1s}, minQuality: 0.5}]",
             {}},
        Case{"PackingOfAProfileOfOnesOwn",
             "profiles: [{name: own, namespaces: [ml], gpuMemory: {node: tight}}]",
             "profiles: [{name: own, namespaces: [ml], gpuMemory: {node: spread}}]",
             "profiles: [{name: own, namespaces: [ml], gpuMemory: {node: spread}}]",
             {}},
        Case{"TypicalPods",
             "typicalPods: [{gpuCores: 50}]",
             "learning: {typicalPods: false}\ntypicalPods: [{gpuCores: 25}, {gpuCores: 75}]",
             "learning: {typicalPods: false}\ntypicalPods: [{gpuCores: 25}, {gpuCores: 75}]",
             {}},
        Case{"AnotherProfile", "", "profiles: [{name: own}]", "", {"profiles"}},
        Case{"WhomAProfileIsFor",
             "profiles: [{name: own, namespaces: [ml]}]",
             "profiles: [{name: own, namespaces: [web], minQuality: 0.5}]",
             "profiles: [{name: own, namespaces: [ml]}]",
             {"profiles"}},
        Case{"WhichProfileIsAskedFirst",
             "profiles: [{name: a, namespaces: [ml]}, {name: b, namespaces: [ml]}]",
             "profiles: [{name: b, namespaces: [ml]}, {name: a, namespaces: [ml]}]",
             "profiles: [{name: a, namespaces: [ml]}, {name: b, namespaces: [ml]}]",
             {"profiles"}},
        Case{"ListsAndPorts",
             "",
             "scheduler: {listen: '127.0.0.1:1', scoreScale: 20}\nnodeClasses: [{name: a}]\n"
             "deviceClasses: [{resource: example.com/npu}]\nlog: {level: error}",
             "log: {level: error}",
             {"scheduler.listen", "scheduler.scoreScale", "nodeClasses", "deviceClasses"}}),
    [](const auto& test) { return test.param.name; });

// What waited is still waited for when the file changes again, and is settled when it changes back.
TEST(Reload, IsComparedWithWhatIsInUse) {
  const Configuration start = Read("");
  const Reload first = PlanReload(start, Read("topology: {rackLabel: rack}"));
  EXPECT_THAT(first.waiting, ElementsAre("topology.rackLabel"));
  const Reload second =
      PlanReload(first.configuration, Read("topology: {rackLabel: rack}\nlog: {level: warn}"));
  EXPECT_THAT(second.waiting, ElementsAre("topology.rackLabel"));
  EXPECT_EQ(second.configuration.log.level, LogLevel::kWarn);
  EXPECT_THAT(PlanReload(second.configuration, Read("")).waiting, IsEmpty());
}

}  // namespace
}  // namespace berth::config
