// POST /bind and the work behind the verbs.
#include <sstream>
#include <thread>

#include "berth/device/read.h"
#include "world.h"

namespace berth::extender {
namespace {

class BindTest : public World {
 protected:
  void SetUp() override { Start({SharedNode("a", 2, 40_GiB), SharedNode("b", 1, 40_GiB)}); }

  std::int32_t FreeMiB(const std::string& node, std::size_t device) {
    const cluster::SnapshotPtr snapshot = store_.snapshot();
    return snapshot->row(*snapshot->Find(node)).free_memory[device];
  }
  void Ask(const std::string& pod, MiB memory) {
    ASSERT_FALSE(Filter(PodJson(pod, Gpu(memory))).contains("Error"));
  }
};

TEST_F(BindTest, WritesNodeAndDevicesInOneCallWithTheUidAsPrecondition) {
  Ask("p", 30_GiB);
  EXPECT_EQ(Bind("p", "a"), json::object());
  const std::vector<sim::Call> calls = api_.Calls();
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].verb, sim::Verb::kBind);
  EXPECT_EQ(calls[0].binding.uid, "uid-p");
  EXPECT_EQ(Annotation("p", "berth.dev/devices"), "0");
  EXPECT_EQ(json::parse(Annotation("p", "berth.dev/allocation"))["node"], "a");
  EXPECT_EQ(FreeMiB("a", 0), 10 * 1024);
}

// The same with records that are signed, in a way that can be seen.
class SignedBindTest : public BindTest {
 protected:
  SignedBindTest() {
    service_ = std::make_unique<Service>(
        Options{.on_pod = [this](const kube::PodObject& pod) { (void)api_.CreatePod(pod); },
                .sign_record =
                    [](kube::Binding& binding) {
                      for (auto& [key, value] : binding.annotations) {
                        value += key == device::kAllocation
                                     ? " by " + binding.ns + "/" + binding.name + " " +
                                           binding.uid + " " + binding.node
                                     : "";
                      }
                    }},
        store_, api_, clock_, metrics_, log_);
  }
};

TEST_F(SignedBindTest, TheRecordIsSignedForItsPodAndNode) {
  Ask("p", 30_GiB);
  EXPECT_EQ(Bind("p", "a"), json::object());
  EXPECT_THAT(Annotation("p", "berth.dev/allocation"), testing::EndsWith(" by ml/p uid-p a"));
  EXPECT_EQ(Annotation("p", "berth.dev/devices"), "0");
}

// The same with a decision log.
class LoggedBindTest : public BindTest {
 protected:
  LoggedBindTest() {
    service_ = std::make_unique<Service>(
        Options{.on_pod = [this](const kube::PodObject& pod) { (void)api_.CreatePod(pod); },
                .decision_log = &decisions_},
        store_, api_, clock_, metrics_, log_);
  }
  std::vector<json> Lines() {
    decisions_.Flush();
    std::vector<json> lines;
    std::istringstream in(text_);
    for (std::string line; std::getline(in, line);) {
      lines.push_back(json::parse(line));
    }
    return lines;
  }
  json BindAs(const std::string& name, const std::string& node, std::string_view client) {
    std::string body = json{
        {"PodName", name},
        {"PodNamespace", "ml"},
        {"PodUID", "uid-" + name},
        {"Node", node}}.dump();
    body.reserve(body.size() + kube::kJsonPadding);
    std::string text;
    Answer answer{.body = text};
    service_->Bind(body, answer, client);
    return json::parse(text);
  }

  std::string text_;
  observe::DecisionLog decisions_{
      {.refusal_ratio = 1, .answer_ratio = 1}, 1, clock_, [this](std::string_view lines) {
        text_ += lines;
        return true;
      }};
};

TEST_F(LoggedBindTest, TellsWhoAskedWhatWasDecidedAndWhatWasWritten) {
  Ask("p", 30_GiB);
  EXPECT_EQ(BindAs("p", "a", "system:kube-scheduler"), json::object());
  const std::vector<json> lines = Lines();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["verb"], "filter");
  EXPECT_EQ(lines[0]["outcome"], "fits");
  EXPECT_EQ(lines[0]["nodes_offered"], 2);
  EXPECT_EQ(lines[0]["nodes_fitting"], 2);
  EXPECT_TRUE(lines[0]["best_node"] == "a" || lines[0]["best_node"] == "b");
  const json& bind = lines[1];
  EXPECT_EQ(bind["verb"], "bind");
  EXPECT_EQ(bind["outcome"], "bound");
  EXPECT_EQ(bind["client"], "system:kube-scheduler");
  EXPECT_EQ(bind["pod"], "ml/p");
  EXPECT_EQ(bind["pod_uid"], "uid-p");
  EXPECT_EQ(bind["node"], "a");
  EXPECT_EQ(bind["devices"], "0");
  EXPECT_TRUE(bind["cost_seconds"].is_number());
  EXPECT_EQ(bind["written"], Annotation("p", "berth.dev/allocation"));
  EXPECT_FALSE(bind.contains("error"));
  EXPECT_EQ(bind["decision"], "0000000000000001-1");
  EXPECT_EQ(Annotation("p", "berth.dev/decision"), "0000000000000001-1");
}

TEST_F(LoggedBindTest, TellsOfRefusalsToo) {
  Ask("p", 30_GiB);
  Ask("q", 30_GiB);
  BindAs("p", "b", "loopback");
  EXPECT_TRUE(BindAs("q", "b", "loopback").contains("Error"));
  Ask("r", 50_GiB);
  const std::vector<json> lines = Lines();
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[3]["outcome"], "conflict");
  EXPECT_EQ(lines[3]["error"], "insufficient device memory on b");
  EXPECT_FALSE(lines[3].contains("written"));
  EXPECT_EQ(lines[4]["verb"], "filter");
  EXPECT_EQ(lines[4]["outcome"], "refused");
  EXPECT_EQ(lines[4]["pod"], "ml/r");
  EXPECT_EQ(lines[4]["reason"], "insufficient_device_memory");
}

TEST_F(BindTest, WritesNoDecisionIdWithoutADecisionLog) {
  Ask("p", 30_GiB);
  Bind("p", "a");
  EXPECT_EQ(Annotation("p", "berth.dev/decision"), "");
}

TEST_F(BindTest, IsIdempotent) {
  Ask("p", 30_GiB);
  EXPECT_EQ(Bind("p", "a"), json::object());
  EXPECT_EQ(Bind("p", "a"), json::object());
  EXPECT_EQ(Calls(sim::Verb::kBind), 1);
  EXPECT_TRUE(Bind("p", "b").contains("Error"));
}

TEST_F(BindTest, ChecksRoomAgainAndRefusesInWordsThatNameTheNode) {
  Ask("p", 30_GiB);
  Ask("q", 30_GiB);
  EXPECT_EQ(Bind("p", "b"), json::object());
  EXPECT_EQ(Bind("q", "b")["Error"], "berth: bind ml/q to b: insufficient device memory on b");
  EXPECT_EQ(Bind("q", "a"), json::object()) << "and the pod may go elsewhere";
}

TEST_F(BindTest, RefusesANodeThatDoesNotExistThoughTheApiServerWouldNot) {
  Ask("p", 30_GiB);
  EXPECT_EQ(Bind("p", "nowhere")["Error"],
            "berth: bind ml/p to nowhere: node nowhere is not known");
  EXPECT_EQ(Calls(sim::Verb::kBind), 0);
}

TEST_F(BindTest, ChecksCpuThatOthersTookMeanwhile) {
  json pod = PodJson("p", {{"cpu", "40"}});
  json other = PodJson("q", {{"cpu", "40"}});
  Filter(pod);
  Filter(other);
  EXPECT_EQ(Bind("p", "a"), json::object());
  EXPECT_THAT(Bind("q", "a")["Error"].get<std::string>(),
              testing::HasSubstr("insufficient cpu on a"));
}

TEST_F(BindTest, ReadsAPodThatItHasNotSeen) {
  kube::PodObject pod{.ns = "ml", .name = "late", .uid = "uid-late", .containers = {{.name = "c"}}};
  pod.containers[0].requests.extended = {{"berth.dev/gpu-memory", 1024}};
  api_.HoldEvents();
  ASSERT_TRUE(api_.CreatePod(pod).ok());
  EXPECT_EQ(Bind("late", "a"), json::object());
  EXPECT_EQ(Calls(sim::Verb::kGetPod), 1);
}

TEST_F(BindTest, AMissingFieldIsNamed) {
  const Reply reply =
      Post(&Service::Bind, R"({"PodName":"p","PodNamespace":"ml","PodUID":"u","Node":""})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body()["Error"], "berth: Node is missing");
}

// --- Outcomes.

TEST_F(BindTest, ARefusalGivesTheRoomBack) {
  Ask("p", 30_GiB);
  api_.FailNext(sim::Verb::kBind, {ErrorCode::kPermissionDenied, "pods/binding is forbidden"});
  EXPECT_EQ(Bind("p", "a")["Error"], "berth: bind ml/p to a: pods/binding is forbidden");
  EXPECT_EQ(FreeMiB("a", 0), 40 * 1024);
}

TEST_F(BindTest, AnAnswerThatWasLostIsFoundByReadingThePod) {
  Ask("p", 30_GiB);
  api_.FailNext(sim::Verb::kBind, {ErrorCode::kUnknownOutcome, "timed out"},
                sim::MemoryApi::Effect::kHappens);
  EXPECT_EQ(Bind("p", "a"), json::object());
  EXPECT_EQ(FreeMiB("a", 0), 10 * 1024);
}

TEST_F(BindTest, WhileNobodyKnowsTheRoomStaysTakenAndThePodGoesNowhereElse) {
  Ask("p", 30_GiB);
  api_.FailNext(sim::Verb::kBind, {ErrorCode::kUnknownOutcome, "timed out"});
  EXPECT_EQ(Bind("p", "a")["Error"], "berth: bind ml/p to a: timed out");
  EXPECT_EQ(FreeMiB("a", 0), 10 * 1024);
  EXPECT_TRUE(Bind("p", "b").contains("Error"));
  EXPECT_EQ(FreeMiB("b", 0), 40 * 1024);
  EXPECT_EQ(Bind("p", "a"), json::object()) << "the same node may be tried again";
}

TEST_F(BindTest, ADoubtIsSettledOnceTheRequestCanNoLongerArrive) {
  Ask("p", 30_GiB);
  api_.FailNext(sim::Verb::kBind, {ErrorCode::kUnknownOutcome, "timed out"});
  Bind("p", "a");
  service_->Tend();
  EXPECT_EQ(FreeMiB("a", 0), 10 * 1024);
  clock_.Advance(std::chrono::seconds(6));
  service_->Tend();
  EXPECT_EQ(FreeMiB("a", 0), 40 * 1024);
}

TEST_F(BindTest, APodThatWasDeletedMeanwhileHoldsNothing) {
  Ask("p", 30_GiB);
  api_.HoldEvents();
  ASSERT_TRUE(api_.DeletePod("ml", "p").ok());
  EXPECT_TRUE(Bind("p", "a").contains("Error"));
  EXPECT_EQ(FreeMiB("a", 0), 40 * 1024);
}

TEST_F(BindTest, ABindingThatAnotherSchedulerWonIsCountedAsItIs) {
  Ask("p", 30_GiB);
  api_.HoldEvents();
  kube::PodObject pod = *api_.GetPod("ml", "p");
  pod.annotations = {
      {"berth.dev/devices", "1"},
      {"berth.dev/allocation",
       R"({"v":1,"uid":"uid-p","node":"a","devices":["1"],"memoryMiB":30720,"cores":0})"}};
  pod.node_name = "a";
  api_.PutPod(pod);
  EXPECT_EQ(Bind("p", "a"), json::object());
  EXPECT_EQ(FreeMiB("a", 0), 40 * 1024);
  EXPECT_EQ(FreeMiB("a", 1), 10 * 1024);
}

TEST_F(BindTest, ManyBindsAtOnceNeverShareWhatFitsOnce) {
  constexpr int kPods = 24;  // 3 devices of 40 GiB hold 4 of 10 GiB each: 12 fit
  for (int i = 0; i < kPods; ++i) {
    Ask("p" + std::to_string(i), 10_GiB);
  }
  std::atomic<int> bound = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kPods; ++i) {
      threads.emplace_back([this, i, &bound] {
        const std::string pod = "p" + std::to_string(i);
        const bool docked = Bind(pod, "a") == json::object() || Bind(pod, "b") == json::object();
        bound += docked ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(bound, 12);
  EXPECT_EQ(FreeMiB("a", 0) + FreeMiB("a", 1) + FreeMiB("b", 0), 0);
  EXPECT_EQ(store_.totals().devices_overcommitted, 0U);
}

// --- Waking.

class WakeTest : public BindTest {
 protected:
  std::string Condition(const std::string& pod) { return api_.GetPod("ml", pod)->fits_condition; }
};

TEST_F(WakeTest, ARefusedPodSaysWhyInItsConditionAndIsWrittenOnce) {
  Ask("huge", 90_GiB);
  service_->Tend();
  EXPECT_EQ(Condition("huge"), "insufficient device memory");
  json again = PodJson("huge", Gpu(90_GiB));
  again["status"]["conditions"] = {
      {{"type", "berth.dev/Fits"}, {"status", "False"}, {"message", "insufficient device memory"}}};
  Filter(again);
  service_->Tend();
  EXPECT_EQ(Calls(sim::Verb::kPatchPodCondition), 1);
}

TEST_F(WakeTest, IsWokenWhenRoomIsFreedAndNotBefore) {
  Ask("p", 40_GiB);
  Bind("p", "b");
  ASSERT_EQ(Filter(PodJson("q", Gpu(30_GiB)), {"b"})["NodeNames"], json::array());
  service_->Tend();
  EXPECT_EQ(Condition("q"), "insufficient device memory")
      << "node a has room, but it was not offered: no news";
  ASSERT_TRUE(api_.DeletePod("ml", "p").ok());
  service_->Tend();
  EXPECT_EQ(Condition("q"), "room was found");
  service_->Tend();
  EXPECT_EQ(Calls(sim::Verb::kPatchPodCondition), 2);
}

TEST_F(WakeTest, IsWokenByANewNode) {
  Ask("huge", 90_GiB);
  service_->Tend();
  api_.PutNode(SharedNode("c", 1, 96_GiB));
  service_->Tend();
  EXPECT_EQ(Condition("huge"), "room was found");
}

TEST_F(WakeTest, APatchThatFailedIsTriedAgain) {
  Ask("huge", 90_GiB);
  api_.FailNext(sim::Verb::kPatchPodCondition, {ErrorCode::kUnavailable, "connection refused"});
  service_->Tend();
  EXPECT_EQ(Condition("huge"), "");
  service_->Tend();
  EXPECT_EQ(Condition("huge"), "insufficient device memory");
}

TEST_F(WakeTest, WritesAreRateLimited) {
  for (int i = 0; i < 30; ++i) {
    Ask("huge-" + std::to_string(i), 90_GiB);
  }
  service_->Tend();
  EXPECT_EQ(Calls(sim::Verb::kPatchPodCondition), 10);
  clock_.Advance(std::chrono::seconds(1));
  service_->Tend();
  EXPECT_EQ(Calls(sim::Verb::kPatchPodCondition), 20);
}

TEST_F(WakeTest, APodThatIsGoneIsForgotten) {
  Ask("huge", 90_GiB);
  ASSERT_TRUE(api_.DeletePod("ml", "huge").ok());
  service_->Tend();
  EXPECT_EQ(Calls(sim::Verb::kPatchPodCondition), 0);
}

class FakeGate final : public BindGate {
 public:
  Result<Term> Enter() override {
    if (!leads) {
      return Error{ErrorCode::kUnavailable, "not the leader: other is"};
    }
    ++inside;
    return Term(term);
  }
  Status Confirm(Term entered) override {
    if (!confirms || entered != Term(term)) {
      return Error{ErrorCode::kUnavailable, "not the leader: another Berth led meanwhile"};
    }
    return {};
  }
  void Leave(bool settled) override {
    --inside;
    unsettled += settled ? 0 : 1;
  }

  bool leads = true;
  bool confirms = true;
  Duration term = std::chrono::seconds(1);
  int inside = 0;
  int unsettled = 0;
};

class GatedBindTest : public World {
 protected:
  GatedBindTest() : World({.gate = &gate_}) {}
  void SetUp() override { Start({SharedNode("a", 1, 40_GiB)}); }

  static FakeGate gate_;
};
FakeGate GatedBindTest::gate_;

TEST_F(GatedBindTest, OnlyTheLeaderBinds) {
  gate_ = {};
  Filter(PodJson("p", Gpu(8_GiB)));
  gate_.leads = false;
  EXPECT_EQ(Bind("p", "a")["Error"], "berth: bind ml/p to a: not the leader: other is");
  EXPECT_EQ(Calls(sim::Verb::kBind), 0);
  gate_.leads = true;
  EXPECT_EQ(Bind("p", "a"), json::object());
  EXPECT_EQ(gate_.inside, 0);
}

TEST_F(GatedBindTest, TheGateHearsWhichBindMayStillTakeEffect) {
  gate_ = {};
  Filter(PodJson("p", Gpu(8_GiB)));
  api_.FailNext(sim::Verb::kBind, {ErrorCode::kConflict, "bound already"});
  Bind("p", "a");
  EXPECT_EQ(gate_.unsettled, 0);
  api_.FailNext(sim::Verb::kBind, {ErrorCode::kUnknownOutcome, "timed out"});
  Bind("p", "a");
  EXPECT_EQ(gate_.unsettled, 1);
  EXPECT_EQ(gate_.inside, 0);
}

TEST_F(GatedBindTest, LeadershipLostOnTheWaySendsNothingAndGivesTheRoomBack) {
  gate_ = {};
  Filter(PodJson("p", Gpu(8_GiB)));
  gate_.confirms = false;
  EXPECT_EQ(Bind("p", "a")["Error"],
            "berth: bind ml/p to a: not the leader: another Berth led meanwhile");
  EXPECT_EQ(Calls(sim::Verb::kBind), 0);
  EXPECT_EQ(store_.totals().pods_assumed, 0U);
  EXPECT_EQ(gate_.inside, 0);
}

}  // namespace
}  // namespace berth::extender
