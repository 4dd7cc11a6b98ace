#include "berth/sim/memory_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace berth::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

// Writes down what it is told: "put pod ml/a on n1", "gone u1".
class LogSink final : public kube::ObjectSink {
 public:
  void BeginNodes() override { log_.emplace_back("begin nodes"); }
  void EndNodes() override { log_.emplace_back("end nodes"); }
  void BeginPods() override { log_.emplace_back("begin pods"); }
  void EndPods() override { log_.emplace_back("end pods"); }
  void PutNode(kube::NodeObject node) override { log_.push_back("node " + node.name); }
  void PutPod(kube::PodObject pod) override {
    log_.push_back("pod " + pod.ns + "/" + pod.name +
                   (pod.node_name.empty() ? "" : " on " + pod.node_name));
  }
  void RemoveNode(std::string_view name) override {
    log_.push_back("no node " + std::string(name));
  }
  void RemovePod(std::string_view uid) override { log_.push_back("no pod " + std::string(uid)); }

  // What came since the last call.
  std::vector<std::string> Take() { return std::exchange(log_, {}); }

 private:
  std::vector<std::string> log_;
};

kube::PodObject Pod(const std::string& name, const std::string& uid = "") {
  kube::PodObject pod;
  pod.ns = "ml";
  pod.name = name;
  pod.uid = uid.empty() ? "uid-" + name : uid;
  return pod;
}

kube::NodeObject Node(const std::string& name) {
  kube::NodeObject node;
  node.name = name;
  return node;
}

kube::Binding To(const std::string& node, const kube::PodObject& pod) {
  return {.ns = pod.ns, .name = pod.name, .uid = pod.uid, .node = node, .annotations = {}};
}

Error LostAnswer() { return {ErrorCode::kUnknownOutcome, "timed out"}; }

// A cluster with node n1 and the pending pod ml/a, whose sink has seen both.
class MemoryApiTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(api_.Load({Node("n1")}, {Pod("a")}).ok());
    api_.Start(sink_);
    sink_.Take();
  }

  kube::PodObject Get(const std::string& name) {
    Result<kube::PodObject> pod = api_.GetPod("ml", name);
    EXPECT_TRUE(pod.ok());
    return pod.ok() ? std::move(pod).value() : kube::PodObject();
  }

  MemoryApi api_;
  LogSink sink_;
};

TEST(MemoryApi, ShowsAllThereIsAndThenEveryChange) {
  MemoryApi api;
  LogSink sink;
  ASSERT_TRUE(api.Load({Node("n2"), Node("n1")}, {Pod("b"), Pod("a")}).ok());
  api.Start(sink);
  EXPECT_THAT(sink.Take(), ElementsAre("begin nodes", "node n1", "node n2", "end nodes",
                                       "begin pods", "pod ml/a", "pod ml/b", "end pods"));
  ASSERT_TRUE(api.CreatePod(Pod("c")).ok());
  ASSERT_TRUE(api.Bind(To("n1", Pod("c"))).ok());
  api.PutNode(Node("n3"));
  ASSERT_TRUE(api.RemoveNode("n2").ok());
  EXPECT_EQ(api.DeletePod("ml", "c").value(), "uid-c");
  EXPECT_THAT(sink.Take(),
              ElementsAre("pod ml/c", "pod ml/c on n1", "node n3", "no node n2", "no pod uid-c"));
}

TEST(MemoryApi, ShowsAnEmptyClusterAsEmpty) {
  MemoryApi api;
  LogSink sink;
  api.Start(sink);
  EXPECT_THAT(sink.Take(), ElementsAre("begin nodes", "end nodes", "begin pods", "end pods"));
}

TEST(MemoryApi, RefusesAFileThatNamesAnObjectTwice) {
  MemoryApi api;
  const Status nodes = api.Load({Node("n1"), Node("n1")}, {Pod("a")});
  ASSERT_FALSE(nodes.ok());
  EXPECT_EQ(nodes.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(nodes.error().message, "nodes \"n1\" already exists");
  const Status pods = api.Load({Node("n1")}, {Pod("a"), Pod("a", "other")});
  ASSERT_FALSE(pods.ok());
  EXPECT_EQ(pods.error().message, "pods \"ml/a\" already exists");
  EXPECT_TRUE(api.Load({Node("n1")}, {Pod("a")}).ok()) << "nothing of the refused files was added";
}

TEST(MemoryApi, CompletesWhatAFileMayLeaveOut) {
  MemoryApi api;
  kube::PodObject first;
  first.name = "a";
  kube::PodObject second;
  second.name = "b";
  ASSERT_TRUE(api.Load({}, {first, second}).ok());
  const kube::PodObject a = api.GetPod("default", "a").value();
  const kube::PodObject b = api.GetPod("default", "b").value();
  EXPECT_FALSE(a.uid.empty());
  EXPECT_NE(a.uid, b.uid);
  EXPECT_NE(a.resource_version, b.resource_version);
}

TEST_F(MemoryApiTest, BindsInOneWriteWithTheAnnotations) {
  kube::PodObject pod = Pod("b");
  pod.annotations = {{"kept", "1"}, {"berth.dev/devices", "old"}};
  pod.nominated_node_name = "n2";
  ASSERT_TRUE(api_.CreatePod(pod).ok());
  sink_.Take();
  kube::Binding binding = To("n1", pod);
  binding.annotations = {{"berth.dev/devices", "0"}, {"berth.dev/decision", "7"}};
  ASSERT_TRUE(api_.Bind(binding).ok());
  const kube::PodObject bound = Get("b");
  EXPECT_EQ(bound.node_name, "n1");
  EXPECT_EQ(bound.nominated_node_name, "");
  EXPECT_THAT(bound.annotations, ElementsAre(Pair("kept", "1"), Pair("berth.dev/devices", "0"),
                                             Pair("berth.dev/decision", "7")));
  EXPECT_THAT(sink_.Take(), ElementsAre("pod ml/b on n1"));
}

TEST_F(MemoryApiTest, RefusesASecondBindingEvenToTheSameNode) {
  ASSERT_TRUE(api_.Bind(To("n1", Pod("a"))).ok());
  sink_.Take();
  kube::Binding again = To("n1", Pod("a"));
  again.annotations = {{"x", "y"}};
  EXPECT_EQ(api_.Bind(again).error(),
            (Error{ErrorCode::kConflict,
                   "Operation cannot be fulfilled on pods/binding \"a\": pod a is already assigned "
                   "to node \"n1\""}));
  EXPECT_THAT(Get("a").annotations, IsEmpty());
  EXPECT_THAT(sink_.Take(), IsEmpty());
}

TEST_F(MemoryApiTest, TakesTheUidAsAPrecondition) {
  EXPECT_EQ(api_.Bind(To("n1", Pod("a", "older"))).error(),
            (Error{ErrorCode::kConflict,
                   "Operation cannot be fulfilled on pods \"a\": Precondition failed: UID in "
                   "precondition: older, UID in object meta: uid-a"}));
  EXPECT_EQ(Get("a").node_name, "");
}

TEST_F(MemoryApiTest, BindsNoPodThatIsGoneOrGoing) {
  EXPECT_EQ(api_.Bind(To("n1", Pod("x"))).error(),
            (Error{ErrorCode::kNotFound, "pods \"x\" not found"}));
  kube::PodObject going = Pod("a");
  going.terminating = true;
  api_.PutPod(going);
  EXPECT_EQ(api_.Bind(To("n1", going)).error(),
            (Error{ErrorCode::kConflict,
                   "Operation cannot be fulfilled on pods/binding \"a\": pod a is being deleted, "
                   "cannot be assigned to a host"}));
  EXPECT_EQ(api_.Bind(To("", Pod("a"))).error().code, ErrorCode::kInvalidArgument);
}

// As the real one: whoever binds must look at the node itself.
TEST_F(MemoryApiTest, BindsToANodeThatDoesNotExist) {
  EXPECT_TRUE(api_.Bind(To("nowhere", Pod("a"))).ok());
  EXPECT_EQ(Get("a").node_name, "nowhere");
}

TEST_F(MemoryApiTest, UpdatesAPendingPodButNotItsStatus) {
  ASSERT_TRUE(api_.PatchPodCondition("ml", "a", "uid-a",
                                     {.type = "berth.dev/Fits",
                                      .status = "False",
                                      .reason = "NoRoom",
                                      .message = "no room"})
                  .ok());
  sink_.Take();
  kube::PodObject pod = Pod("a");
  ASSERT_TRUE(api_.CreatePod(pod).ok());
  EXPECT_THAT(sink_.Take(), IsEmpty()) << "the same pod again is no change";
  pod.annotations = {{"berth.dev/model", "llama"}};
  ASSERT_TRUE(api_.CreatePod(pod).ok());
  EXPECT_THAT(sink_.Take(), ElementsAre("pod ml/a"));
  EXPECT_EQ(Get("a").annotations, pod.annotations);
  EXPECT_EQ(Get("a").fits_condition, "no room");
}

TEST_F(MemoryApiTest, LeavesABoundPodAsItIsWhenItIsCreatedAgain) {
  ASSERT_TRUE(api_.Bind(To("n1", Pod("a"))).ok());
  const kube::PodObject bound = Get("a");
  ASSERT_TRUE(api_.CreatePod(Pod("a")).ok());
  EXPECT_EQ(Get("a"), bound);
}

TEST_F(MemoryApiTest, GivesANameToOnePodAtATime) {
  EXPECT_EQ(api_.CreatePod(Pod("a", "second")).error().code, ErrorCode::kAlreadyExists);
  ASSERT_TRUE(api_.DeletePod("ml", "a").ok());
  EXPECT_TRUE(api_.CreatePod(Pod("a", "second")).ok());
  EXPECT_EQ(Get("a").uid, "second");
}

TEST_F(MemoryApiTest, ReplacesAPodWithTheSameNameInTheRightOrder) {
  api_.PutPod(Pod("a", "second"));
  EXPECT_THAT(sink_.Take(), ElementsAre("no pod uid-a", "pod ml/a"));
}

TEST_F(MemoryApiTest, KnowsWhatIsNotThere) {
  EXPECT_EQ(api_.GetPod("ml", "x").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(api_.GetPod("other", "a").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(api_.DeletePod("ml", "x").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(api_.RemoveNode("x").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(api_.PatchPodCondition("ml", "x", "u", {}).error().code, ErrorCode::kNotFound);
}

TEST_F(MemoryApiTest, WakesAPodOnlyWhenItsConditionChanges) {
  const kube::PodCondition condition = {
      .type = "berth.dev/Fits", .status = "False", .reason = "NoRoom", .message = "no room"};
  ASSERT_TRUE(api_.PatchPodCondition("ml", "a", "uid-a", condition).ok());
  EXPECT_THAT(sink_.Take(), ElementsAre("pod ml/a"));
  EXPECT_EQ(Get("a").fits_condition, "no room");
  ASSERT_TRUE(api_.PatchPodCondition("ml", "a", "uid-a", condition).ok());
  EXPECT_THAT(sink_.Take(), IsEmpty());
  EXPECT_EQ(api_.PatchPodCondition("ml", "a", "older", condition).error().code,
            ErrorCode::kConflict);
}

TEST_F(MemoryApiTest, FailsTheNextCallOfAVerbWithoutAnEffect) {
  api_.FailNext(Verb::kBind, {ErrorCode::kUnavailable, "refused"});
  api_.FailNext(Verb::kBind, LostAnswer());
  api_.FailNext(Verb::kGetPod, {ErrorCode::kUnavailable, "slow"});
  EXPECT_EQ(api_.Bind(To("n1", Pod("a"))).error().message, "refused");
  EXPECT_EQ(api_.Bind(To("n1", Pod("a"))).error(), LostAnswer());
  EXPECT_EQ(api_.GetPod("ml", "a").error().message, "slow");
  EXPECT_EQ(Get("a").node_name, "");
  EXPECT_TRUE(api_.Bind(To("n1", Pod("a"))).ok());
}

TEST_F(MemoryApiTest, CanLoseTheAnswerOfACallThatWasCarriedOut) {
  api_.FailNext(Verb::kBind, LostAnswer(), MemoryApi::Effect::kHappens);
  EXPECT_EQ(api_.Bind(To("n1", Pod("a"))).error(), LostAnswer());
  EXPECT_EQ(Get("a").node_name, "n1");
  EXPECT_THAT(sink_.Take(), ElementsAre("pod ml/a on n1"));
  api_.FailNext(Verb::kPatchPodCondition, LostAnswer(), MemoryApi::Effect::kHappens);
  EXPECT_EQ(
      api_.PatchPodCondition(
              "ml", "a", "uid-a",
              {.type = "berth.dev/Fits", .status = "True", .reason = "Fits", .message = "fits"})
          .error(),
      LostAnswer());
  EXPECT_EQ(Get("a").fits_condition, "fits");
}

TEST_F(MemoryApiTest, HoldsEventsBackWhileReadsSeeTheTruth) {
  api_.HoldEvents();
  ASSERT_TRUE(api_.Bind(To("n1", Pod("a"))).ok());
  ASSERT_TRUE(api_.DeletePod("ml", "a").ok());
  EXPECT_THAT(sink_.Take(), IsEmpty());
  EXPECT_EQ(api_.GetPod("ml", "a").error().code, ErrorCode::kNotFound);
  api_.ReleaseEvents();
  EXPECT_THAT(sink_.Take(), ElementsAre("pod ml/a on n1", "no pod uid-a"));
  api_.PutNode(Node("n2"));
  EXPECT_THAT(sink_.Take(), ElementsAre("node n2"));
}

TEST(MemoryApi, CanHoldBackTheFirstListToo) {
  MemoryApi api;
  LogSink sink;
  api.HoldEvents();
  api.Start(sink);
  EXPECT_THAT(sink.Take(), IsEmpty());
  api.ReleaseEvents();
  EXPECT_THAT(sink.Take(), ElementsAre("begin nodes", "end nodes", "begin pods", "end pods"));
}

TEST_F(MemoryApiTest, RecordsCallsOnceAsked) {
  ASSERT_TRUE(api_.GetPod("ml", "a").ok());
  EXPECT_THAT(api_.Calls(), IsEmpty());
  api_.RecordCalls();
  kube::Binding binding = To("n1", Pod("a"));
  binding.annotations = {{"k", "v"}};
  api_.FailNext(Verb::kBind, LostAnswer());
  EXPECT_FALSE(api_.Bind(binding).ok());
  ASSERT_TRUE(api_.GetPod("ml", "a").ok());
  ASSERT_TRUE(api_.PatchPodCondition("ml", "a", "uid-a",
                                     {.type = "T", .status = "True", .reason = "R", .message = "m"})
                  .ok());
  const std::vector<Call> calls = api_.Calls();
  ASSERT_EQ(calls.size(), 3U);
  EXPECT_EQ(calls[0].verb, Verb::kBind);
  EXPECT_EQ(calls[0].binding.node, "n1");
  EXPECT_EQ(calls[0].binding.annotations, binding.annotations);
  EXPECT_EQ(calls[1].verb, Verb::kGetPod);
  EXPECT_EQ(calls[1].binding.name, "a");
  EXPECT_EQ(calls[2].verb, Verb::kPatchPodCondition);
  EXPECT_EQ(calls[2].binding.uid, "uid-a");
  EXPECT_EQ(calls[2].condition.message, "m");
}

}  // namespace
}  // namespace berth::sim
