#include "berth/config/requirements.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "testing/case_name.h"

namespace berth::config {
namespace {

using tests::CaseName;

// Bits: eu 1, confidential 2, hipaa 4.
Configuration Example() {
  Configuration configuration;
  configuration.requirements = {
      {.name = "eu",
       .node_labels = {{"node-restriction.kubernetes.io/residency", "eu"}},
       .zones = {"eu-1", "eu-2"},
       .namespaces = {"patients"},
       .pod_labels = {}},
      {.name = "confidential",
       .node_labels = {{"nvidia.com/cc.mode.state", "on"}, {"nvidia.com/cc.ready.state", "true"}},
       .zones = {},
       .namespaces = {},
       .pod_labels = {{"data", "secret"}, {"tier", "prod"}}},
      {.name = "hipaa", .node_labels = {}, .zones = {"us-1"}, .namespaces = {}, .pod_labels = {}}};
  return configuration;
}

struct NodeCase {
  std::string name;
  Labels labels;
  cluster::RequirementSet met;
};

class MetBy : public ::testing::TestWithParam<NodeCase> {};

TEST_P(MetBy, LabelsAndZone) {
  EXPECT_EQ(RequirementsMetBy(Example(), GetParam().labels), GetParam().met);
}

INSTANTIATE_TEST_SUITE_P(
    Nodes, MetBy,
    ::testing::Values(
        NodeCase{"Nothing", {}, 0},
        NodeCase{"LabelWithoutZone", {{"node-restriction.kubernetes.io/residency", "eu"}}, 0},
        NodeCase{"ZoneWithoutLabel", {{"topology.kubernetes.io/zone", "eu-1"}}, 0},
        NodeCase{"OtherZone",
                 {{"node-restriction.kubernetes.io/residency", "eu"},
                  {"topology.kubernetes.io/zone", "eu-3"}},
                 0},
        NodeCase{"Both",
                 {{"node-restriction.kubernetes.io/residency", "eu"},
                  {"topology.kubernetes.io/zone", "eu-2"}},
                 1},
        NodeCase{"OneOfTwoLabels", {{"nvidia.com/cc.mode.state", "on"}}, 0},
        NodeCase{"AnotherValue",
                 {{"nvidia.com/cc.mode.state", "off"}, {"nvidia.com/cc.ready.state", "true"}},
                 0},
        NodeCase{"BothLabels",
                 {{"nvidia.com/cc.mode.state", "on"}, {"nvidia.com/cc.ready.state", "true"}},
                 2},
        NodeCase{"ZoneAlone", {{"topology.kubernetes.io/zone", "us-1"}}, 4}),
    CaseName);

struct PodCase {
  std::string name;
  std::string residency;
  Labels labels;
  std::string ns;
  std::optional<cluster::RequirementSet> wanted;
};

class Of : public ::testing::TestWithParam<PodCase> {};

TEST_P(Of, AddUp) {
  EXPECT_EQ(RequirementsOf(Example(), GetParam().residency, GetParam().labels, GetParam().ns),
            GetParam().wanted);
}

INSTANTIATE_TEST_SUITE_P(
    Pods, Of,
    ::testing::Values(PodCase{"None", "", {}, "ml", 0}, PodCase{"Named", "eu", {}, "ml", 1},
                      PodCase{"TwoNamed", "eu, hipaa", {}, "ml", 5},
                      PodCase{"ByNamespace", "", {}, "patients", 1},
                      PodCase{"NamingAnotherDoesNotEndIt", "hipaa", {}, "patients", 5},
                      PodCase{"ByLabels", "", {{"tier", "prod"}, {"data", "secret"}}, "ml", 2},
                      PodCase{"OneOfTwoLabels", "", {{"data", "secret"}}, "ml", 0},
                      PodCase{"Unknown", "moon", {}, "ml", std::nullopt},
                      PodCase{"UnknownAmongKnown", "eu,moon", {}, "ml", std::nullopt},
                      PodCase{"EmptyPart", "eu,,hipaa", {}, "ml", std::nullopt}),
    CaseName);

}  // namespace
}  // namespace berth::config
