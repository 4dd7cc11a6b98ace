// What a store shows makes another store know the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "berth/state/store.h"
#include "objects.h"
#include "words_pool.h"

namespace berth::state {
namespace {

using cluster::DeviceSet;
using testing::ElementsAre;
using testing::Pair;

// One shared node "a" of two devices, one whole node "w" of four.
class ShowTest : public testing::Test {
 protected:
  ShowTest() : ShowTest(Rules{}) {}
  explicit ShowTest(const Rules& rules)
      : store_(device::ClassTable::BuiltIn(), rules), again_(device::ClassTable::BuiltIn(), rules) {
    store_.BeginNodes();
    store_.PutNode(SharedNode("a", 2, 40_GiB));
    store_.PutNode(WholeNode("w", 4));
    store_.EndNodes();
    store_.BeginPods();
    store_.EndPods();
  }

  // The pod as the other store sees it, which was given all that the first one shows.
  PodView SeenAgain(const std::string& uid) {
    store_.Show([this](kube::NodeObject&& node) { again_.PutNode(std::move(node)); },
                [this](kube::PodObject&& pod) { again_.PutPod(std::move(pod)); });
    return again_.FindPod(uid).value_or(PodView{});
  }

  // What is left of the devices of node "a" in the other store.
  std::vector<std::int32_t> FreeAgain() const {
    const cluster::SnapshotPtr snapshot = again_.snapshot();
    const cluster::NodeRow& row = snapshot->row(*snapshot->Find("a"));
    return {row.free_memory[0], row.free_memory[1]};
  }

  std::vector<kube::PodObject> ShownPods() const {
    std::vector<kube::PodObject> pods;
    store_.Show([](kube::NodeObject&&) {},
                [&pods](kube::PodObject&& pod) { pods.push_back(std::move(pod)); });
    return pods;
  }

  void Commit(const std::string& uid, const std::string& node, DeviceSet devices,
              const std::optional<ModelTaking>& model = std::nullopt) {
    auto taken = store_.Assume(uid, node, devices, model);
    ASSERT_TRUE(taken.ok()) << taken.error().message;
    std::move(*taken).Keep();
  }

  Store store_;
  Store again_;
};

TEST_F(ShowTest, NodesAndPodsComeByName) {
  store_.PutNode(WholeNode("b", 1));
  store_.PutPod(WholePod("q", 1));
  store_.PutPod(WholePod("p", 1));
  std::vector<std::string> names;
  store_.Show([&](kube::NodeObject&& node) { names.push_back(node.name); },
              [&](kube::PodObject&& pod) { names.push_back(pod.name); });
  EXPECT_THAT(names, ElementsAre("a", "b", "w", "p", "q"));
}

TEST_F(ShowTest, AnAssumedPodIsBoundThere) {
  store_.PutPod(SharePod("p", 30_GiB));
  auto taken = store_.Assume("uid-p", "a", DeviceSet::Only(1));
  ASSERT_TRUE(taken.ok());
  const PodView pod = SeenAgain("uid-p");
  EXPECT_EQ(pod.state, AllocationState::kBound);
  EXPECT_EQ(pod.devices, DeviceSet::Only(1));
  EXPECT_FALSE(pod.by_others);
  EXPECT_THAT(FreeAgain(), ElementsAre(40 * 1024, 10 * 1024));
}

TEST_F(ShowTest, WholeDevicesThatBerthGaveStayBerths) {
  store_.PutPod(WholePod("p", 3));
  Commit("uid-p", "w", {});
  EXPECT_FALSE(SeenAgain("uid-p").by_others);
  kube::PodObject stranger = WholePod("q", 1);
  stranger.node_name = "w";
  store_.PutPod(stranger);
  EXPECT_TRUE(SeenAgain("uid-q").by_others);
}

TEST_F(ShowTest, ADoubtfulPodIsDoubtfulAgainWhoeverBoundIt) {
  kube::PodObject stranger = SharePod("q", 30_GiB, 0, 2);
  stranger.node_name = "a";
  store_.PutPod(stranger);
  kube::PodObject garbled = SharePod("p", 1_GiB);
  garbled.node_name = "a";
  garbled.annotations = {{std::string(device::kAllocation), "{"}};
  store_.PutPod(garbled);
  EXPECT_TRUE(SeenAgain("uid-q").doubtful);
  EXPECT_TRUE(again_.FindPod("uid-q")->by_others);
  EXPECT_TRUE(again_.FindPod("uid-p")->doubtful);
  EXPECT_FALSE(again_.FindPod("uid-p")->by_others);
  EXPECT_THAT(FreeAgain(), ElementsAre(9 * 1024, 9 * 1024));
}

// The device plugin took a device away under the pod.
TEST_F(ShowTest, ADeviceThatIsGoneIsOnNoNode) {
  store_.PutPod(SharePod("p", 30_GiB));
  Commit("uid-p", "a", DeviceSet::Only(1));
  store_.PutNode(SharedNode("a", 1, 40_GiB));
  EXPECT_TRUE(SeenAgain("uid-p").doubtful);
}

TEST_F(ShowTest, APodHasTheVariantThatWasChosenForIt) {
  kube::PodObject asks_a_model = Pod("p");
  asks_a_model.annotations = {{std::string(device::kModel), "llama"}};
  store_.PutPod(asks_a_model);
  const cluster::DeviceDemand demand{
      .share = cluster::DeviceShare{.memory = 10_GiB, .cores = Percent(40), .count = 2}};
  Commit("uid-p", "a", DeviceSet::First(2),
         ModelTaking{.demand = demand, .variant = "int8", .version = "7"});
  const PodView pod = SeenAgain("uid-p");
  EXPECT_EQ(pod.request.demand, demand);
  EXPECT_TRUE(pod.request.demand_by_model);
  EXPECT_EQ(pod.variant, "int8");
  EXPECT_EQ(pod.model_version, "7");
  EXPECT_THAT(FreeAgain(), ElementsAre(30 * 1024, 30 * 1024));
}

TEST_F(ShowTest, AGatedPodIsGatedUntilKubeSchedulerAsks) {
  kube::PodObject gated = SharePod("p", 1_GiB);
  gated.gated = true;
  store_.PutPod(gated);
  EXPECT_TRUE(SeenAgain("uid-p").gated);
  store_.Meet(store_.Read(gated));
  EXPECT_FALSE(SeenAgain("uid-p").gated);
}

TEST_F(ShowTest, ManyContainersAreShownAsOneThatAsksForAll) {
  kube::PodObject pod = SharePod("p", 8_GiB);
  pod.containers.push_back({.name = "side", .requests = {.cpu = Millicores(500)}});
  pod.overhead = {.cpu = Millicores(10), .memory = Bytes(7)};
  store_.PutPod(pod);
  EXPECT_EQ(SeenAgain("uid-p").request, store_.FindPod("uid-p")->request);
  EXPECT_EQ(ShownPods().front().containers.size(), 1U);
}

Rules RulesByLabel() {
  Rules rules;
  rules.profiles = {"default", "batch"};
  rules.profile_of = [](const kube::PodObject& pod) -> std::optional<std::uint8_t> {
    const std::string* named = kube::Find(pod.annotations, device::kProfile);
    if (named != nullptr) {
      return *named == "batch" ? std::optional<std::uint8_t>(1) : std::nullopt;
    }
    return kube::Find(pod.labels, "batch") != nullptr ? 1 : 0;
  };
  rules.rack_label = "example.com/rack";
  rules.requirements = {"eu", "sealed"};
  rules.requirement_labels = {"example.com/sealed"};
  rules.requirements_met_by = [](const kube::NodeObject& node) {
    return cluster::RequirementSet{kube::Find(node.labels, "example.com/sealed") != nullptr ? 2U
                                                                                            : 0U};
  };
  rules.requirements_of = [](const kube::PodObject& pod) -> std::optional<cluster::RequirementSet> {
    const std::string* named = kube::Find(pod.annotations, device::kResidency);
    if (named != nullptr) {
      return *named == "eu,sealed" ? std::optional<cluster::RequirementSet>(3) : std::nullopt;
    }
    return kube::Find(pod.labels, "all") != nullptr ? 3 : 0;
  };
  return rules;
}

class ShowRules : public ShowTest {
 protected:
  ShowRules() : ShowTest(RulesByLabel()) {}
};

TEST_F(ShowRules, WhatLabelsChoseIsSaidInAnnotations) {
  kube::PodObject pod = SharePod("p", 1_GiB);
  pod.labels = {{"batch", ""}, {"all", ""}};
  store_.PutPod(pod);
  EXPECT_EQ(SeenAgain("uid-p").request, store_.FindPod("uid-p")->request);
  EXPECT_THAT(
      ShownPods().front().annotations,
      ElementsAre(Pair("berth.dev/profile", "batch"), Pair("berth.dev/residency", "eu,sealed")));
}

TEST_F(ShowRules, NamesThatTheConfigurationDoesNotHaveStayUnknown) {
  kube::PodObject pod = SharePod("p", 1_GiB);
  pod.annotations = {{std::string(device::kProfile), "no-such"}};
  store_.PutPod(pod);
  kube::PodObject other = SharePod("q", 1_GiB);
  other.annotations = {{std::string(device::kResidency), "no-such"}};
  store_.PutPod(other);
  EXPECT_EQ(SeenAgain("uid-p").request.fault, cluster::PodFault::kProfileUnknown);
  EXPECT_EQ(again_.FindPod("uid-q")->request.fault, cluster::PodFault::kResidencyUnknown);
}

TEST_F(ShowRules, NodesKeepTheLabelsThatTheRulesRead) {
  kube::NodeObject node = SharedNode("r", 1, 40_GiB);
  node.labels.emplace_back("example.com/rack", "r7");
  node.labels.emplace_back("example.com/sealed", "yes");
  store_.PutNode(node);
  (void)SeenAgain("");
  const cluster::SnapshotPtr before = store_.snapshot();
  const cluster::SnapshotPtr after = again_.snapshot();
  EXPECT_EQ(*after->facts(*after->Find("r")), *before->facts(*before->Find("r")));
  EXPECT_EQ(after->facts(*after->Find("r"))->requirements_met, 2U);
}

TEST(WordsPool, KeepsTheSameWordsOnceAndDropsThoseOfNobody) {
  WordsPool pool;
  const auto labelled = [](int i) {
    return device::NodeWords{.labels = {{"rack", std::to_string(i)}}};
  };
  const NodeWordsPtr kept = pool.Share(labelled(0));
  EXPECT_EQ(pool.Share(labelled(0)), kept);
  for (int i = 1; i < 1000; ++i) {
    (void)pool.Share(labelled(i));
  }
  EXPECT_LT(pool.size(), 100U);
  EXPECT_EQ(pool.Share(labelled(0)), kept);
}

}  // namespace
}  // namespace berth::state
