// The fields of a Pod, and what happens when they are absent, null or wrong.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "berth/kube/decoder.h"
#include "kube/padded_json.h"

namespace berth::kube {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

PodObject MustDecode(const std::string& json) {
  Result<PodObject> pod = DecodePodText(json);
  EXPECT_TRUE(pod.ok()) << (pod.ok() ? "" : pod.error().message);
  return pod.ok() ? std::move(pod).value() : PodObject();
}

// The requests of the only container, whose resources are given.
Resources RequestsOf(const std::string& resources) {
  const PodObject pod = MustDecode(
      PodJson(R"("spec": {"containers": [{"name": "c", "resources": )" + resources + "}]}"));
  EXPECT_EQ(pod.containers.size(), 1U);
  return pod.containers.empty() ? Resources() : pod.containers[0].requests;
}

TEST(PodDecoder, ReadsTheMetadata) {
  const PodObject pod = MustDecode(R"({
    "metadata": {
      "name": "llm-0", "namespace": "ml", "uid": "u0", "resourceVersion": "12",
      "labels": {"app": "llm", "tier": ""},
      "annotations": {"berth.dev/model": "llama-3-8b@int8"},
      "managedFields": [{"fieldsV1": {"f:metadata": {"f:name": {}}}}],
      "creationTimestamp": "2026-11-24T05:20:31Z"}})");
  EXPECT_EQ(pod.created, WallTime(std::chrono::seconds(1'795'497'631)));
  EXPECT_EQ(pod.name, "llm-0");
  EXPECT_EQ(pod.ns, "ml");
  EXPECT_EQ(pod.uid, "u0");
  EXPECT_EQ(pod.resource_version, "12");
  EXPECT_THAT(pod.labels, ElementsAre(Pair("app", "llm"), Pair("tier", "")));
  EXPECT_THAT(pod.annotations, ElementsAre(Pair("berth.dev/model", "llama-3-8b@int8")));
  EXPECT_FALSE(pod.terminating);
  EXPECT_FALSE(pod.default_spread);
}

TEST(PodDecoder, ReadsTheSpec) {
  const PodObject pod = MustDecode(PodJson(R"("spec": {
    "nodeName": "gpu-a-1", "schedulerName": "berth", "priority": -7,
    "overhead": {"cpu": "250m", "memory": "120Mi"}, "containers": []})"));
  EXPECT_EQ(pod.node_name, "gpu-a-1");
  EXPECT_EQ(pod.scheduler_name, "berth");
  EXPECT_EQ(pod.priority, -7);
  EXPECT_EQ(pod.overhead.cpu, Millicores(250));
  EXPECT_EQ(pod.overhead.memory, ToBytes(120_MiB));
  EXPECT_THAT(pod.containers, IsEmpty());
  EXPECT_FALSE(pod.has_pod_level_requests);
}

TEST(PodDecoder, TakesNullForAbsentEverywhere) {
  const PodObject pod = MustDecode(R"({
    "metadata": {"name": "a", "namespace": null, "uid": null, "labels": null, "annotations": null,
                 "ownerReferences": null, "deletionTimestamp": null, "resourceVersion": null,
                 "creationTimestamp": null},
    "spec": {"nodeName": null, "schedulerName": null, "priority": null, "overhead": null,
             "containers": [{"name": null, "resources": null},
                            {"resources": {"requests": null, "limits": null}},
                            {"resources": {"limits": {"cpu": null, "x/y": null}}}],
             "initContainers": null, "affinity": null, "topologySpreadConstraints": null,
             "resources": null},
    "status": null})");
  EXPECT_EQ(pod.name, "a");
  EXPECT_EQ(pod.created, std::nullopt);
  EXPECT_EQ(pod.priority, 0);
  EXPECT_EQ(pod.containers.size(), 3U);
  EXPECT_EQ(pod.phase, PodPhase::kPending);
  EXPECT_FALSE(pod.has_pod_level_requests);
}

TEST(PodDecoder, ToleratesUnknownFields) {
  const PodObject pod = MustDecode(R"({"kind": "Pod", "apiVersion": "v1", "x": [1, {"y": [[]]}],
    "metadata": {"name": "a", "future": {"a": 1}}, "spec": {"future": true},
    "status": {"phase": "Running", "future": -1.5e3}})");
  EXPECT_EQ(pod.phase, PodPhase::kRunning);
}

TEST(PodDecoder, UnescapesKeysAndValues) {
  const PodObject pod = MustDecode(
      R"({"\u006detadata": {"name": "\u0061\u00e9\ud83d\ude80\n\"\\\/", "labels": {"a\tb": "c\bd\fe\rf"},
          "annotations": {"half": "\ud83d!", "other half": "\ude80"}}})");
  EXPECT_EQ(pod.name, "a\u00e9\U0001F680\n\"\\/");
  EXPECT_THAT(pod.labels, ElementsAre(Pair("a\tb", "c\bd\fe\rf")));
  EXPECT_THAT(pod.annotations, ElementsAre(Pair("half", "\uFFFD!"), Pair("other half", "\uFFFD")));
}

// Few keys are compared with each other, many are sorted.
TEST(PodDecoder, KeepsTheOrderOfKeysThatAreNotSorted) {
  for (const int keys : {3, 40}) {
    std::string labels;
    StringMap wanted;
    for (int i = keys; i > 0; --i) {
      labels += fmt::format(R"({}"key-{}":"{}")", i == keys ? "" : ",", i, i);
      wanted.emplace_back(fmt::format("key-{}", i), std::to_string(i));
    }
    const std::string json = R"({"metadata":{"name":"a","labels":{)" + labels + "}}}";
    EXPECT_EQ(MustDecode(json).labels, wanted);
  }
}

TEST(PodDecoder, LetsTheLastOfEqualKeysStand) {
  const PodObject pod = MustDecode(R"({"metadata": {"name": "first", "name": "last",
    "labels": {"b": "1", "a": "2", "b": "3", "c": "4", "a": "5"}},
    "spec": {"containers": [{"name": "x"}], "containers": [{"name": "c", "resources": {"limits":
        {"x/y": "1", "cpu": "1", "x/y": "2", "cpu": "2"}}}]}})");
  EXPECT_EQ(pod.name, "last");
  EXPECT_THAT(pod.labels, ElementsAre(Pair("b", "3"), Pair("c", "4"), Pair("a", "5")));
  ASSERT_EQ(pod.containers.size(), 1U);
  EXPECT_EQ(pod.containers[0].requests.cpu, Millicores(2000));
  EXPECT_THAT(pod.containers[0].requests.extended, ElementsAre(Pair("x/y", 2)));
}

TEST(PodDecoder, PutsInitContainersFirstAndKnowsSidecars) {
  const PodObject pod = MustDecode(PodJson(R"("spec": {
    "containers": [{"name": "main", "restartPolicy": "Always"}, {"name": "second"}],
    "initContainers": [{"name": "fetch"}, {"restartPolicy": "Always", "name": "proxy"},
                       {"name": "warm", "restartPolicy": null}]})"));
  std::vector<std::pair<std::string, ContainerKind>> got;
  for (const Container& container : pod.containers) {
    got.emplace_back(container.name, container.kind);
  }
  EXPECT_THAT(
      got, ElementsAre(Pair("fetch", ContainerKind::kInit), Pair("proxy", ContainerKind::kSidecar),
                       Pair("warm", ContainerKind::kInit), Pair("main", ContainerKind::kRegular),
                       Pair("second", ContainerKind::kRegular)));
}

TEST(PodRequests, AreTheLimitsWhereOnlyALimitIsGiven) {
  const Resources got = RequestsOf(R"({
    "limits": {"cpu": "2", "memory": "8Gi", "berth.dev/gpu-memory": "8192", "nvidia.com/gpu": 1},
    "requests": {"cpu": "0", "x/y": "3", "berth.dev/gpu-memory": "4096"}})");
  EXPECT_EQ(got.cpu, Millicores(0)) << "a request of 0 is a request";
  EXPECT_EQ(got.memory, Bytes(std::int64_t{8} << 30));
  EXPECT_THAT(got.extended, ElementsAre(Pair("x/y", 3), Pair("berth.dev/gpu-memory", 4096),
                                        Pair("nvidia.com/gpu", 1)));
}

TEST(PodRequests, MayBeNumbers) {
  const Resources got = RequestsOf(R"({"limits": {"cpu": 1.5, "memory": 1e9, "a/b": 2}})");
  EXPECT_EQ(got.cpu, Millicores(1500));
  EXPECT_EQ(got.memory, Bytes(1'000'000'000));
  EXPECT_EQ(got.Extended("a/b"), 2);
}

TEST(PodRequests, LeaveOutWhatSchedulingDoesNotCount) {
  const Resources got =
      RequestsOf(R"({"limits": {"ephemeral-storage": "not looked at", "hugepages-2Mi": "4Mi"}})");
  EXPECT_EQ(got, Resources());
}

TEST(PodRequests, OfThePodAsAWhole) {
  const PodObject pod = MustDecode(PodJson(
      R"("spec": {"resources": {"requests": {"cpu": "3"}, "limits": {"cpu": "4", "memory": "1Gi"}}})"));
  EXPECT_TRUE(pod.has_pod_level_requests);
  EXPECT_EQ(pod.pod_level_requests.cpu, Millicores(3000));
  EXPECT_EQ(pod.pod_level_requests.memory, ToBytes(1_GiB));
}

struct Wrong {
  std::string name;
  std::string json;
  std::string error;
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.json; }
class WrongPodTest : public testing::TestWithParam<Wrong> {};

TEST_P(WrongPodTest, IsAnErrorThatNamesTheField) {
  const Result<PodObject> pod = DecodePodText(GetParam().json);
  ASSERT_FALSE(pod.ok());
  EXPECT_EQ(pod.error().message, GetParam().error);
  EXPECT_EQ(pod.error().code, ErrorCode::kInvalidArgument);
}

std::string WithLimit(const std::string& entry) {
  return PodJson(R"("spec": {"containers": [{"resources": {}}, {"resources": {"limits": {)" +
                 entry + "}}}]}");
}
const std::string kLimits = "pod ml/llm-0: spec.containers[1].resources.limits";

INSTANTIATE_TEST_SUITE_P(
    Amounts, WrongPodTest,
    testing::Values(
        Wrong{"Malformed", WithLimit(R"("berth.dev/gpu-memory": "8x")"),
              kLimits + "[berth.dev/gpu-memory]: '8x' is not a quantity"},
        Wrong{"Empty", WithLimit(R"("cpu": "")"), kLimits + "[cpu]: '' is not a quantity"},
        Wrong{"Fraction", WithLimit(R"("nvidia.com/gpu": "1500m")"),
              kLimits + "[nvidia.com/gpu]: '1500m' is not a whole number"},
        Wrong{"NegativeDevices", WithLimit(R"("nvidia.com/gpu": "-1")"),
              kLimits + "[nvidia.com/gpu]: '-1' is negative"},
        Wrong{"NegativeCpu", WithLimit(R"("cpu": "-100m")"),
              kLimits + "[cpu]: '-100m' is negative"},
        Wrong{"Object", WithLimit(R"("cpu": {"a": 1})"),
              kLimits + "[cpu]: expected a quantity, found an object"},
        Wrong{"Boolean", WithLimit(R"("a/b": true)"),
              kLimits + "[a/b]: expected a quantity, found true"},
        Wrong{"Overhead", PodJson(R"("spec": {"overhead": {"memory": "1GB"}})"),
              "pod ml/llm-0: spec.overhead[memory]: '1GB' is not a quantity"},
        Wrong{"WholePod", PodJson(R"("spec": {"resources": {"requests": {"cpu": "x"}}})"),
              "pod ml/llm-0: spec.resources.requests[cpu]: 'x' is not a quantity"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Types, WrongPodTest,
    testing::Values(
        Wrong{"Nothing", "null", "pod: expected an object, found null"},
        Wrong{"Text", "\"pod\"", "pod: expected an object, found \"pod\""},
        Wrong{"Array", "[]", "pod: expected an object, found an array"},
        Wrong{"NoName", R"({"metadata": {"namespace": "ml"}})", "pod: metadata.name: missing"},
        Wrong{"NoMetadata", "{}", "pod: metadata.name: missing"},
        Wrong{"Name", R"({"metadata": {"name": 7}})",
              "pod: metadata.name: expected a string, found 7"},
        Wrong{"Label", R"({"metadata": {"name": "a", "labels": {"x": 1}}})",
              "pod /a: metadata.labels[x]: expected a string, found 1"},
        Wrong{"Labels", R"({"metadata": {"name": "a", "labels": []}})",
              "pod /a: metadata.labels: expected an object, found an array"},
        Wrong{"Priority", PodJson(R"("spec": {"priority": "1"})"),
              "pod ml/llm-0: spec.priority: expected a whole number, found \"1\""},
        Wrong{"PriorityFraction", PodJson(R"("spec": {"priority": 1.5})"),
              "pod ml/llm-0: spec.priority: expected a whole number, found 1.5"},
        Wrong{"PriorityHuge", PodJson(R"("spec": {"priority": 2147483648})"),
              "pod ml/llm-0: spec.priority: expected a whole number of 32 bits, found 2147483648"},
        Wrong{"Containers", PodJson(R"("spec": {"containers": {}})"),
              "pod ml/llm-0: spec.containers: expected an array, found an object"},
        Wrong{"Container", PodJson(R"("spec": {"containers": [{}, null, 3]})"),
              "pod ml/llm-0: spec.containers[2]: expected an object, found 3"},
        Wrong{"Conditions", PodJson(R"("status": {"conditions": [{"type": []}]})"),
              "pod ml/llm-0: status.conditions[0].type: expected a string, found an array"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Syntax, WrongPodTest,
    testing::Values(
        Wrong{"Empty", "", "pod: not JSON: the text is empty"},
        Wrong{"Garbage", R"({"metadata": {"name": "a"}} x)",
              "pod /a: not JSON at byte 28: something follows the value"},
        Wrong{"TwoObjects", R"({"metadata": {"name": "a"}}{})",
              "pod /a: not JSON at byte 27: something follows the value"},
        Wrong{"NoColon", R"({"metadata" {}})", "pod: not JSON at byte 1: expected a key and ':'"},
        Wrong{"NoComma", R"({"metadata": {} "spec": {}})",
              "pod: not JSON at byte 16: expected ',' or '}'"},
        Wrong{"CommaAtTheEnd", R"({"metadata": {},})",
              "pod: not JSON at byte 16: expected a key and ':'"},
        Wrong{"NumberAsKey", R"({1: 2})", "pod: not JSON at byte 1: expected a key and ':'"},
        Wrong{"WrongBracket", R"({"spec": {"containers": [}]}})",
              "pod: not JSON at byte 25: expected a value"},
        Wrong{"BadEscape", R"({"metadata": {"name": "\x"}})",
              "pod: not JSON at byte 22: unknown escape"},
        Wrong{"ShortEscape", R"({"metadata": {"name": "\u12"}})",
              "pod: not JSON at byte 22: \\u without four hexadecimal digits"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace berth::kube
