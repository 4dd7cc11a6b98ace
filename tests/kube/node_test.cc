#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "berth/kube/decoder.h"
#include "kube/padded_json.h"

namespace berth::kube {
namespace {

using testing::ElementsAre;
using testing::Pair;

NodeObject MustDecode(const std::string& json) {
  Result<NodeObject> node = DecodeNodeText(json);
  EXPECT_TRUE(node.ok()) << (node.ok() ? "" : node.error().message);
  return node.ok() ? std::move(node).value() : NodeObject();
}

TEST(NodeDecoder, ReadsWhatSchedulingNeeds) {
  const NodeObject node = MustDecode(R"({"kind": "Node", "apiVersion": "v1",
    "metadata": {"name": "gpu-a-1", "uid": "u", "resourceVersion": "7",
                 "labels": {"topology.kubernetes.io/zone": "z1"}, "annotations": {"a/b": "c"}},
    "spec": {"unschedulable": true, "taints": [{"key": "x", "effect": "PreferNoSchedule"},
                                               {"key": "y", "effect": "NoSchedule"}]},
    "status": {"capacity": {"cpu": "128", "memory": "1Ti", "pods": "250", "nvidia.com/gpu": "8"},
               "allocatable": {"cpu": "127500m", "memory": "1000Gi", "pods": "110",
                               "ephemeral-storage": "2Ti", "nvidia.com/gpu": "7"},
               "conditions": [{"type": "MemoryPressure", "status": "False"},
                              {"status": "True", "type": "Ready"}],
               "images": [{"names": ["a"], "sizeBytes": 1}]}})");
  EXPECT_EQ(node.name, "gpu-a-1");
  EXPECT_EQ(node.uid, "u");
  EXPECT_EQ(node.resource_version, "7");
  EXPECT_THAT(node.labels, ElementsAre(Pair("topology.kubernetes.io/zone", "z1")));
  EXPECT_THAT(node.annotations, ElementsAre(Pair("a/b", "c")));
  EXPECT_EQ(node.allocatable.cpu, Millicores(127'500));
  EXPECT_EQ(node.allocatable.memory, ToBytes(1000_GiB));
  EXPECT_EQ(node.allocatable.pods, 110);
  EXPECT_THAT(node.allocatable.extended, ElementsAre(Pair("nvidia.com/gpu", 7)));
  EXPECT_EQ(node.capacity.Extended("nvidia.com/gpu"), 8);
  EXPECT_TRUE(node.ready);
  EXPECT_TRUE(node.unschedulable);
  EXPECT_TRUE(node.prefer_no_schedule);
}

TEST(NodeDecoder, ReadsImagesOnlyWhenAsked) {
  const std::string json = R"({"metadata": {"name": "n"}, "status": {"images": [
      {"names": ["ghcr.io/org/model@sha256:1f2e", "ghcr.io/org/model:v1"], "sizeBytes": 16000000000},
      {"sizeBytes": -1}, {"names": null}]}})";
  EXPECT_THAT(MustDecode(json).images, testing::IsEmpty());
  const Result<NodeObject> node = Decoder({.images = true}).Node(PaddedJson(json).view());
  ASSERT_TRUE(node.ok()) << node.error().message;
  EXPECT_THAT(
      node->images,
      ElementsAre(NodeImage{.names = {"ghcr.io/org/model@sha256:1f2e", "ghcr.io/org/model:v1"},
                            .size = Bytes(16'000'000'000)},
                  NodeImage{}, NodeImage{}));
}

TEST(NodeDecoder, TakesAnEmptyNodeForOneThatIsNotReady) {
  const NodeObject node = MustDecode(
      R"({"metadata": {"name": "n", "labels": null}, "spec": {"taints": null}, "status": {
          "capacity": null, "allocatable": {"cpu": null}, "conditions": null}})");
  EXPECT_FALSE(node.ready);
  EXPECT_FALSE(node.unschedulable);
  EXPECT_FALSE(node.prefer_no_schedule);
  EXPECT_EQ(node.allocatable, Resources());
}

struct ReadyCase {
  std::string name;
  std::string conditions;
  bool want;
};
class NodeReadyTest : public testing::TestWithParam<ReadyCase> {};

TEST_P(NodeReadyTest, IsTheReadyConditionBeingTrue) {
  EXPECT_EQ(MustDecode(R"({"metadata": {"name": "n"}, "status": {"conditions": )" +
                       GetParam().conditions + "}}")
                .ready,
            GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, NodeReadyTest,
    testing::Values(ReadyCase{"None", "[]", false},
                    ReadyCase{"True", R"([{"type": "Ready", "status": "True"}])", true},
                    ReadyCase{"False", R"([{"type": "Ready", "status": "False"}])", false},
                    ReadyCase{"Unknown", R"([{"type": "Ready", "status": "Unknown"}])", false},
                    ReadyCase{"NoStatus", R"([{"type": "Ready"}])", false},
                    ReadyCase{"Other", R"([{"type": "DiskPressure", "status": "True"}])", false}),
    [](const auto& row) { return row.param.name; });

struct Wrong {
  std::string name;
  std::string json;
  std::string error;
};
class WrongNodeTest : public testing::TestWithParam<Wrong> {};

TEST_P(WrongNodeTest, IsAnErrorThatNamesTheField) {
  const Result<NodeObject> node = DecodeNodeText(GetParam().json);
  ASSERT_FALSE(node.ok());
  EXPECT_EQ(node.error().message, GetParam().error);
  EXPECT_EQ(node.error().code, ErrorCode::kInvalidArgument);
}

std::string WithAllocatable(const std::string& entry) {
  return R"({"metadata": {"name": "n"}, "status": {"allocatable": {)" + entry + "}}}";
}

INSTANTIATE_TEST_SUITE_P(
    Rows, WrongNodeTest,
    testing::Values(
        Wrong{"NoName", R"({"metadata": {}})", "node: metadata.name: missing"},
        Wrong{"Fraction", WithAllocatable(R"("nvidia.com/gpu": "7500m")"),
              "node n: status.allocatable[nvidia.com/gpu]: '7500m' is not a whole number"},
        Wrong{"Negative", WithAllocatable(R"("nvidia.com/gpu": "-8")"),
              "node n: status.allocatable[nvidia.com/gpu]: '-8' is negative"},
        Wrong{"Malformed", WithAllocatable(R"("memory": "1TB")"),
              "node n: status.allocatable[memory]: '1TB' is not a quantity"},
        Wrong{"Unschedulable", R"({"metadata": {"name": "n"}, "spec": {"unschedulable": "yes"}})",
              "node n: spec.unschedulable: expected true or false, found \"yes\""},
        Wrong{"Taints", R"({"metadata": {"name": "n"}, "spec": {"taints": [{"effect": 1}]}})",
              "node n: spec.taints[0].effect: expected a string, found 1"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace berth::kube
