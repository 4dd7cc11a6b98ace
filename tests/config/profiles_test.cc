#include "berth/config/profiles.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "testing/case_name.h"

namespace berth::config {
namespace {

using core::Policy;

constexpr std::string_view kHeader = "apiVersion: berth.dev/v1alpha1\nkind: BerthConfiguration\n";

Configuration Read(std::string_view body) {
  const Parsed parsed = ParseConfiguration(std::string(kHeader) + std::string(body));
  EXPECT_EQ(Format(parsed.complaints, ""), "");
  return parsed.configuration;
}

TEST(BuiltInProfiles, AreAsDocumented) {
  const std::vector<ProfileSetting> profiles = BuiltInProfiles();
  ASSERT_EQ(profiles.size(), 3U);
  EXPECT_EQ(profiles[0].name, "latency");
  EXPECT_EQ(PolicyOf(profiles[0]), (Policy{.node_packing = Packing::kTight,
                                           .device_packing = Packing::kTight,
                                           .weights = {1.5, 60, 300}}));
  EXPECT_EQ(profiles[1].name, "throughput");
  EXPECT_EQ(PolicyOf(profiles[1]), (Policy{.node_packing = Packing::kTight,
                                           .device_packing = Packing::kTight,
                                           .weights = {5, 120, 60}}));
  EXPECT_EQ(profiles[2].name, "batch");
  EXPECT_EQ(PolicyOf(profiles[2]), (Policy{.weights = {10, 5, 30}}));
}

TEST(PolicyOf, ANewProfileBeginsWithTheCoresDefaults) {
  EXPECT_EQ(PolicyOf(ProfileSetting{}), Policy{});
}

TEST(PolicyOf, WithoutAProfileTheSettingsOfGpuMemoryHold) {
  const Configuration configuration = Read("policy: {gpuMemory: {node: spread, device: tight}}\n");
  EXPECT_EQ(PolicyOf(configuration, {}),
            (Policy{.node_packing = Packing::kSpread, .device_packing = Packing::kTight}));
}

TEST(PolicyOf, EachPackingHasItsWord) {
  const std::vector<std::pair<std::string, Packing>> words = {
      {"binpack", Packing::kBinpack},
      {"spread", Packing::kSpread},
      {"tight", Packing::kTight},
      {"fragmentation", Packing::kFragmentation}};
  for (const auto& [word, packing] : words) {
    const Configuration configuration =
        Read("policy: {gpuMemory: {node: " + word + ", device: " + word + "}}\n");
    EXPECT_EQ(PolicyOf(configuration, {}),
              (Policy{.node_packing = packing, .device_packing = packing}))
        << word;
  }
}

TEST(Profiles, AnOverrideChangesOnlyWhatItSays) {
  const Configuration configuration = Read(R"(
profiles:
  - {name: mine, weights: {batchLoad: 10s}}
  - {name: throughput, weights: {modelPlacement: 0s}, minQuality: 0.9}
)");
  std::vector<std::string> names;
  names.reserve(configuration.profiles.size());
  for (const ProfileSetting& profile : configuration.profiles) {
    names.push_back(profile.name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"mine", "throughput", "latency", "batch"}));
  EXPECT_EQ(PolicyOf(configuration.profiles[0]), (Policy{.weights = {1.5, 10, 300}}));
  EXPECT_EQ(PolicyOf(configuration.profiles[1]), (Policy{.node_packing = Packing::kTight,
                                                         .device_packing = Packing::kTight,
                                                         .weights = {5, 120, 0},
                                                         .min_quality = 0.9}));
}

struct ChoiceCase {
  std::string name;
  std::string annotation;
  Labels labels;
  std::string ns;
  ChosenBy by;
  std::string profile;  // empty: none
};
void PrintTo(const ChoiceCase& value, std::ostream* out) { *out << value.name; }
class ChooseProfileTest : public ::testing::TestWithParam<ChoiceCase> {};

TEST_P(ChooseProfileTest, AnnotationThenLabelsThenNamespaceThenDefault) {
  const Configuration configuration = Read(R"(
policy: {profile: batch}
profiles:
  - {name: chat, podLabels: {tier: interactive, team: a}, namespaces: [chat, shared]}
  - {name: any-tier, podLabels: {tier: interactive}, namespaces: [shared]}
  - {name: no-labels, podLabels: {}}
)");
  const ChoiceCase& given = GetParam();
  const ProfileChoice choice =
      ChooseProfile(configuration, given.annotation, given.labels, given.ns);
  EXPECT_EQ(choice.by, given.by);
  EXPECT_EQ(choice.profile ? configuration.profiles[*choice.profile].name : "", given.profile);
}

INSTANTIATE_TEST_SUITE_P(
    Order, ChooseProfileTest,
    ::testing::Values(
        ChoiceCase{"Annotation",
                   "latency",
                   {{"tier", "interactive"}},
                   "chat",
                   ChosenBy::kAnnotation,
                   "latency"},
        ChoiceCase{"UnknownAnnotation",
                   "latncy",
                   {{"tier", "interactive"}},
                   "chat",
                   ChosenBy::kUnknownAnnotation,
                   ""},
        ChoiceCase{"AllLabels",
                   "",
                   {{"x", "y"}, {"team", "a"}, {"tier", "interactive"}},
                   "shared",
                   ChosenBy::kPodLabels,
                   "chat"},
        ChoiceCase{"SomeLabels",
                   "",
                   {{"team", "b"}, {"tier", "interactive"}},
                   "chat",
                   ChosenBy::kPodLabels,
                   "any-tier"},
        ChoiceCase{"OtherValue", "", {{"tier", "batch"}}, "chat", ChosenBy::kNamespace, "chat"},
        ChoiceCase{"FirstOfTheNamespace", "", {}, "shared", ChosenBy::kNamespace, "chat"},
        ChoiceCase{"Nothing", "", {}, "default", ChosenBy::kDefault, "batch"}),
    berth::tests::CaseName);

TEST(ChooseProfile, NamesNoneWhereTheConfigurationNamesNone) {
  EXPECT_EQ(ChooseProfile(Configuration{}, "", {}, "default"), ProfileChoice{});
}

}  // namespace
}  // namespace berth::config
