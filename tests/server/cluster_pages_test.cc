#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "operations_fixture.h"
#include "testing/case_name.h"
#include "testing/golden.h"

namespace berth::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

cluster::DeviceSet Only(int device) {
  cluster::DeviceSet set;
  set.Add(device);
  return set;
}

class ClusterPagesTest : public OperationsTest {
 protected:
  void FillEveryKind() {
    List({SharedNode("gpu-a-1"), WholeNode("gpu-b-1"), tests::Node("cpu-1").object(),
          tests::Node("mixed-1")
              .Label(std::string(device::kSharingLabel), "native")
              .Has("nvidia.com/gpu", 4)
              .object()});
    store_.PutPod(Bound(SharePod("llm-0", 24576, 30), "gpu-a-1", Only(0)));
    store_.PutPod(Bound(WholePod("train-0", 2), "gpu-b-1", {}));
    store_.PutPod(SharePod("waits", 8192, 10));

    kube::PodObject unknown = SharePod("no-record", 4096, 10);
    unknown.node_name = "gpu-a-1";
    store_.PutPod(std::move(unknown));

    store_.PutPod(SharePod("on-its-way", 8192, 20));
    auto assumption = store_.Assume("uid-of-on-its-way", "gpu-a-1", Only(1));
    ASSERT_TRUE(assumption.ok()) << assumption.error().message;
    std::move(assumption).value().Doubt(clock_.Now());  // never settled: it stays assumed
  }

  std::vector<std::string> Names(const Json& page) {
    std::vector<std::string> names;
    for (const Json& item : page.at("items")) {
      names.push_back(item.at("name"));
    }
    return names;
  }
};

TEST_F(ClusterPagesTest, NodesOfEveryKind) {
  FillEveryKind();
  EXPECT_TRUE(
      tests::MatchesGolden(GetJson("/api/v1/nodes").dump(2) + "\n", "golden/server/nodes.json"));
}

TEST_F(ClusterPagesTest, PodsOfEveryState) {
  FillEveryKind();
  EXPECT_TRUE(
      tests::MatchesGolden(GetJson("/api/v1/pods").dump(2) + "\n", "golden/server/pods.json"));
}

TEST_F(ClusterPagesTest, TheSnapshotIsAListOfKubernetesObjects) {
  FillEveryKind();
  const net::Response page = Get("/api/v1/snapshot");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "application/json");
  EXPECT_TRUE(tests::MatchesGolden(page.body, "golden/server/snapshot.json"));
}

TEST_F(ClusterPagesTest, ThereIsNoSnapshotOfWhatHasNotBeenListed) {
  store_.PutNode(WholeNode("gpu-b-1"));
  const net::Response page = Get("/api/v1/snapshot");
  EXPECT_EQ(page.status, 503);
  EXPECT_THAT(page.body, HasSubstr("nodes and pods have not all been listed yet"));
}

TEST_F(ClusterPagesTest, ResourcesOfNodesThatHaveDevices) {
  FillEveryKind();
  const net::Response page = Get("/metrics/resources");
  EXPECT_EQ(page.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_TRUE(tests::MatchesGolden(page.body, "golden/server/resources.txt"));
}

TEST_F(ClusterPagesTest, AnEmptyClusterIsAnEmptyList) {
  EXPECT_EQ(Get("/api/v1/nodes").body, "{\"items\":[]}\n");
  EXPECT_EQ(Get("/api/v1/pods").body, "{\"items\":[]}\n");
}

TEST_F(ClusterPagesTest, NodesSayWhereTheyStandAndPodsWhatTheyRead) {
  kube::NodeObject node = SharedNode("gpu-a-1");
  node.labels.emplace_back("example.com/rack", "r7");
  List({node, SharedNode("gpu-a-2")});
  const Json nodes = GetJson("/api/v1/nodes").at("items");
  EXPECT_EQ(nodes.at(0).at("zone"), "eu-1a");
  EXPECT_EQ(nodes.at(0).at("rack"), "r7");
  EXPECT_FALSE(nodes.at(1).contains("rack"));
  store_.PutPod(tests::Pod("train").Annotation("berth.dev/data", "imagenet,c4").object());
  const Json pod = GetJson("/api/v1/pods").at("items").at(0);
  EXPECT_EQ(pod.at("data"), (Json{"imagenet", "c4"}));
}

TEST_F(ClusterPagesTest, AnExclusiveShareTakesTheWholeDevice) {
  List({SharedNode("gpu-a-1")});
  store_.PutPod(Bound(SharePod("alone", 1024, 100), "gpu-a-1", Only(1)));
  const Json devices = GetJson("/api/v1/nodes").at("items").at(0).at("devices");
  EXPECT_EQ(devices.at(0).at("allocatedMemoryMiB"), 0);
  EXPECT_EQ(devices.at(1).at("allocatedMemoryMiB"), 81920);
  EXPECT_EQ(devices.at(1).at("allocatedCoresPercent"), 100);
}

// What the device plugin withdrew is still promised to the pods that run.
TEST_F(ClusterPagesTest, OvercommittedDevicesAreSaid) {
  List({WholeNode("gpu-b-1")});
  store_.PutPod(Bound(WholePod("train-0", 8), "gpu-b-1", {}));
  store_.PutNode(tests::Node("gpu-b-1").Has("nvidia.com/gpu", 6).object());
  const Json node = GetJson("/api/v1/nodes").at("items").at(0);
  EXPECT_EQ(node.at("capacity"), 6);
  EXPECT_EQ(node.at("allocated"), 8);
  EXPECT_EQ(node.at("overcommittedDevices"), 2);
  EXPECT_THAT(Get("/metrics/resources").body,
              HasSubstr(R"(berth_node_overcommitted_devices{node="gpu-b-1"} 2)"));
}

TEST_F(ClusterPagesTest, SeveralClassesAreAllListedAndTheFirstStandsAtTheNode) {
  List({tests::Node("mig-1").Has("nvidia.com/mig-1g.10gb", 7).Has("nvidia.com/mig-3g.40gb", 2)});
  store_.PutPod(Bound(tests::Pod("p").Asks("nvidia.com/mig-3g.40gb", 1).object(), "mig-1", {}));
  const Json node = GetJson("/api/v1/nodes").at("items").at(0);
  ASSERT_EQ(node.at("classes").size(), 2);
  EXPECT_EQ(node.at("class"), node.at("classes").at(0).at("class"));
  EXPECT_EQ(node.at("classes").at(1).at("class"), "nvidia.com/mig-3g.40gb");
  EXPECT_EQ(node.at("classes").at(1).at("allocated"), 1);
}

TEST_F(ClusterPagesTest, NodesComeInPagesThatMeet) {
  List({WholeNode("e"), WholeNode("a"), WholeNode("d"), WholeNode("c"), WholeNode("b")});
  const Json first = GetJson("/api/v1/nodes?limit=2");
  EXPECT_THAT(Names(first), ElementsAre("a", "b"));
  const auto next = [&](const Json& page) {
    return GetJson("/api/v1/nodes?limit=2&continue=" + page.at("continue").get<std::string>());
  };
  const Json second = next(first);
  EXPECT_THAT(Names(second), ElementsAre("c", "d"));
  const Json third = next(second);
  EXPECT_THAT(Names(third), ElementsAre("e"));
  EXPECT_FALSE(third.contains("continue"));
}

TEST_F(ClusterPagesTest, AFullLastPageHasNoContinue) {
  List({WholeNode("a"), WholeNode("b")});
  EXPECT_FALSE(GetJson("/api/v1/nodes?limit=2").contains("continue"));
}

TEST_F(ClusterPagesTest, PagingSurvivesThatTheLastNodeSeenIsGone) {
  List({WholeNode("a"), WholeNode("b"), WholeNode("c")});
  const std::string token = GetJson("/api/v1/nodes?limit=2").at("continue");
  store_.RemoveNode("b");
  EXPECT_THAT(Names(GetJson("/api/v1/nodes?limit=2&continue=" + token)), ElementsAre("c"));
}

TEST_F(ClusterPagesTest, PodsComeInPagesThatMeet) {
  List({});
  for (const char* name : {"c", "a", "b"}) {
    store_.PutPod(SharePod(name, 1024, 10));
  }
  kube::PodObject twin = SharePod("a", 1024, 10);  // the same name, an earlier pod
  twin.uid = "another-uid";
  store_.PutPod(std::move(twin));
  const Json first = GetJson("/api/v1/pods?limit=1");
  const Json second =
      GetJson("/api/v1/pods?limit=5&continue=" + first.at("continue").get<std::string>());
  EXPECT_THAT(Names(first), ElementsAre("a"));
  EXPECT_THAT(Names(second), ElementsAre("a", "b", "c"));
}

TEST_F(ClusterPagesTest, OnePodIsShownAlone) {
  FillEveryKind();
  const Json pod = GetJson("/api/v1/pods/ml/llm-0");
  EXPECT_EQ(pod.at("node"), "gpu-a-1");
  EXPECT_EQ(pod.at("devices"), Json::array({"0"}));
  EXPECT_EQ(Get("/api/v1/pods/ml/llm%2D0").status, 200);
}

struct BadCase {
  std::string name;
  std::string target;
  int status;
  std::string code;
  std::string message;
};

class BadRequestTest : public OperationsTest, public ::testing::WithParamInterface<BadCase> {};

TEST_P(BadRequestTest, IsRefusedWithAnErrorThatNamesTheField) {
  const net::Response response = Get(GetParam().target);
  EXPECT_EQ(response.status, GetParam().status);
  EXPECT_EQ(response.content_type, "application/json");
  const Json error = Json::parse(response.body).at("error");
  EXPECT_EQ(error.at("code"), GetParam().code);
  EXPECT_EQ(error.at("message"), GetParam().message);
}

const std::string kLimitText = "is not a number from 1 to 5000";
const std::string kTokenText = "continue: not a token that an earlier answer gave";

INSTANTIATE_TEST_SUITE_P(
    Requests, BadRequestTest,
    ::testing::Values(BadCase{"LimitZero", "/api/v1/nodes?limit=0", 400, "invalid_argument",
                              "limit: '0' " + kLimitText},
                      BadCase{"LimitOverMaximum", "/api/v1/nodes?limit=5001", 400,
                              "invalid_argument", "limit: '5001' " + kLimitText},
                      BadCase{"LimitNegative", "/api/v1/pods?limit=-1", 400, "invalid_argument",
                              "limit: '-1' " + kLimitText},
                      BadCase{"LimitEmpty", "/api/v1/pods?limit=", 400, "invalid_argument",
                              "limit: '' " + kLimitText},
                      BadCase{"LimitHuge", "/api/v1/pods?limit=99999999999999999999", 400,
                              "invalid_argument", "limit: '99999999999999999999' " + kLimitText},
                      BadCase{"TokenIsNotHex", "/api/v1/nodes?continue=zz", 400, "invalid_argument",
                              kTokenText},
                      BadCase{"TokenIsCutShort", "/api/v1/nodes?continue=616", 400,
                              "invalid_argument", kTokenText},
                      BadCase{"TokenOfAnotherList", "/api/v1/pods?continue=61", 400,
                              "invalid_argument", kTokenText},
                      BadCase{"UnknownParameter", "/api/v1/nodes?limt=5", 400, "invalid_argument",
                              "query: unknown parameter 'limt'; known: limit, continue"},
                      BadCase{"GivenTwice", "/api/v1/nodes?limit=5&limit=6", 400,
                              "invalid_argument", "query: 'limit' is given twice"},
                      BadCase{"BrokenEscape", "/api/v1/nodes?limit=%5", 400, "invalid_argument",
                              "query: '%' must be followed by two hexadecimal digits"},
                      BadCase{"PodUnknown", "/api/v1/pods/ml/nobody", 404, "not_found",
                              "pod ml/nobody is not known"},
                      BadCase{"PodWithoutName", "/api/v1/pods/ml/", 404, "not_found",
                              "expected /api/v1/pods/{namespace}/{name}"},
                      BadCase{"PodPathTooDeep", "/api/v1/pods/ml/llm-0/x", 404, "not_found",
                              "expected /api/v1/pods/{namespace}/{name}"}),
    tests::CaseName);

}  // namespace
}  // namespace berth::server
