// Berth beside the scheduler in place: it tells what it would have done, and does nothing.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "berth/device/read.h"
#include "berth/observe/decision_log.h"
#include "testing/objects.h"
#include "world.h"

namespace berth::extender {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kMemory = "berth.dev/gpu-memory";

class ObserverTest : public World {
 protected:
  ObserverTest() : ObserverTest({.observe = true}) {}
  explicit ObserverTest(Options options) : World(WithLog(std::move(options))) {}

  static kube::PodObject Pod(const std::string& name, std::int64_t memory) {
    return tests::Pod(name).Asks(std::string(kMemory), memory).object();
  }
  void Create(kube::PodObject pod) { ASSERT_TRUE(api_.CreatePod(std::move(pod)).ok()); }
  // Somebody else binds it, and leaves no record.
  void Place(const std::string& name, const std::string& node) {
    ASSERT_TRUE(api_.Bind({.ns = "ml",
                           .name = name,
                           .uid = "uid-of-" + name,
                           .node = node,
                           .annotations = {}})
                    .ok());
    ++placed_;
  }
  double Metric(const std::string& child) const {
    const std::string page = "\n" + metrics_.Render({});
    const std::size_t at = page.find("\n" + child + " ");
    if (at == std::string::npos) {
      ADD_FAILURE() << child << " is not there";
      return -1;
    }
    return std::stod(page.substr(at + child.size() + 2));
  }
  double Observed(const std::string& outcome) const {
    return Metric("berth_observed_pods_total{outcome=\"" + outcome + "\"}");
  }
  double WaitingThat(const std::string& decision) const {
    return Metric("berth_observed_waiting_pods{decision=\"" + decision + "\"}");
  }
  // Nothing but what the test itself did.
  void ExpectNothingWritten() const {
    EXPECT_EQ(Calls(sim::Verb::kBind), placed_);
    EXPECT_EQ(Calls(sim::Verb::kPatchPodCondition), 0);
  }
  std::vector<json> Decisions() {
    decisions_.Flush();
    std::vector<json> lines;
    for (std::size_t at = 0; at < lines_.size();) {
      const std::size_t end = lines_.find('\n', at);
      lines.push_back(json::parse(lines_.substr(at, end - at)));
      at = end + 1;
    }
    return lines;
  }
  std::vector<std::int32_t> FreeMemory(const std::string& node) const {
    for (const state::NodeView& view : store_.Nodes("", 100)) {
      if (view.facts->name == node) {
        return {view.row.free_memory.begin(), view.row.free_memory.begin() + view.row.device_count};
      }
    }
    return {};
  }

  int placed_ = 0;

 private:
  Options WithLog(Options options) {
    options.decision_log = &decisions_;
    return options;
  }

  std::string lines_;
  observe::DecisionLog decisions_{
      {}, 1, clock_, [this](std::string_view lines) { return !lines_.append(lines).empty(); }};
};

TEST_F(ObserverTest, ComparesWhereOthersPutAPodWithItsOwnChoice) {
  Start({SharedNode("a", 1, 40_GiB), SharedNode("b", 1, 40_GiB)});
  Create(Pod("same", 8192));  // binpack, ties by name: a
  Place("same", "a");
  Create(Pod("other", 8192));  // beside the first
  Place("other", "b");
  Create(Pod("full", 40'960));  // no device has as much left
  Place("full", "a");
  Create(tests::Pod("bound").Asks(std::string(kMemory), 1024).On("b").object());

  EXPECT_EQ(Observed("same_node"), 1);
  EXPECT_EQ(Observed("other_node"), 1);
  EXPECT_EQ(Observed("only_berth_refused"), 1);
  EXPECT_EQ(Observed("undecided"), 1);
  service_->Tend();
  ExpectNothingWritten();
}

TEST_F(ObserverTest, ANodeThatItRefusedIsToldFromOneThatItLikedLess) {
  Start({SharedNode("a", 1, 40_GiB), SharedNode("small", 1, 4_GiB)});
  Create(Pod("pod", 8192));
  Place("pod", "small");
  EXPECT_EQ(Observed("only_berth_refused"), 1);
}

TEST_F(ObserverTest, PodsThatAskForNothingOfItsAreNotCounted) {
  Start({SharedNode("a", 1, 40_GiB)});
  Create(tests::Pod("web").Container().object());
  Place("web", "a");
  service_->Tend();
  for (const char* outcome : {"same_node", "other_node", "only_berth_refused", "undecided"}) {
    EXPECT_EQ(Observed(outcome), 0) << outcome;
  }
  EXPECT_EQ(WaitingThat("fits") + WaitingThat("refused"), 0);
}

TEST_F(ObserverTest, PodsOfABurstAreDecidedOneAfterTheOther) {
  Start({SharedNode("a", 1, 40_GiB), SharedNode("b", 1, 40_GiB)});
  Create(Pod("first", 40'960));
  Create(Pod("second", 40'960));
  Place("first", "a");
  Place("second", "b");
  EXPECT_EQ(Observed("same_node"), 2) << "the second one is expected beside the first, not in it";
}

TEST_F(ObserverTest, ARefusalIsLookedAtAgainBeforeItIsCompared) {
  Start({SharedNode("a", 1, 40_GiB)});
  Create(Pod("holder", 40'960));
  Place("holder", "a");
  Create(Pod("waits", 8192));
  service_->Tend();
  EXPECT_EQ(WaitingThat("refused"), 1);

  ASSERT_TRUE(api_.DeletePod("ml", "holder").ok());
  Place("waits", "a");
  EXPECT_EQ(Observed("same_node"), 2);
  EXPECT_EQ(Observed("only_berth_refused"), 0);
}

TEST_F(ObserverTest, ARefusedPodThatFitsNowIsShownToWaitForOthersAlone) {
  Start({SharedNode("a", 1, 40_GiB)});
  Create(Pod("holder", 40'960));
  Place("holder", "a");
  Create(Pod("waits", 8192));
  service_->Tend();
  EXPECT_EQ(WaitingThat("refused"), 1);
  EXPECT_EQ(Metric("berth_unplaceable_pods{reason=\"insufficient_device_memory\"}"), 1);

  ASSERT_TRUE(api_.DeletePod("ml", "holder").ok());
  clock_.Advance(std::chrono::seconds(2));
  service_->Tend();
  EXPECT_EQ(WaitingThat("fits"), 1);
  EXPECT_EQ(WaitingThat("refused"), 0);
  EXPECT_EQ(Metric("berth_unplaceable_pods{reason=\"insufficient_device_memory\"}"), 0);
  ExpectNothingWritten();

  ASSERT_TRUE(api_.DeletePod("ml", "waits").ok());
  service_->Tend();
  EXPECT_EQ(WaitingThat("fits"), 0);
}

TEST_F(ObserverTest, GatedPodsDoNotWaitYet) {
  Start({SharedNode("a", 1, 40_GiB)});
  kube::PodObject pod = Pod("gated", 8192);
  pod.gated = true;
  Create(pod);
  service_->Tend();
  EXPECT_EQ(WaitingThat("fits"), 0);
  pod.gated = false;
  Create(pod);
  service_->Tend();
  EXPECT_EQ(WaitingThat("fits"), 1);
}

TEST_F(ObserverTest, NodesThatCannotRunThePodAreNoChoice) {
  kube::NodeObject cordoned = SharedNode("a", 1, 40_GiB);
  cordoned.unschedulable = true;
  kube::NodeObject away = SharedNode("b", 1, 40_GiB);
  away.ready = false;
  kube::NodeObject busy = SharedNode("c", 1, 40_GiB);
  busy.allocatable.cpu = Millicores(500);
  Start({cordoned, away, busy, SharedNode("d", 1, 40_GiB)});
  kube::PodObject pod = Pod("pod", 8192);
  pod.containers.front().requests.cpu = Millicores(1000);
  Create(pod);
  Place("pod", "d");
  EXPECT_EQ(Observed("same_node"), 1);
}

TEST_F(ObserverTest, WhatThePodSaysOfNodesIsHeeded) {
  kube::NodeObject tainted = SharedNode("a", 1, 40_GiB);
  tainted.taints = {{.key = "team", .value = "ml", .effect = "NoSchedule"}};
  kube::NodeObject pool = SharedNode("c", 1, 40_GiB);
  pool.labels.emplace_back("pool", "gpu");
  Start({tainted, SharedNode("b", 1, 40_GiB), pool});
  Create(Pod("plain", 8192));
  Place("plain", "b");
  kube::PodObject tolerates = Pod("tolerates", 40'000);
  tolerates.constraints.tolerations = {{.key = "team", .exists = true}};
  Create(tolerates);
  Place("tolerates", "a");
  kube::PodObject selects = Pod("selects", 8192);
  selects.constraints.selector = {{"pool", "gpu"}};
  Create(selects);
  Place("selects", "c");
  EXPECT_EQ(Observed("same_node"), 3);

  // A node's labels as they are now.
  kube::PodObject late = Pod("late", 8192);
  late.constraints.selector = {{"pool", "new"}};
  Create(late);
  service_->Tend();
  EXPECT_EQ(WaitingThat("refused"), 1);
  pool.labels.back().second = "new";
  api_.PutNode(pool);
  clock_.Advance(std::chrono::seconds(2));
  service_->Tend();
  EXPECT_EQ(WaitingThat("fits"), 1);
  const Result<Explanation> explanation = service_->Explain("ml", "late", 5);
  ASSERT_TRUE(explanation.ok());
  EXPECT_EQ(explanation->fitting_total, 1U);
}

TEST_F(ObserverTest, PodsThatWaitedBeforeItCameAreDecidedOnToo) {
  Start({SharedNode("a", 1, 40_GiB)}, {Pod("early", 8192)});
  service_->Tend();
  EXPECT_EQ(WaitingThat("fits"), 1);
  Place("early", "a");
  EXPECT_EQ(Observed("same_node"), 1);
}

// --- The books.

TEST_F(ObserverTest, APodOnTheNodeOfItsChoiceIsSupposedToHaveTheDevicesOfItsChoice) {
  Start({SharedNode("a", 2, 40_GiB)});
  Create(Pod("one", 8192));
  Place("one", "a");
  EXPECT_THAT(FreeMemory("a"), ElementsAre(32'768, 40'960));
  EXPECT_EQ(store_.totals().pods_doubtful, 0U);
}

TEST_F(ObserverTest, APodElsewhereIsSupposedToFitAsBestItCan) {
  Start({SharedNode("a", 1, 40_GiB), SharedNode("b", 2, 40_GiB)});
  Create(Pod("first", 30'000));
  Place("first", "b");  // a was its choice
  Create(Pod("second", 20'000));
  Place("second", "b");
  EXPECT_THAT(FreeMemory("b"), ElementsAre(10'960, 20'960));
  EXPECT_THAT(FreeMemory("a"), ElementsAre(40'960));
  EXPECT_EQ(store_.totals().pods_doubtful, 0U);
}

TEST_F(ObserverTest, OnlyAPodThatHasNoRoomWhereItIsIsChargedEverywhere) {
  Start({SharedNode("a", 2, 40_GiB)});
  Create(Pod("first", 30'000));
  Create(Pod("second", 30'000));
  Create(Pod("third", 30'000));
  Place("first", "a");
  Place("second", "a");
  Place("third", "a");
  EXPECT_EQ(Observed("only_berth_refused"), 1);
  EXPECT_THAT(FreeMemory("a"), ElementsAre(0, 0));
  EXPECT_EQ(store_.totals().pods_doubtful, 1U);
  EXPECT_EQ(store_.totals().devices_overcommitted, 0U);

  ASSERT_TRUE(api_.DeletePod("ml", "third").ok());
  EXPECT_THAT(FreeMemory("a"), ElementsAre(10'960, 10'960));
}

TEST_F(ObserverTest, WhatWasThereBeforeItCameIsSupposedToFitToo) {
  std::vector<kube::PodObject> pods;
  for (const char* name : {"one", "two", "three"}) {
    pods.push_back(tests::Pod(name).Asks(std::string(kMemory), 20'000).On("a").object());
  }
  Start({SharedNode("a", 2, 40_GiB)}, pods);
  EXPECT_THAT(FreeMemory("a"), ElementsAre(960, 20'960));
  EXPECT_EQ(store_.totals().pods_doubtful, 0U);
  EXPECT_EQ(Observed("undecided"), 0) << "nobody could have seen them wait";
}

TEST_F(ObserverTest, WhatSomebodyWroteGoesBeforeWhatIsSupposed) {
  Start({SharedNode("a", 2, 40_GiB)});
  Create(Pod("supposed", 30'000));
  Place("supposed", "a");
  EXPECT_THAT(FreeMemory("a"), ElementsAre(10'960, 40'960));

  kube::PodObject recorded = Pod("recorded", 30'000);
  Create(recorded);
  const auto written = device::WriteRecord(store_.Read(recorded), *store_.snapshot()->facts(0),
                                           cluster::DeviceSet::Only(0), store_.classes(), {});
  ASSERT_TRUE(api_.Bind({.ns = "ml",
                         .name = "recorded",
                         .uid = "uid-of-recorded",
                         .node = "a",
                         .annotations = written})
                  .ok());
  EXPECT_THAT(FreeMemory("a"), ElementsAre(10'960, 10'960));
  EXPECT_EQ(store_.totals().pods_doubtful, 0U);
  EXPECT_EQ(store_.FindPod("uid-of-recorded")->devices, cluster::DeviceSet::Only(0));
  EXPECT_EQ(store_.FindPod("uid-of-supposed")->devices, cluster::DeviceSet::Only(1));
}

// --- kube-scheduler asks all the same.

TEST_F(ObserverTest, FilterPassesAllThatWasOffered) {
  Start({SharedNode("a", 1, 4_GiB), SharedNode("b", 1, 40_GiB)});
  const json answer = Filter(PodJson("pod", Gpu(8_GiB)), {"b", "nobody-knows", "a"});
  EXPECT_EQ(answer["NodeNames"], (json{"b", "nobody-knows", "a"}));
  EXPECT_FALSE(answer.contains("FailedAndUnresolvableNodes")) << answer;
  EXPECT_EQ(Filter(PodJson("giant", Gpu(800_GiB)))["NodeNames"], (json{"a", "b"}));
  service_->Tend();
  ExpectNothingWritten();
}

TEST_F(ObserverTest, WhatFilterOfferedIsWhatItChoosesFrom) {
  Start({SharedNode("a", 1, 40_GiB), SharedNode("b", 1, 40_GiB)});
  json pod = PodJson("pod", Gpu(8_GiB));
  pod["metadata"]["uid"] = "uid-of-pod";
  (void)Filter(pod, {"b"});  // a is ruled out by something that Berth cannot see
  Place("pod", "b");
  EXPECT_EQ(Observed("same_node"), 1);
}

TEST_F(ObserverTest, PrioritizePrefersNobody) {
  Start({SharedNode("a", 1, 40_GiB), SharedNode("b", 1, 80_GiB)});
  const json scores = Prioritize(PodJson("pod", Gpu(8_GiB)), {"a", "nobody-knows", "b"});
  EXPECT_EQ(scores, (json{{{"Host", "a"}, {"Score", 0}},
                          {{"Host", "nobody-knows"}, {"Score", 0}},
                          {{"Host", "b"}, {"Score", 0}}}));
}

TEST_F(ObserverTest, BindSaysThatItIsAnObserver) {
  Start({SharedNode("a", 1, 40_GiB)});
  (void)Filter(PodJson("pod", Gpu(8_GiB)));
  EXPECT_THAT(Bind("pod", "a")["Error"].get<std::string>(), HasSubstr("observer"));
  ExpectNothingWritten();
  EXPECT_EQ(store_.FindPod("uid-pod")->state, state::AllocationState::kPending);
}

TEST_F(ObserverTest, PreemptGivesBackWhatItGot) {
  Start({SharedNode("a", 1, 40_GiB)});
  const json args = {{"Pod", PodJson("pod", Gpu(8_GiB))},
                     {"NodeNameToMetaVictims",
                      {{"nobody-knows", {{"Pods", {{{"UID", "v"}}}}, {"NumPDBViolations", 0}}}}}};
  const json answer = Post(&Service::Preempt, args.dump()).body();
  EXPECT_EQ(answer["NodeNameToMetaVictims"], args["NodeNameToMetaVictims"]);
}

// --- What is told.

TEST_F(ObserverTest, TheDecisionLogHasWhatItWouldHaveDoneAndWhatCameOfIt) {
  Start({SharedNode("a", 1, 40_GiB), SharedNode("b", 1, 40_GiB)});
  kube::PodObject pod = Pod("pod", 8192);
  pod.scheduler_name = "default-scheduler";
  Create(pod);
  Place("pod", "b");
  const std::vector<json> lines = Decisions();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["verb"], "observe");
  EXPECT_EQ(lines[0]["outcome"], "fits");
  EXPECT_EQ(lines[0]["pod"], "ml/pod");
  EXPECT_EQ(lines[0]["scheduler"], "default-scheduler");
  EXPECT_EQ(lines[0]["best_node"], "a");
  EXPECT_EQ(lines[0]["devices"], "0");
  EXPECT_EQ(lines[0]["nodes_fitting"], 2);
  EXPECT_EQ(lines[1]["verb"], "observe");
  EXPECT_EQ(lines[1]["outcome"], "other_node");
  EXPECT_EQ(lines[1]["node"], "b");
  EXPECT_EQ(lines[1]["best_node"], "a");
}

TEST_F(ObserverTest, ARefusalIsLoggedOnceWhileItSaysTheSame) {
  Start({SharedNode("a", 1, 40_GiB)});
  Create(Pod("giant", 80'000));
  for (int i = 0; i < 3; ++i) {
    api_.PutNode(SharedNode("more-" + std::to_string(i), 1, 40_GiB));
    clock_.Advance(std::chrono::seconds(2));
    service_->Tend();
  }
  const std::vector<json> lines = Decisions();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["outcome"], "refused");
  EXPECT_EQ(lines[0]["reason"], "insufficient_device_memory");
}

TEST_F(ObserverTest, ExplainShowsTheDecisionThatWasCompared) {
  Start({SharedNode("a", 1, 40_GiB), SharedNode("b", 1, 40_GiB)});
  Create(Pod("pod", 8192));
  Place("pod", "b");
  const Result<Explanation> explanation = service_->Explain("ml", "pod", 5);
  ASSERT_TRUE(explanation.ok()) << explanation.error().message;
  EXPECT_TRUE(explanation->observed);
  EXPECT_TRUE(explanation->decided);
  EXPECT_EQ(explanation->node, "b");
  ASSERT_EQ(explanation->fitting.size(), 2U);
  EXPECT_EQ(explanation->fitting.front().name, "a");
}

}  // namespace
}  // namespace berth::extender
