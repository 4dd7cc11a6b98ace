// POST /filter and /prioritize, each rule of the protocol as a sentence.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "testing/case_name.h"
#include "testing/golden.h"
#include "world.h"

namespace berth::extender {
namespace {

class FilterTest : public World {
 protected:
  void SetUp() override {
    Start({SharedNode("a", 2, 40_GiB), SharedNode("b", 2, 80_GiB), WholeNode("w", 4)});
  }

  static kube::NodeObject WholeNode(std::string name, int gpus) {
    kube::NodeObject node{.name = std::move(name), .ready = true};
    node.allocatable = {
        .cpu = Millicores(64'000), .memory = Bytes(std::int64_t{512} << 30), .pods = 110};
    node.allocatable.extended = {{"nvidia.com/gpu", gpus}};
    return node;
  }
};

TEST_F(FilterTest, ReturnsTheNodesThatFitByNameAndNamesNoOther) {
  EXPECT_EQ(Filter(PodJson("p", Gpu(50_GiB))), (json{{"NodeNames", {"b"}}}));
}

TEST_F(FilterTest, NamesEveryRefusedNodeAsUnresolvableWhenNoneIsLeft) {
  EXPECT_EQ(Filter(PodJson("p", Gpu(90_GiB))), (json{{"NodeNames", json::array()},
                                                     {"FailedAndUnresolvableNodes",
                                                      {{"a", "insufficient device memory"},
                                                       {"b", "insufficient device memory"},
                                                       {"w", "no matching devices"}}}}));
}

// A changing text makes kube-scheduler retry in a hot loop.
TEST_F(FilterTest, SaysTheSameWhateverRoomIsLeft) {
  const json before = Filter(PodJson("huge", Gpu(90_GiB)));
  ASSERT_TRUE(Filter(PodJson("p", Gpu(10_GiB))).contains("NodeNames"));
  ASSERT_EQ(Bind("p", "a"), json::object());
  EXPECT_EQ(Filter(PodJson("huge", Gpu(90_GiB))), before);
}

TEST_F(FilterTest, UsesOnlyTextsOfTheList) {
  std::set<std::string_view> texts;
  for (int i = 1; i < core::kReasonCount; ++i) {
    texts.insert(core::Text(static_cast<core::Reason>(i)));
  }
  for (const json& pod : {PodJson("a", Gpu(90_GiB)), PodJson("b", {{"nvidia.com/gpu", "9"}}),
                          PodJson("c", {{"berth.dev/gpu-cores", "250"}}),
                          PodJson("d", json::object(), {{"berth.dev/model", "llama"}})}) {
    const json answer = Filter(pod);
    for (const auto& [node, text] : answer["FailedAndUnresolvableNodes"].items()) {
      EXPECT_TRUE(texts.contains(text.get<std::string>())) << text;
    }
    EXPECT_EQ(answer["FailedAndUnresolvableNodes"].size(), names_.size());
    EXPECT_FALSE(answer.contains("Error"));
  }
}

TEST_F(FilterTest, RefusesANodeThatItsOwnWatchHasNotSeenYet) {
  EXPECT_EQ(
      Filter(PodJson("p", Gpu(1_GiB)), {"newborn"}),
      (json{{"NodeNames", json::array()},
            {"FailedAndUnresolvableNodes", {{"newborn", "node is not known to Berth yet"}}}}));
  EXPECT_EQ(Filter(PodJson("p", Gpu(1_GiB)), {"newborn", "a"}), (json{{"NodeNames", {"a"}}}));
}

TEST_F(FilterTest, LetsPodsWithoutDevicesGoAnywhere) {
  const json answer = Filter(PodJson("web", {{"cpu", "1"}}));
  EXPECT_EQ(answer, (json{{"NodeNames", {"a", "b", "w"}}}));
  for (const json& score : Prioritize(PodJson("web", {{"cpu", "1"}}))) {
    EXPECT_EQ(score["Score"], 0);
  }
}

TEST_F(FilterTest, AnswersWholeNodesWithTheWholeNodesItWasSent) {
  const json node = {{"metadata", {{"labels", {{"x", "1"}}}, {"name", "b"}, {"uid", "u"}}},
                     {"status", {{"phase", "é\"\\"}}}};
  const json other = {{"metadata", {{"name", "a"}}}};
  const json args = {{"Pod", PodJson("p", Gpu(50_GiB))},
                     {"Nodes", {{"metadata", json::object()}, {"items", {other, node}}}},
                     {"NodeNames", nullptr}};
  EXPECT_EQ(Post(&Service::Filter, args.dump()).body(), (json{{"Nodes", {{"items", {node}}}}}));
}

TEST_F(FilterTest, TheOrderOfTheRequestsNodesChangesNoVerdict) {
  const json forth = Filter(PodJson("p", Gpu(30_GiB)), {"a", "b", "w"});
  const json back = Filter(PodJson("p", Gpu(30_GiB)), {"w", "b", "a"});
  EXPECT_EQ(std::set<std::string>(forth["NodeNames"].begin(), forth["NodeNames"].end()),
            std::set<std::string>(back["NodeNames"].begin(), back["NodeNames"].end()));
}

// After preemption kube-scheduler asks about the nominated node alone, then about all.
TEST_F(FilterTest, TheNominatedNodesPassAndTheFullPassBothGetTheirAnswer) {
  EXPECT_EQ(Filter(PodJson("p", Gpu(50_GiB)), {"a"})["NodeNames"], json::array());
  EXPECT_EQ(Filter(PodJson("p", Gpu(50_GiB))), (json{{"NodeNames", {"b"}}}));
}

struct BadBody {
  std::string name;
  std::string body;
  int status;
  std::string want;  // part of Error
};

class BadBodyTest : public FilterTest, public testing::WithParamInterface<BadBody> {};

TEST_P(BadBodyTest, IsAnErrorThatNamesTheFieldAndChangesNothing) {
  const std::uint64_t before = store_.version();
  for (const VerbFunction verb : {&Service::Filter, &Service::Prioritize}) {
    const Reply reply = Post(verb, GetParam().body);
    EXPECT_EQ(reply.status, GetParam().status);
    EXPECT_THAT(reply.body()["Error"].get<std::string>(), testing::StartsWith("berth: "));
    EXPECT_THAT(reply.body()["Error"].get<std::string>(), testing::HasSubstr(GetParam().want));
  }
  EXPECT_EQ(store_.version(), before);
  EXPECT_FALSE(store_.FindPod("u").has_value());
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, BadBodyTest,
    testing::Values(
        BadBody{"Empty", "", 400, "empty"}, BadBody{"NoJson", "<html>", 400, "not JSON"},
        BadBody{"Truncated", R"({"Pod":{"metadata":)", 400, "not JSON"},
        BadBody{"AnArray", "[]", 200, "expected an object"},
        BadBody{"NoPod", R"({"NodeNames":["a"]})", 200, "Pod is missing"},
        BadBody{"NullPod", R"({"Pod":null,"NodeNames":["a"]})", 200, "Pod is missing"},
        BadBody{
            "NoNodes",
            R"({"Pod":{"metadata":{"name":"p","namespace":"n","uid":"u"}},"Nodes":null,"NodeNames":null})",
            200, "neither NodeNames nor Nodes"},
        BadBody{
            "BothNodes",
            R"({"Pod":{"metadata":{"name":"p","uid":"u"}},"Nodes":{"items":[]},"NodeNames":[]})",
            200, "both NodeNames and Nodes"},
        BadBody{"NamesNotStrings",
                R"({"Pod":{"metadata":{"name":"p","uid":"u"}},"NodeNames":["a",7]})", 200,
                "NodeNames[1]"},
        BadBody{
            "NodeWithoutName",
            R"({"Pod":{"metadata":{"name":"p","uid":"u"}},"Nodes":{"items":[{"metadata":{}}]}})",
            200, "Nodes.items[0]"},
        BadBody{"NoUid", R"({"Pod":{"metadata":{"name":"p"}},"NodeNames":["a"]})", 200,
                "metadata.uid"},
        BadBody{
            "BadQuantity",
            R"({"Pod":{"metadata":{"name":"p","namespace":"n","uid":"u"},"spec":{"containers":[{"resources":{"limits":{"berth.dev/gpu-memory":"8x"}}}]}},"NodeNames":["a"]})",
            200, "'8x'"}),
    tests::CaseName);

TEST_F(FilterTest, DeepNestingIsRefused) {
  const Reply reply = Post(
      &Service::Filter, R"({"Pod":{"x":)" + std::string(5000, '[') + std::string(5000, ']') + "}}");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.text, testing::HasSubstr("nested deeper"));
}

class FewNodesTest : public World {
 protected:
  FewNodesTest() : World({.max_nodes = 2}) {}
};

TEST_F(FewNodesTest, MoreNodesThanTheLimitAreRefusedByNumber) {
  Start({SharedNode("a", 1, 40_GiB), SharedNode("b", 1, 40_GiB), SharedNode("c", 1, 40_GiB)});
  EXPECT_THAT(Filter(PodJson("p", Gpu(1_GiB)))["Error"].get<std::string>(),
              testing::HasSubstr("more than 2 nodes"));
  EXPECT_TRUE(Filter(PodJson("p", Gpu(1_GiB)), {"a", "b"}).contains("NodeNames"));
}

TEST_F(World, BeforeTheClusterIsKnownEveryVerbAsksToComeBack) {
  EXPECT_EQ(Filter(PodJson("p", Gpu(1_GiB)), {"a"})["Error"], "berth: still reading the cluster");
  EXPECT_EQ(Bind("p", "a")["Error"], "berth: still reading the cluster");
}

// --- Scores.

TEST_F(FilterTest, TheBestNodeStandsAloneAtTen) {
  const json pod = PodJson("p", Gpu(10_GiB));
  Filter(pod);
  const json scores = Prioritize(pod, {"a", "b"});
  EXPECT_EQ(ScoreOf(scores, "a"), 10) << "the smaller node is the fuller one";
  EXPECT_LT(ScoreOf(scores, "b"), 10);
  EXPECT_GE(ScoreOf(scores, "b"), 0);
}

TEST_F(FilterTest, ScoresAreIntegersInRangeForEveryNodeThatWasNamed) {
  const json scores = Prioritize(PodJson("p", Gpu(10_GiB)), {"b", "nobody", "a", "w"});
  ASSERT_EQ(scores.size(), 4U);
  for (const json& score : scores) {
    ASSERT_TRUE(score["Score"].is_number_integer());
    EXPECT_GE(score["Score"].get<int>(), 0);
    EXPECT_LE(score["Score"].get<int>(), 10);
  }
  EXPECT_EQ(ScoreOf(scores, "nobody"), 0);
  EXPECT_EQ(ScoreOf(scores, "w"), 0);
}

TEST_F(FilterTest, PrioritizeOfAPartOfTheFilteredNodesHasItsOwnBest) {
  const json pod = PodJson("p", Gpu(10_GiB));
  Filter(pod);
  EXPECT_EQ(ScoreOf(Prioritize(pod, {"b"}), "b"), 10);
}

// Whatever lies between the names of a request is not of the answer.
TEST_F(FilterTest, KeptNamesAreSeparatedByCommasAlone) {
  const std::string pod = PodJson("p", Gpu(1_GiB)).dump();
  for (const std::string_view list :
       {R"(["a","b"])", R"(["a", "b"])", R"(["a" ,"b"])", "[ \"a\"\n,\n\"b\" ]"}) {
    const std::string body = fmt::format(R"({{"Pod":{},"NodeNames":{}}})", pod, list);
    EXPECT_EQ(Post(&Service::Filter, body).text, R"({"NodeNames":["a","b"]})") << list;
  }
  const std::string body = fmt::format(R"({{"Pod":{},"NodeNames":["a","w","b"]}})", pod);
  EXPECT_EQ(Post(&Service::Filter, body).text, R"({"NodeNames":["a","b"]})");
}

// Longer than what the answer is put together in, and names that are longer than all of that.
TEST_F(FilterTest, EveryNodeOfALongListHasItsScore) {
  std::vector<std::string> names = {"a", std::string(5000, 'x'), "b"};
  for (int i = 0; i < 500; ++i) {
    names.push_back("unknown-" + std::to_string(i));
  }
  const json scores = Prioritize(PodJson("p", Gpu(50_GiB)), names);
  std::set<std::string> named;
  for (const json& score : scores) {
    named.insert(score["Host"].get<std::string>());
    EXPECT_EQ(score["Score"], score["Host"] == "b" ? 10 : 0);
  }
  EXPECT_EQ(named, std::set<std::string>(names.begin(), names.end()));
  EXPECT_EQ(scores.size(), names.size());
}

TEST_F(FilterTest, TwoCallsWithTheSameStateGiveTheSameBytes) {
  const std::string body = Args(PodJson("p", Gpu(10_GiB))).dump();
  EXPECT_EQ(Post(&Service::Filter, body).text, Post(&Service::Filter, body).text);
  EXPECT_EQ(Post(&Service::Prioritize, body).text, Post(&Service::Prioritize, body).text);
}

// kube-scheduler asks about the next pod before the bind of the last one arrives.
TEST_F(FilterTest, ABurstSpreadsOverDevicesBeforeAnyBindHasArrived) {
  for (const char* name : {"p", "q"}) {
    const json pod = PodJson(name, Gpu(30_GiB));
    Filter(pod, {"a"});
  }
  ASSERT_EQ(Bind("q", "a"), json::object());
  ASSERT_EQ(Bind("p", "a"), json::object());
  EXPECT_NE(Annotation("p", "berth.dev/devices"), Annotation("q", "berth.dev/devices"));
}

TEST_F(FilterTest, ExpectationsOfOthersNeverEmptyAnAnswer) {
  Filter(PodJson("p", Gpu(40_GiB, 2)), {"a"});
  EXPECT_EQ(Filter(PodJson("q", Gpu(40_GiB, 2)), {"a"}), (json{{"NodeNames", {"a"}}}));
  EXPECT_EQ(ScoreOf(Prioritize(PodJson("q", Gpu(40_GiB, 2)), {"a", "b"}), "b"), 10)
      << "room that nobody expects is better";
}

TEST_F(FilterTest, AnExpectationEndsByItself) {
  Filter(PodJson("p", Gpu(40_GiB, 2)), {"a"});
  clock_.Advance(std::chrono::seconds(6));
  EXPECT_EQ(ScoreOf(Prioritize(PodJson("q", Gpu(40_GiB, 2)), {"a", "b"}), "a"), 10);
}

class ShortlistTest : public World {
 protected:
  ShortlistTest() : World({.shortlist = 2}) {}
  void SetUp() override {
    std::vector<kube::NodeObject> nodes;
    for (int i = 0; i < 6; ++i) {
      nodes.push_back(SharedNode("n" + std::to_string(i), 1, MiB((40 + i) * 1024)));
      nodes.back().labels.emplace_back("topology.kubernetes.io/zone", i < 3 ? "east" : "west");
    }
    Start(std::move(nodes));
  }
};

TEST_F(ShortlistTest, KeepsTheBestNodesAndTwoOfEachZone) {
  const json names = Filter(PodJson("p", Gpu(1_GiB)))["NodeNames"];
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()),
            (std::set<std::string>{"n0", "n1", "n3", "n4"}));
}

TEST_F(ShortlistTest, IsNotForPodsWithPreferencesOfTheirOwn) {
  json pod = PodJson("p", Gpu(1_GiB));
  pod["metadata"]["ownerReferences"] = {
      {{"kind", "ReplicaSet"}, {"name", "r"}, {"controller", true}}};
  EXPECT_EQ(Filter(pod)["NodeNames"].size(), 6U);
}

class NamedRefusalsTest : public World {
 protected:
  NamedRefusalsTest() : World({.name_refused_nodes = true}) {}
};

TEST_F(NamedRefusalsTest, ASettingNamesRefusedNodesBesideSurvivors) {
  Start({SharedNode("a", 1, 40_GiB), SharedNode("b", 1, 80_GiB)});
  EXPECT_EQ(Filter(PodJson("p", Gpu(50_GiB))),
            (json{{"NodeNames", {"b"}},
                  {"FailedAndUnresolvableNodes", {{"a", "insufficient device memory"}}}}));
}

// --- What a real kube-scheduler sent.

TEST_F(World, ReadsRecordedRequestsOfBothModes) {
  Start({SharedNode("node-00000", 1, 40_GiB), SharedNode("node-00001", 1, 40_GiB),
         SharedNode("node-00002", 1, 40_GiB)});
  for (const char* file : {"golden/extender/nodenames-filter.request.json",
                           "golden/extender/nodenames-filter-after-preemption.request.json"}) {
    const json answer = Post(&Service::Filter, tests::ReadText(file)).body();
    EXPECT_FALSE(answer.contains("Error")) << file << answer;
    EXPECT_EQ(answer["FailedAndUnresolvableNodes"].size(),
              json::parse(tests::ReadText(file))["NodeNames"].size())
        << "berth.dev/gpu-mem is no resource of ours, and the pod names a model";
  }
  const json full =
      Post(&Service::Filter, tests::ReadText("golden/extender/fullnodes-filter.request.json"))
          .body();
  EXPECT_EQ(full["Nodes"]["items"], json::array());
  EXPECT_EQ(full["FailedAndUnresolvableNodes"].size(), 3U);
}

TEST_F(World, PreemptGivesBackInMetaFormWhatEvictionCouldHelp) {
  Start({SharedNode("node-00000", 1, 40_GiB), SharedNode("node-00001", 1, 20_GiB)});
  json args = json::parse(tests::ReadText("golden/extender/fullnodes-preempt.request.json"));
  ASSERT_TRUE(args["NodeNameToVictims"].contains("node-00002"));
  args["Pod"] = PodJson("p", Gpu(30_GiB));
  const json answer = Post(&Service::Preempt, args.dump()).body();
  json want = json::object();
  for (const char* node : {"node-00000", "node-00001"}) {
    json& victims = want[node];
    victims = {{"Pods", json::array()},
               {"NumPDBViolations", args["NodeNameToVictims"][node]["NumPDBViolations"]}};
    for (const json& pod : args["NodeNameToVictims"][node]["Pods"]) {
      victims["Pods"].push_back({{"UID", pod["metadata"]["uid"]}});
    }
  }
  EXPECT_EQ(answer, (json{{"NodeNameToMetaVictims", want}}))
      << "node-00002 does not exist: no eviction helps there";
}

// Spread in place of binpack: the next pod goes to the other node, and what counted before is still
// what is told of the pod before.
TEST_F(World, ProfilesMayChangeBetweenDecisions) {
  Start({SharedNode("node-a", 1, 40_GiB), SharedNode("node-b", 1, 40_GiB)});
  const json first = PodJson("first", Gpu(10_GiB));
  Filter(first);
  EXPECT_EQ(Bind("first", "node-a"), json::object());

  const json second = PodJson("second", Gpu(10_GiB));
  Filter(second);
  json scores = Prioritize(second);
  EXPECT_GT(ScoreOf(scores, "node-a"), ScoreOf(scores, "node-b"));

  service_->SetProfiles({{.name = "wide",
                          .policy = {.node_packing = core::Packing::kSpread,
                                     .device_packing = core::Packing::kSpread}}});
  const json third = PodJson("third", Gpu(10_GiB));
  Filter(third);
  scores = Prioritize(third);
  EXPECT_LT(ScoreOf(scores, "node-a"), ScoreOf(scores, "node-b"));

  const Result<Explanation> before = service_->Explain("ml", "first", 2);
  ASSERT_TRUE(before.ok()) << before.error().message;
  EXPECT_EQ(before->profile, "");
  const Result<Explanation> now = service_->Explain("ml", "third", 2);
  ASSERT_TRUE(now.ok()) << now.error().message;
  EXPECT_EQ(now->profile, "wide");
}

}  // namespace
}  // namespace berth::extender
