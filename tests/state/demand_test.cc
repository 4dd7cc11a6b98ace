// What Store learns of the pods that dock, and tells in its snapshots.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "berth/device/read.h"
#include "berth/state/store.h"
#include "ledger.h"
#include "objects.h"

namespace berth::state {
namespace {

using cluster::DeviceSet;

constexpr DeviceSet kFirst = DeviceSet::Only(0);

kube::PodObject WithCpu(kube::PodObject pod, std::int64_t cores) {
  pod.containers.front().requests.cpu = Millicores(cores * 1000);
  return pod;
}

class DemandLearningTest : public testing::Test {
 protected:
  DemandLearningTest() : store_(device::ClassTable::BuiltIn()) {
    store_.PutNode(SharedNode("a", 8, 80_GiB));
    store_.PutNode(WholeNode("w", 8));
  }

  const cluster::Demand& Demand() {
    held_ = store_.snapshot();
    return *held_->outlook().demand;
  }

  const cluster::Demand::OfKind& KindOf(const std::string& node) {
    const cluster::Demand& demand = Demand();
    return demand.kinds[held_->host(*held_->Find(node)).kind];
  }

  void Dock(const kube::PodObject& pod, const std::string& node, DeviceSet devices) {
    store_.PutPod(pod);
    auto taken = store_.Assume(pod.uid, node, devices);
    ASSERT_TRUE(taken.ok()) << taken.error().message;
    std::move(taken).value().Keep();
  }

  // So many come one after the other, and leave at once.
  void ComeAndGo(int count, MiB memory) {
    for (int i = 0; i < count; ++i) {
      const std::string name = "p" + std::to_string(next_++);
      Dock(SharePod(name, memory), "a", kFirst);
      store_.RemovePod("uid-" + name);
      store_.snapshot();
    }
  }

  Store store_;
  cluster::SnapshotPtr held_;
  int next_ = 0;
};

TEST_F(DemandLearningTest, NothingIsKnownBeforeAPodHasDocked) {
  EXPECT_EQ(Demand().pods, 0);
  EXPECT_EQ(KindOf("a").price, 0);
  EXPECT_EQ(KindOf("a").worth[50], 0);
}

TEST_F(DemandLearningTest, APodThatDocksIsLearntFrom) {
  Dock(WithCpu(SharePod("p", 40_GiB), 6), "a", kFirst);
  EXPECT_EQ(Demand().pods, 1);
  EXPECT_EQ(Demand().cpu_per_device, Millicores(12'000));
  EXPECT_FLOAT_EQ(KindOf("a").worth[50], 0.5F);
  EXPECT_GT(KindOf("a").price, 0) << "the whole node's devices cannot be shared";
  EXPECT_FLOAT_EQ(KindOf("w").price, -1);
}

TEST_F(DemandLearningTest, PodsWithoutDevicesAreNothingToLearnFrom) {
  Dock(WithCpu(Pod("p"), 6), "a", {});
  EXPECT_EQ(Demand().pods, 0);
}

TEST_F(DemandLearningTest, APodThatHasLeftIsRemembered) {
  ComeAndGo(1, 40_GiB);
  EXPECT_EQ(Demand().pods, 1);
}

TEST_F(DemandLearningTest, ATryThatFailedAndTheNextOneAreOnePod) {
  store_.PutPod(SharePod("p", 40_GiB));
  {
    auto dropped = store_.Assume("uid-p", "a", kFirst);
  }
  Dock(SharePod("p", 40_GiB), "a", kFirst);
  Dock(SharePod("q", 40_GiB), "a", kFirst);
  EXPECT_EQ(Demand().pods, 2);
}

TEST_F(DemandLearningTest, WhatNobodyAsksForAnyMoreIsForgotten) {
  ComeAndGo(10, 20_GiB);
  EXPECT_FLOAT_EQ(KindOf("a").worth[25], 0.25F);
  ComeAndGo(20'000, 40_GiB);
  EXPECT_FLOAT_EQ(KindOf("a").worth[25], 0);
  EXPECT_FLOAT_EQ(KindOf("a").worth[50], 0.5F);
  EXPECT_LE(Demand().pods, 4000);
}

// Memos of decisions hold as long as the very same demand does.
TEST_F(DemandLearningTest, ItIsLearntAnewEveryFewHundredPods) {
  ComeAndGo(3000, 40_GiB);
  int changes = 0;
  auto before = store_.snapshot()->outlook().demand;
  for (int i = 0; i < 1000; ++i) {
    ComeAndGo(1, 40_GiB);
    const auto now = store_.snapshot()->outlook().demand;
    changes += now != before ? 1 : 0;
    before = now;
  }
  EXPECT_EQ(changes, 4);
}

TEST_F(DemandLearningTest, NothingIsWorkedOutWhereNobodyWantsIt) {
  store_.SetLearning(false);
  ComeAndGo(10, 40_GiB);
  EXPECT_EQ(store_.snapshot()->outlook().demand, nullptr);
}

TEST_F(DemandLearningTest, WhoWantsItLaterGetsWhatDockedBefore) {
  store_.SetLearning(false);
  ComeAndGo(10, 40_GiB);
  const std::uint64_t before = store_.version();
  store_.SetLearning(true);
  EXPECT_GT(store_.version(), before);
  EXPECT_EQ(Demand().pods, 10);
  EXPECT_FLOAT_EQ(KindOf("a").worth[50], 0.5F);
}

TEST_F(DemandLearningTest, ARestartLearnsFromThePodsThatAreThere) {
  Dock(WithCpu(SharePod("p", 40_GiB), 6), "a", kFirst);
  Dock(WithCpu(WholePod("q", 2), 16), "w", {});
  const cluster::Demand before = Demand();

  Store restarted(device::ClassTable::BuiltIn());
  restarted.BeginNodes();
  restarted.PutNode(SharedNode("a", 8, 80_GiB));
  restarted.PutNode(WholeNode("w", 8));
  restarted.EndNodes();
  restarted.BeginPods();
  for (kube::PodObject pod : {WithCpu(SharePod("p", 40_GiB), 6), WithCpu(WholePod("q", 2), 16)}) {
    pod.node_name = pod.name == "p" ? "a" : "w";
    restarted.PutPod(pod);
  }
  EXPECT_EQ(restarted.snapshot()->outlook().demand->pods, 0) << "half a list says little";
  restarted.EndPods();
  const auto after = restarted.snapshot()->outlook().demand;
  EXPECT_EQ(after->pods, before.pods);
  EXPECT_EQ(after->cpu_per_device, before.cpu_per_device);
  ASSERT_EQ(after->kinds.size(), before.kinds.size());
  for (std::size_t i = 0; i < before.kinds.size(); ++i) {
    EXPECT_EQ(after->kinds[i].price, before.kinds[i].price) << i;
    EXPECT_EQ(after->kinds[i].worth, before.kinds[i].worth) << i;
  }
}

TEST_F(DemandLearningTest, NodesThatDifferOnlyInNameAreOfOneKind) {
  store_.PutNode(SharedNode("b", 8, 80_GiB));
  store_.PutNode(SharedNode("c", 4, 80_GiB));
  const cluster::SnapshotPtr snapshot = store_.snapshot();
  const auto kind = [&](const std::string& node) {
    return snapshot->host(*snapshot->Find(node)).kind;
  };
  EXPECT_EQ(kind("a"), kind("b"));
  EXPECT_NE(kind("a"), kind("c"));
}

TEST_F(DemandLearningTest, KindsThatAreGoneMakePlaceForOthers) {
  Dock(SharePod("p", 40_GiB), "a", kFirst);
  for (int devices = 1; devices <= 16; ++devices) {
    store_.PutNode(SharedNode("changing", devices, 80_GiB));
    EXPECT_LE(Demand().kinds.size(), 5U);
    EXPECT_FLOAT_EQ(KindOf("changing").worth[50], 0.5F);
  }
}

TEST_F(DemandLearningTest, FreeCpuIsToldOfEachNode) {
  const auto free_cpu = [this] {
    const cluster::SnapshotPtr snapshot = store_.snapshot();
    return snapshot->host(*snapshot->Find("a")).cpu;
  };
  const cluster::SnapshotPtr before = store_.snapshot();
  EXPECT_EQ(free_cpu(), Millicores(64'000));
  Dock(WithCpu(SharePod("p", 40_GiB), 6), "a", kFirst);
  EXPECT_EQ(free_cpu(), Millicores(58'000));
  Dock(WithCpu(Pod("q"), 8), "a", {});
  EXPECT_EQ(free_cpu(), Millicores(50'000)) << "pods without devices take it too";
  store_.RemovePod("uid-p");
  EXPECT_EQ(free_cpu(), Millicores(56'000));
  EXPECT_EQ(before->host(*before->Find("a")).cpu, Millicores(64'000));
}

TEST_F(DemandLearningTest, AnExpectedPodTakesItsCpuAlong) {
  store_.PutPod(WithCpu(SharePod("p", 40_GiB), 6));
  store_.Expect("uid-p", "a", kFirst, store_.FindPod("uid-p")->request.demand,
                Instant{} + std::chrono::seconds(5));
  const auto expected = store_.Expected("uid-q", Instant{});
  ASSERT_EQ(expected.size(), 1U);
  EXPECT_EQ(expected.front().cpu, Millicores(6000));
}

cluster::ClassCount Told(MiB memory, double count) {
  return {.pods = {.demand = {.share = cluster::DeviceShare{.memory = memory}},
                   .cpu = Millicores(1000)},
          .count = count};
}

TEST_F(DemandLearningTest, WhatIsToldCountsBeforeAnythingHasDocked) {
  store_.SetTypicalPods({.pods = {Told(40_GiB, 10)}});
  EXPECT_EQ(Demand().pods, 10);
  EXPECT_EQ(Demand().told, 10);
  EXPECT_FLOAT_EQ(KindOf("a").worth[50], 0.5F);
}

TEST_F(DemandLearningTest, WhatDocksIsAddedToWhatIsToldWhichIsForgottenLikeIt) {
  store_.SetTypicalPods({.pods = {Told(20_GiB, 10)}});
  ComeAndGo(8, 40_GiB);
  EXPECT_EQ(Demand().pods, 18);
  EXPECT_EQ(Demand().told, 10);
  EXPECT_FLOAT_EQ(KindOf("a").worth[25], 0.25F);
  ComeAndGo(20'000, 40_GiB);
  EXPECT_EQ(Demand().told, 0);
  EXPECT_FLOAT_EQ(KindOf("a").worth[25], 0);
}

TEST_F(DemandLearningTest, WhereNothingIsLearntWhatIsToldAloneCountsAndStays) {
  store_.SetTypicalPods({.learn = false, .pods = {Told(20_GiB, 10)}});
  ComeAndGo(5000, 40_GiB);
  EXPECT_EQ(Demand().pods, 10);
  EXPECT_EQ(Demand().told, 10);
  EXPECT_FLOAT_EQ(KindOf("a").worth[25], 0.25F);
  store_.PutNode(SharedNode("b", 8, 40_GiB));
  EXPECT_FLOAT_EQ(KindOf("b").worth[50], 0.5F) << "kinds of nodes are followed all the same";
}

TEST_F(DemandLearningTest, WhatIsToldAnewTakesThePlaceOfWhatWasTold) {
  store_.SetTypicalPods({.pods = {Told(20_GiB, 10), Told(40_GiB, 1)}});
  ComeAndGo(4, 40_GiB);
  store_.SetTypicalPods({.pods = {Told(40_GiB, 3)}});
  EXPECT_EQ(Demand().pods, 7);
  EXPECT_EQ(Demand().told, 3);
  EXPECT_FLOAT_EQ(KindOf("a").worth[25], 0);
  store_.SetTypicalPods({.learn = false, .pods = {Told(40_GiB, 3)}});
  EXPECT_EQ(Demand().pods, 3);
  store_.SetTypicalPods({});
  EXPECT_EQ(Demand().pods, 4) << "what docked was counted meanwhile";
}

// A lesson that is worked on without the lock.
class LessonTest : public testing::Test {
 protected:
  LessonTest() {
    PutNode("a", 80_GiB);
    EndLesson(*ledger_.BeginLesson());
  }

  void PutNode(std::string name, MiB device_memory) {
    ledger_.PutNode(device::ReadNode(SharedNode(std::move(name), 8, device_memory), classes_, ""),
                    {});
  }

  void Dock(const std::string& name) {
    const cluster::PodRequest pod = device::ReadPod(SharePod(name, 1_GiB), classes_);
    ledger_.Meet(pod);
    ASSERT_TRUE(ledger_.Assume(pod.uid, "a", kFirst, std::nullopt).ok());
    ledger_.Keep(pod.uid);
  }

  void EndLesson(Lesson lesson) {
    auto demand = std::make_shared<const cluster::Demand>(lesson.WorkOut());
    ledger_.EndLesson(std::move(lesson), std::move(demand));
  }

  const cluster::Demand& Demand() {
    held_ = ledger_.Publish();
    return *held_->outlook().demand;
  }

  std::uint32_t KindOf(std::string_view node) {
    held_ = ledger_.Publish();
    return held_->host(*held_->Find(node)).kind;
  }

  const device::ClassTable classes_ = device::ClassTable::BuiltIn();
  Ledger ledger_;
  cluster::SnapshotPtr held_;
};

TEST_F(LessonTest, OneIsOutAtATime) {
  Dock("p");
  auto lesson = ledger_.BeginLesson();
  ASSERT_TRUE(lesson);
  Dock("q");
  EXPECT_FALSE(ledger_.BeginLesson());
  EndLesson(*std::move(lesson));
  EXPECT_TRUE(ledger_.BeginLesson());
}

TEST_F(LessonTest, WhatDocksMeanwhileIsForTheNextOne) {
  Dock("p");
  auto lesson = ledger_.BeginLesson();
  Dock("q");
  EXPECT_EQ(Demand().pods, 0) << "the older demand counts until the lesson is over";
  EndLesson(*std::move(lesson));
  EXPECT_EQ(Demand().pods, 1);
  EndLesson(*ledger_.BeginLesson());
  EXPECT_EQ(Demand().pods, 2);
  EXPECT_FALSE(ledger_.BeginLesson()) << "nothing is new";
}

TEST_F(LessonTest, WhatIsToldMeanwhileIsForTheNextOne) {
  ledger_.SetTypicalPods({.pods = {Told(20_GiB, 10)}});
  auto lesson = ledger_.BeginLesson();
  ledger_.SetTypicalPods({.pods = {Told(20_GiB, 1)}});
  EndLesson(*std::move(lesson));
  EXPECT_EQ(Demand().pods, 10);
  EndLesson(*ledger_.BeginLesson());
  EXPECT_EQ(Demand().pods, 1);
}

TEST_F(LessonTest, ThatNobodyWantsAnyMoreIsNotTold) {
  Dock("p");
  auto lesson = ledger_.BeginLesson();
  ledger_.SetLearning(false);
  EndLesson(*std::move(lesson));
  EXPECT_EQ(ledger_.Publish()->outlook().demand, nullptr);
  ledger_.SetLearning(true);
  EndLesson(*ledger_.BeginLesson());
  EXPECT_EQ(Demand().pods, 1) << "but what docked is remembered";
}

// Else the old kind's worth would be told of the new kind's nodes until the lesson is over.
TEST_F(LessonTest, APositionHasNoOtherKindBeforeALessonThatKnowsOfIt) {
  PutNode("b", 40_GiB);
  EndLesson(*ledger_.BeginLesson());
  const std::uint32_t before = KindOf("b");
  PutNode("b", 48_GiB);
  auto lesson = ledger_.BeginLesson();
  PutNode("c", 64_GiB);
  EXPECT_NE(KindOf("c"), before);
  EndLesson(*std::move(lesson));
  EndLesson(*ledger_.BeginLesson());
  EXPECT_EQ(Demand().kinds[before].worth[cluster::kParts], 0) << "nothing is known of no kind";
  PutNode("d", 16_GiB);
  EXPECT_EQ(KindOf("d"), before);
}

// What is told grows with what docks, speaks of the kinds as they are, and misses nobody in the
// end.
TEST(DemandRaces, NothingIsLostAndNothingOlderComesAfter) {
  constexpr int kBinders = 3;
  constexpr int kPodsEach = 250;
  Store store(device::ClassTable::BuiltIn());
  const auto dock = [&store](const std::string& name) {
    store.PutPod(SharePod(name, 20_GiB));
    auto taken = store.Assume("uid-" + name, "a", kFirst);
    ASSERT_TRUE(taken.ok()) << taken.error().message;
    std::move(taken).value().Keep();
    store.RemovePod("uid-" + name);
  };
  // Each binder takes a fourth of the device at most.
  store.PutNode(SharedNode("a", 1, 80_GiB));
  store.PutNode(SharedNode("changing", 1, 80_GiB));
  dock("first");

  std::atomic<bool> over = false;
  const auto read = [&] {
    double pods = 1;
    while (!over) {
      const cluster::SnapshotPtr snapshot = store.snapshot();
      const cluster::Demand& demand = *snapshot->outlook().demand;
      EXPECT_GE(demand.pods, pods);
      pods = demand.pods;
      const cluster::NodeIndex node = *snapshot->Find("changing");
      const std::uint32_t kind = snapshot->host(node).kind;
      if (kind < demand.kinds.size() && demand.kinds[kind].worth[cluster::kParts] > 0) {
        const bool is_small = snapshot->facts(node)->devices.front().memory == 40_GiB;
        EXPECT_FLOAT_EQ(demand.kinds[kind].worth[25], is_small ? 0 : 0.25F);
        EXPECT_FLOAT_EQ(demand.kinds[kind].worth[50], 0.5F);
      }
    }
  };
  {
    std::jthread reader(read);
    std::jthread changer([&] {
      for (int i = 0; !over; ++i) {
        store.PutNode(SharedNode("changing", 1, i % 2 == 0 ? 40_GiB : 80_GiB));
      }
    });
    {
      std::vector<std::jthread> binders;
      for (int binder = 0; binder < kBinders; ++binder) {
        binders.emplace_back([&, binder] {
          for (int i = 0; i < kPodsEach; ++i) {
            dock("p" + std::to_string(binder) + "-" + std::to_string(i));
          }
        });
      }
    }
    over = true;
  }
  store.SetLearning(false);
  store.SetLearning(true);
  EXPECT_EQ(store.snapshot()->outlook().demand->pods, 1 + (kBinders * kPodsEach));
}

}  // namespace
}  // namespace berth::state
