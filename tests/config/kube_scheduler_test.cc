#include "berth/config/kube_scheduler.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "testing/golden.h"

namespace berth::config {
namespace {

using berth::tests::MatchesGolden;
using berth::tests::ReadText;

std::string Check(std::string_view text) {
  return Format(CheckKubeSchedulerConfiguration(text), "f");
}

TEST(CheckKubeSchedulerConfiguration, SaysNothingAboutAGoodOne) {
  EXPECT_EQ(Check(ReadText("golden/config/kube_scheduler_good.yaml")), "");
}

TEST(CheckKubeSchedulerConfiguration, NamesEverythingThatLetsPodsSlipPastBerth) {
  EXPECT_TRUE(MatchesGolden(Check(ReadText("golden/config/kube_scheduler_bad.yaml")),
                            "golden/config/kube_scheduler_bad.txt"));
}

TEST(CheckKubeSchedulerConfiguration, LooksAtItsOwnKindOnly) {
  EXPECT_EQ(Check("kind: Policy\nextenders: [{ignorable: true}]\n"), "");
  EXPECT_EQ(Check("kind: Policy\n---\nkind: KubeSchedulerConfiguration\n"
                  "percentageOfNodesToScore: 100\n"),
            "f:3:1: warning: extenders: names no extender, so kube-scheduler never asks Berth\n");
}

TEST(CheckKubeSchedulerConfiguration, WarnsThatManagedResourcesHidePodsThatAskForAModelOnly) {
  const auto check = [](std::string_view resources) {
    return Check(
        fmt::format("kind: KubeSchedulerConfiguration\npercentageOfNodesToScore: 100\n"
                    "extenders:\n- nodeCacheCapable: true\n  httpTimeout: 5s\n"
                    "  managedResources: [{}]\n",
                    resources));
  };
  EXPECT_EQ(check("{name: nvidia.com/gpu}"),
            "f:6:21: warning: extenders[0].managedResources: pods that ask for none of these are "
            "not sent to Berth: one that asks for a model only (berth.dev/model) must ask for "
            "berth.dev/gpu-count as well, which is not in the list\n");
  EXPECT_EQ(check("{name: nvidia.com/gpu}, {name: berth.dev/gpu-count, ignoredByScheduler: true}"),
            "f:6:21: warning: extenders[0].managedResources: pods that ask for none of these are "
            "not sent to Berth: one that asks for a model only (berth.dev/model) must ask for "
            "berth.dev/gpu-count as well\n");
}

TEST(CheckKubeSchedulerConfiguration, PlacesASyntaxError) {
  EXPECT_EQ(Check("kind: [\n"), "f:2:1: end of sequence flow not found\n");
}

TEST(CheckKubeSchedulerConfiguration, SurvivesFieldsOfTheWrongShape) {
  EXPECT_EQ(Check("kind: KubeSchedulerConfiguration\npercentageOfNodesToScore: 100\n"
                  "profiles: 5\nextenders: {a: b}\n"),
            "f:3:11: profiles: found an integer, expected a list\n"
            "f:4:12: extenders: found a map, expected a list\n");
  EXPECT_NE(Check("kind: KubeSchedulerConfiguration\nextenders: [5, [], {tlsConfig: 3}]\n"), "");
}

}  // namespace
}  // namespace berth::config
