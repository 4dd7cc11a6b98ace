#include "berth/state/store.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "berth/base/base64.h"
#include "berth/cluster/room.h"
#include "objects.h"
#include "testing/case_name.h"

namespace berth::state {
namespace {

using cluster::DeviceSet;

constexpr Duration kGrace = std::chrono::seconds(5);

DeviceSet Only(int device) {
  DeviceSet set;
  set.Add(device);
  return set;
}

class StoreTest : public testing::Test {
 protected:
  explicit StoreTest(Rules rules = {}) : store_(device::ClassTable::BuiltIn(), std::move(rules)) {
    List({SharedNode("a", 2, 40_GiB), WholeNode("w", 4)}, {});
  }

  void List(std::vector<kube::NodeObject> nodes, std::vector<kube::PodObject> pods) {
    store_.BeginNodes();
    for (kube::NodeObject& node : nodes) {
      store_.PutNode(std::move(node));
    }
    store_.EndNodes();
    ListPods(std::move(pods));
  }

  void ListPods(std::vector<kube::PodObject> pods) {
    store_.BeginPods();
    for (kube::PodObject& pod : pods) {
      store_.PutPod(std::move(pod));
    }
    store_.EndPods();
  }

  // As the API server shows it once it is bound: with the record that Berth's Binding carried.
  kube::PodObject Bound(kube::PodObject pod, const std::string& node, DeviceSet devices) {
    const cluster::SnapshotPtr snapshot = store_.snapshot();
    const cluster::NodeFacts& facts = *snapshot->facts(*snapshot->Find(node));
    pod.annotations = device::WriteRecord(device::ReadPod(pod, store_.classes()), facts, devices,
                                          store_.classes());
    pod.node_name = node;
    return pod;
  }

  cluster::NodeRow Row(const std::string& node) {
    const cluster::SnapshotPtr snapshot = store_.snapshot();
    return snapshot->row(*snapshot->Find(node));
  }

  std::int32_t FreeMiB(int device) {
    return Row("a").free_memory[static_cast<std::size_t>(device)];
  }

  void Commit(const kube::PodObject& pod, const std::string& node, DeviceSet devices) {
    store_.PutPod(pod);
    auto taken = store_.Assume(pod.uid, node, devices);
    ASSERT_TRUE(taken.ok()) << taken.error().message;
    std::move(taken).value().Keep();
  }

  Store store_;
  Instant now_{};
};

TEST_F(StoreTest, IsSyncedOnlyWhenBothKindsWereListed) {
  Store fresh(device::ClassTable::BuiltIn());
  EXPECT_FALSE(fresh.synced());
  fresh.BeginNodes();
  fresh.EndNodes();
  EXPECT_FALSE(fresh.synced());
  fresh.BeginPods();
  EXPECT_FALSE(fresh.synced());
  fresh.EndPods();
  EXPECT_TRUE(fresh.synced());
}

TEST(StoreRules, TellWhatNodesMeetAndPodsRequire) {
  Rules rules;
  rules.requirements = {"eu"};
  rules.requirements_met_by = [](const kube::NodeObject& node) {
    return cluster::RequirementSet{node.name == "a" ? 1U : 0U};
  };
  rules.requirements_of = [](const kube::PodObject& pod) {
    return pod.name == "stranger" ? std::nullopt : std::optional(cluster::RequirementSet{1});
  };
  Store store(device::ClassTable::BuiltIn(), rules);
  store.PutNode(SharedNode("a", 1, 40_GiB));
  store.PutNode(SharedNode("b", 1, 40_GiB));
  const cluster::SnapshotPtr snapshot = store.snapshot();
  EXPECT_EQ(snapshot->requirements(), std::vector<std::string>{"eu"});
  EXPECT_EQ(snapshot->facts(*snapshot->Find("a"))->requirements_met, 1U);
  EXPECT_EQ(snapshot->facts(*snapshot->Find("b"))->requirements_met, 0U);
  EXPECT_EQ(store.Read(SharePod("p", 1_GiB)).requirements, 1U);
  EXPECT_EQ(store.Read(SharePod("stranger", 1_GiB)).fault, cluster::PodFault::kResidencyUnknown);
}

TEST_F(StoreTest, AnAssumptionTakesRoomAtOnceAndGivesItBackWhenDropped) {
  store_.PutPod(SharePod("p", 30_GiB));
  {
    const auto taken = store_.Assume("uid-p", "a", Only(1));
    ASSERT_TRUE(taken.ok());
    EXPECT_EQ(FreeMiB(1), 10 * 1024);
    EXPECT_EQ(store_.FindPod("uid-p")->state, AllocationState::kAssumed);
  }
  EXPECT_EQ(FreeMiB(1), 40 * 1024);
  EXPECT_EQ(store_.FindPod("uid-p")->state, AllocationState::kPending);
}

TEST_F(StoreTest, ASnapshotNeverChangesAfterItWasHandedOut) {
  const cluster::SnapshotPtr before = store_.snapshot();
  Commit(SharePod("p", 30_GiB), "a", Only(0));
  EXPECT_EQ(before->row(*before->Find("a")).free_memory[0], 40 * 1024);
  EXPECT_EQ(FreeMiB(0), 10 * 1024);
  EXPECT_GT(store_.snapshot()->version(), before->version());
}

TEST_F(StoreTest, AHeartbeatIsNoChange) {
  const std::uint64_t before = store_.version();
  store_.PutNode(SharedNode("a", 2, 40_GiB));
  EXPECT_EQ(store_.version(), before);
}

TEST_F(StoreTest, RoomIsTakenOnlyOnce) {
  Commit(SharePod("p", 30_GiB), "a", Only(0));
  store_.PutPod(SharePod("q", 30_GiB));
  const auto taken = store_.Assume("uid-q", "a", Only(0));
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().code, ErrorCode::kConflict);
  EXPECT_EQ(FreeMiB(0), 10 * 1024);
}

struct Refusal {
  std::string name;
  std::string uid;
  std::string node;
  int device;
  ErrorCode want;
};

class AssumeRefusalTest : public StoreTest, public testing::WithParamInterface<Refusal> {};

TEST_P(AssumeRefusalTest, SaysWhatIsWrongAndTakesNothing) {
  store_.PutPod(SharePod("fits", 10_GiB));
  store_.PutPod(SharePod("huge", 41_GiB));
  store_.PutPod(WholePod("whole", 5));
  kube::PodObject hungry = Pod("hungry");
  hungry.containers.front().requests.cpu = Millicores(64'001);
  store_.PutPod(hungry);
  Commit(SharePod("bound", 1_GiB), "a", Only(1));
  const cluster::NodeRow before = Row("a");

  const auto taken = store_.Assume(GetParam().uid, GetParam().node, Only(GetParam().device));
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().code, GetParam().want) << taken.error().message;
  EXPECT_EQ(Row("a").free_memory, before.free_memory);
}

INSTANTIATE_TEST_SUITE_P(
    Assume, AssumeRefusalTest,
    testing::Values(Refusal{"UnknownPod", "uid-nobody", "a", 0, ErrorCode::kNotFound},
                    Refusal{"UnknownNode", "uid-fits", "nowhere", 0, ErrorCode::kInvalidArgument},
                    Refusal{"TooMuchMemory", "uid-huge", "a", 0, ErrorCode::kConflict},
                    Refusal{"NoSuchDevice", "uid-fits", "a", 2, ErrorCode::kConflict},
                    Refusal{"ShareOnAWholeNode", "uid-fits", "w", 0, ErrorCode::kConflict},
                    Refusal{"TooManyWholeDevices", "uid-whole", "w", 0, ErrorCode::kConflict},
                    Refusal{"TooMuchCpu", "uid-hungry", "a", 0, ErrorCode::kConflict},
                    Refusal{"BoundElsewhere", "uid-bound", "w", 0, ErrorCode::kConflict},
                    Refusal{"BoundHere", "uid-bound", "a", 0, ErrorCode::kAlreadyExists}),
    berth::tests::CaseName);

TEST_F(StoreTest, APodCountBeyondTheNodesIsRefused) {
  kube::NodeObject tiny = SharedNode("tiny", 1, 40_GiB);
  tiny.allocatable.pods = 1;
  store_.PutNode(tiny);
  Commit(Pod("first"), "tiny", {});
  store_.PutPod(Pod("second"));
  EXPECT_EQ(store_.Assume("uid-second", "tiny", {}).error().code, ErrorCode::kConflict);
}

TEST_F(StoreTest, OnlyOneBindingOfAPodIsUnderWay) {
  store_.PutPod(SharePod("p", 1_GiB));
  const auto first = store_.Assume("uid-p", "a", Only(0));
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(store_.Assume("uid-p", "a", Only(1)).error().code, ErrorCode::kConflict);
}

TEST_F(StoreTest, AnUnknownOutcomeKeepsTheRoomUntilThePodWasReadAndTheGraceIsOver) {
  store_.PutPod(SharePod("p", 30_GiB));
  auto taken = store_.Assume("uid-p", "a", Only(0));
  ASSERT_TRUE(taken.ok());
  std::move(taken).value().Doubt(now_);
  EXPECT_EQ(FreeMiB(0), 10 * 1024);
  ASSERT_EQ(store_.UnsettledPods().size(), 1U);

  store_.Settle("uid-p", SharePod("p", 30_GiB), now_ + kGrace / 2, kGrace);
  EXPECT_EQ(FreeMiB(0), 10 * 1024) << "the request may still be on its way";
  store_.Settle("uid-p", SharePod("p", 30_GiB), now_ + kGrace, kGrace);
  EXPECT_EQ(FreeMiB(0), 40 * 1024);
  EXPECT_TRUE(store_.UnsettledPods().empty());
}

TEST_F(StoreTest, WhileAnOutcomeIsUnknownTheSameNodeMayBeTriedAgainAndNoOther) {
  store_.PutNode(SharedNode("b", 2, 40_GiB));
  store_.PutPod(SharePod("p", 30_GiB));
  auto taken = store_.Assume("uid-p", "a", Only(0));
  std::move(taken).value().Doubt(now_);
  EXPECT_EQ(store_.Assume("uid-p", "b", Only(0)).error().code, ErrorCode::kConflict);
  auto again = store_.Assume("uid-p", "a", Only(1));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->devices(), Only(0))
      << "the devices of the first try, for that one may have happened";
}

TEST_F(StoreTest, ARefusedSecondTryDoesNotEndTheDoubtAboutTheFirst) {
  store_.PutPod(SharePod("p", 30_GiB));
  auto first = store_.Assume("uid-p", "a", Only(0));
  std::move(first).value().Doubt(now_);
  {
    const auto second = store_.Assume("uid-p", "a", Only(0));
  }
  EXPECT_EQ(FreeMiB(0), 10 * 1024) << "the first request may still arrive";
  store_.Settle("uid-p", SharePod("p", 30_GiB), now_ + kGrace, kGrace);
  EXPECT_EQ(FreeMiB(0), 40 * 1024);
}

TEST_F(StoreTest, AnOlderEventDoesNotUndoABinding) {
  Commit(SharePod("p", 30_GiB), "a", Only(0));
  store_.PutPod(SharePod("p", 30_GiB));
  EXPECT_EQ(FreeMiB(0), 10 * 1024);
}

TEST_F(StoreTest, RoomComesBackWhenThePodIsGoneOrHasEnded) {
  Commit(SharePod("p", 30_GiB), "a", Only(0));
  Commit(SharePod("q", 30_GiB), "a", Only(1));
  store_.RemovePod("uid-p");
  EXPECT_EQ(FreeMiB(0), 40 * 1024);
  kube::PodObject ended = Bound(SharePod("q", 30_GiB), "a", Only(1));
  ended.phase = kube::PodPhase::kSucceeded;
  store_.PutPod(ended);
  EXPECT_EQ(FreeMiB(1), 40 * 1024);
}

TEST_F(StoreTest, ATerminatingPodHoldsItsRoomUntilItsContainersHaveEnded) {
  kube::PodObject pod = Bound(SharePod("p", 30_GiB), "a", Only(0));
  pod.terminating = true;
  store_.PutPod(pod);
  EXPECT_EQ(FreeMiB(0), 10 * 1024);
  pod.containers_ended = true;
  store_.PutPod(pod);
  EXPECT_EQ(FreeMiB(0), 40 * 1024);
}

TEST_F(StoreTest, PodsThatOthersPlacedAreCounted) {
  kube::PodObject elsewhere = WholePod("elsewhere", 3);
  elsewhere.node_name = "w";
  store_.PutPod(elsewhere);
  EXPECT_EQ(cluster::FindClass(Row("w"), *store_.classes().Find("nvidia.com/gpu"))->free, 1);
}

TEST_F(StoreTest, ARestartRebuildsTheLedgerFromTheClusterAlone) {
  Commit(SharePod("p", 30_GiB), "a", Only(1));
  const kube::PodObject shown = Bound(SharePod("p", 30_GiB), "a", Only(1));
  Store restarted(device::ClassTable::BuiltIn());
  restarted.BeginPods();
  restarted.PutPod(shown);  // pods may come before their nodes
  restarted.EndPods();
  restarted.BeginNodes();
  restarted.PutNode(SharedNode("a", 2, 40_GiB));
  restarted.EndNodes();
  const cluster::SnapshotPtr snapshot = restarted.snapshot();
  const cluster::NodeRow& row = snapshot->row(*snapshot->Find("a"));
  EXPECT_EQ(row.free_memory[0], 40 * 1024);
  EXPECT_EQ(row.free_memory[1], 10 * 1024);
  EXPECT_EQ(restarted.totals().pods_doubtful, 0U);
}

TEST_F(StoreTest, ABoundPodWithoutARecordIsChargedOnEveryDeviceItCouldBeOn) {
  kube::PodObject pod = SharePod("p", 30_GiB);
  pod.node_name = "a";
  store_.PutPod(pod);
  EXPECT_EQ(FreeMiB(0), 10 * 1024);
  EXPECT_EQ(FreeMiB(1), 10 * 1024);
  EXPECT_EQ(store_.totals().pods_doubtful, 1U);
  EXPECT_EQ(store_.totals().devices_overcommitted, 0U);
  store_.RemovePod(pod.uid);
  EXPECT_EQ(FreeMiB(0), 40 * 1024);
}

// Where others bind, nobody writes records: what is not known is not charged everywhere, but waits
// for a supposition.
class ObservingStoreTest : public StoreTest {
 protected:
  ObservingStoreTest() : StoreTest(Others()) {}
  static Rules Others() {
    Rules rules;
    rules.binds = false;
    return rules;
  }

  void Placed(const std::string& name, MiB memory) {
    kube::PodObject pod = SharePod(name, memory);
    pod.node_name = "a";
    store_.PutPod(pod);
  }
};

TEST_F(ObservingStoreTest, APodWithoutARecordHoldsNothingUntilItIsSupposedTo) {
  Placed("p", 30_GiB);
  EXPECT_EQ(FreeMiB(0), 40 * 1024);
  EXPECT_EQ(store_.totals().pods_doubtful, 0U);
  EXPECT_EQ(store_.totals().records_malformed, 0U) << "there is none to be malformed";
  const std::vector<PodView> unnamed = store_.TakeUnnamed();
  ASSERT_EQ(unnamed.size(), 1U);
  EXPECT_TRUE(store_.TakeUnnamed().empty()) << "each is told once";

  EXPECT_TRUE(store_.Suppose(unnamed.front().request.uid, DeviceSet::Only(1), std::nullopt));
  EXPECT_EQ(FreeMiB(0), 40 * 1024);
  EXPECT_EQ(FreeMiB(1), 10 * 1024);
  EXPECT_FALSE(store_.Suppose(unnamed.front().request.uid, DeviceSet::Only(0), std::nullopt))
      << "it has devices already";
  EXPECT_EQ(FreeMiB(0), 40 * 1024);
}

TEST_F(ObservingStoreTest, ASuppositionBeyondTheRoomMakesThePodDoubtful) {
  for (const char* name : {"p", "q"}) {
    Placed(name, 30_GiB);
    const std::string uid = store_.TakeUnnamed().front().request.uid;
    EXPECT_EQ(store_.Suppose(uid, DeviceSet::Only(1), std::nullopt), *name == 'p') << name;
  }
  EXPECT_EQ(FreeMiB(0), 10 * 1024);
  EXPECT_EQ(FreeMiB(1), 0);
  EXPECT_EQ(store_.totals().pods_doubtful, 1U);
  EXPECT_EQ(store_.totals().devices_overcommitted, 0U);
}

TEST_F(StoreTest, RecordsThatCannotAllBeTrueAreNotBelieved) {
  const kube::PodObject p = Bound(SharePod("p", 30_GiB), "a", Only(0));
  const kube::PodObject q = Bound(SharePod("q", 20_GiB), "a", Only(0));  // forged: 50 of 40 GiB
  Store restarted(device::ClassTable::BuiltIn());
  restarted.BeginNodes();
  restarted.PutNode(SharedNode("a", 2, 40_GiB));
  restarted.EndNodes();
  restarted.BeginPods();
  restarted.PutPod(p);
  restarted.PutPod(q);
  restarted.EndPods();
  EXPECT_EQ(restarted.totals().pods_doubtful, 2U);
  const cluster::SnapshotPtr snapshot = restarted.snapshot();
  EXPECT_EQ(snapshot->row(*snapshot->Find("a")).free_memory[1], 0);
  EXPECT_EQ(restarted.totals().devices_overcommitted, 0U);
}

TEST_F(StoreTest, WhileRunningTheFirstRecordStandsAndAChangeIsCountedOnce) {
  Commit(SharePod("p", 30_GiB), "a", Only(0));
  store_.PutPod(Bound(SharePod("p", 30_GiB), "a", Only(0)));
  EXPECT_EQ(store_.totals().records_ignored, 0U);
  kube::PodObject edited = Bound(SharePod("p", 30_GiB), "a", Only(1));
  store_.PutPod(edited);
  store_.PutPod(edited);
  EXPECT_EQ(FreeMiB(0), 10 * 1024);
  EXPECT_EQ(FreeMiB(1), 40 * 1024);
  EXPECT_EQ(store_.totals().records_ignored, 1U);
}

TEST_F(StoreTest, WhenAnotherBindingWonItsDevicesCount) {
  store_.PutPod(SharePod("p", 30_GiB));
  auto taken = store_.Assume("uid-p", "a", Only(0));
  ASSERT_TRUE(taken.ok());
  store_.PutPod(Bound(SharePod("p", 30_GiB), "a", Only(1)));
  std::move(taken).value().Keep();
  EXPECT_EQ(FreeMiB(0), 40 * 1024);
  EXPECT_EQ(FreeMiB(1), 10 * 1024);
}

TEST_F(StoreTest, APodBoundElsewhereMovesThere) {
  store_.PutNode(SharedNode("b", 1, 40_GiB));
  store_.PutPod(SharePod("p", 30_GiB));
  auto taken = store_.Assume("uid-p", "a", Only(0));
  ASSERT_TRUE(taken.ok());
  store_.PutPod(Bound(SharePod("p", 30_GiB), "b", Only(0)));
  std::move(taken).value().Keep();
  EXPECT_EQ(FreeMiB(0), 40 * 1024);
  EXPECT_EQ(Row("b").free_memory[0], 10 * 1024);
}

TEST_F(StoreTest, ARelistDropsPendingPodsThatAreGoneAndAsksAboutThoseThatHoldRoom) {
  store_.PutPod(SharePod("waiting", 1_GiB));
  Commit(SharePod("held", 30_GiB), "a", Only(0));
  ListPods({});
  EXPECT_FALSE(store_.FindPod("uid-waiting").has_value());
  EXPECT_EQ(FreeMiB(0), 10 * 1024) << "it may have been bound while the list was made";
  ASSERT_EQ(store_.UnsettledPods().size(), 1U);
  store_.Settle("uid-held", std::nullopt, now_, kGrace);
  EXPECT_EQ(FreeMiB(0), 40 * 1024);
}

TEST_F(StoreTest, ANodeThatWentAwayAndCameBackStillCarriesItsPods) {
  Commit(SharePod("p", 30_GiB), "a", Only(0));
  store_.RemoveNode("a");
  EXPECT_FALSE(store_.snapshot()->Find("a").has_value());
  store_.PutNode(SharedNode("a", 2, 40_GiB));
  EXPECT_EQ(FreeMiB(0), 10 * 1024);
}

TEST_F(StoreTest, ADeviceThatShrankUnderItsPodsIsReportedAndOffersNothing) {
  Commit(SharePod("p", 30_GiB), "a", Only(0));
  store_.PutNode(SharedNode("a", 2, 20_GiB));
  EXPECT_EQ(FreeMiB(0), 0);
  EXPECT_EQ(store_.totals().devices_overcommitted, 1U);
}

TEST_F(StoreTest, AWholeDeviceIsWholeWhateverMemoryWasAsked) {
  Commit(SharePod("p", 1_GiB, 100), "a", Only(0));
  EXPECT_EQ(FreeMiB(0), 0);
  EXPECT_EQ(FreeMiB(1), 40 * 1024);
}

// Peers are near or far by their zones: decisions remembered under the old ones must not be taken
// for those of the new.
TEST_F(StoreTest, ANodeThatMovesToAnotherZoneMakesOtherWeights) {
  auto weights = std::make_shared<cluster::WeightTable>();
  weights->names = store_.snapshot()->names_ptr();
  weights->rates.emplace_back();
  store_.SetWeights(weights);
  const cluster::Outlook before = store_.snapshot()->outlook();
  store_.PutNode(SharedNode("a", 2, 40_GiB));
  EXPECT_EQ(store_.snapshot()->outlook(), before) << "a heartbeat is no news";
  kube::NodeObject moved = SharedNode("a", 2, 40_GiB);
  moved.labels.emplace_back("topology.kubernetes.io/zone", "z2");
  store_.PutNode(moved);
  EXPECT_NE(store_.snapshot()->outlook(), before);
}

// A rack is within a zone, and known by the label that Store was told of.
TEST_F(StoreTest, RacksOfOneNameInTwoZonesAreTwo) {
  Store store(device::ClassTable::BuiltIn(), {.rack_label = "example.com/rack"});
  const auto put = [&](const std::string& name, const std::string& zone, const std::string& rack) {
    kube::NodeObject node = SharedNode(name, 1, 40_GiB);
    node.labels.emplace_back("topology.kubernetes.io/zone", zone);
    if (!rack.empty()) {
      node.labels.emplace_back("example.com/rack", rack);
    }
    store.PutNode(std::move(node));
  };
  put("a", "z1", "r1");
  put("b", "z1", "r1");
  put("c", "z1", "r2");
  put("d", "z2", "r1");
  put("e", "z1", "");
  const cluster::SnapshotPtr snapshot = store.snapshot();
  const auto rack = [&](std::string_view node) {
    return snapshot->row(*snapshot->Find(node)).rack;
  };
  EXPECT_EQ(rack("a"), rack("b"));
  EXPECT_EQ((std::set{rack("a"), rack("c"), rack("d"), rack("e")}.size()), 4U);
  EXPECT_EQ(snapshot->racks()[rack("d")], "z2/r1");
}

TEST_F(StoreTest, ANodeThatMovesToAnotherRackMakesOtherWeights) {
  Store store(device::ClassTable::BuiltIn(), {.rack_label = "example.com/rack"});
  store.PutNode(SharedNode("a", 2, 40_GiB));
  auto weights = std::make_shared<cluster::WeightTable>();
  weights->names = store.snapshot()->names_ptr();
  weights->rates.emplace_back();
  store.SetWeights(weights);
  const cluster::Outlook before = store.snapshot()->outlook();
  kube::NodeObject moved = SharedNode("a", 2, 40_GiB);
  moved.labels.emplace_back("example.com/rack", "r2");
  store.PutNode(moved);
  EXPECT_NE(store.snapshot()->outlook(), before);
}

// Two records that together exceed a device cannot both be true, whichever list ends last.
TEST_F(StoreTest, OverlappingRecordsAreDoubtedInEitherOrderOfTheLists) {
  const kube::PodObject p = Bound(SharePod("p", 30_GiB), "a", Only(0));
  const kube::PodObject q = Bound(SharePod("q", 30_GiB), "a", Only(0));
  for (const bool pods_first : {false, true}) {
    Store restarted(device::ClassTable::BuiltIn());
    const auto list_nodes = [&] {
      restarted.BeginNodes();
      restarted.PutNode(SharedNode("a", 2, 40_GiB));
      restarted.EndNodes();
    };
    const auto list_pods = [&] {
      restarted.BeginPods();
      restarted.PutPod(p);
      restarted.PutPod(q);
      restarted.EndPods();
    };
    if (pods_first) {
      list_pods();
      list_nodes();
    } else {
      list_nodes();
      list_pods();
    }
    EXPECT_EQ(restarted.totals().pods_doubtful, 2U) << "pods first: " << pods_first;
    const cluster::SnapshotPtr snapshot = restarted.snapshot();
    EXPECT_EQ(snapshot->row(*snapshot->Find("a")).free_memory[1], 0)
        << "pods first: " << pods_first;
  }
}

TEST_F(StoreTest, ExpectationsAreOthersUnexpiredAndEndWithTheBinding) {
  store_.PutPod(SharePod("p", 30_GiB));
  store_.PutPod(SharePod("q", 30_GiB));
  store_.Expect("uid-p", "a", Only(0), store_.FindPod("uid-p")->request.demand,
                now_ + std::chrono::seconds(5));
  EXPECT_TRUE(store_.Expected("uid-p", now_).empty());
  EXPECT_EQ(store_.Expected("uid-q", now_).size(), 1U);
  EXPECT_EQ(FreeMiB(0), 40 * 1024) << "advice takes no room";
  EXPECT_TRUE(store_.Expected("uid-q", now_ + std::chrono::seconds(5)).empty());

  store_.Expect("uid-p", "a", Only(0), store_.FindPod("uid-p")->request.demand,
                now_ + std::chrono::seconds(5));
  auto taken = store_.Assume("uid-p", "a", Only(0));
  std::move(taken).value().Keep();
  EXPECT_TRUE(store_.Expected("uid-q", now_).empty());
}

TEST_F(StoreTest, NodesComeInNameOrderPageByPage) {
  store_.PutNode(SharedNode("c", 1, 1_GiB));
  store_.PutNode(SharedNode("b", 1, 1_GiB));
  const auto names = [](const std::vector<NodeView>& views) {
    std::string all;
    for (const NodeView& view : views) {
      all += view.facts->name + " ";
    }
    return all;
  };
  EXPECT_EQ(names(store_.Nodes("", 2)), "a b ");
  EXPECT_EQ(names(store_.Nodes("b", 2)), "c w ");
  EXPECT_EQ(names(store_.Nodes("w", 2)), "");
}

// Records that must be proven, as Berth is wired with records.keyFile.
class ProvenRecordsTest : public testing::Test {
 protected:
  ProvenRecordsTest() { Restart(); }

  static signing::RecordKeys Keys(char secret, const std::string& id = "k1") {
    return signing::RecordKeys::Parse(id + ":" + EncodeBase64(std::string(32, secret))).value();
  }
  static signing::Subject SubjectOf(const kube::PodObject& pod) {
    return {.ns = pod.ns, .name = pod.name, .uid = pod.uid, .node = pod.node_name};
  }

  // The books of a new process, which has heard of two nodes.
  void Restart() {
    Rules rules;
    rules.proof_of = [this](const kube::PodObject& pod) {
      return keys_.Check(SubjectOf(pod), *kube::Find(pod.annotations, device::kAllocation));
    };
    rules.on_unproven = [this](const kube::PodObject& pod, signing::Proof proof) {
      unproven_.emplace_back(pod.name, proof);
    };
    unproven_.clear();
    store_.emplace(device::ClassTable::BuiltIn(), std::move(rules));
    store_->BeginNodes();
    store_->PutNode(SharedNode("a", 2, 40_GiB));
    store_->PutNode(WholeNode("w", 4));
    store_->EndNodes();
  }
  void List(std::vector<kube::PodObject> pods) {
    store_->BeginPods();
    for (kube::PodObject& pod : pods) {
      store_->PutPod(std::move(pod));
    }
    store_->EndPods();
  }
  kube::PodObject Recorded(kube::PodObject pod, const std::string& node, DeviceSet devices) {
    const cluster::SnapshotPtr snapshot = store_->snapshot();
    pod.annotations =
        device::WriteRecord(device::ReadPod(pod, store_->classes()),
                            *snapshot->facts(*snapshot->Find(node)), devices, store_->classes());
    pod.node_name = node;
    return pod;
  }
  static kube::PodObject Signed(kube::PodObject pod, const signing::RecordKeys& keys) {
    for (auto& [key, value] : pod.annotations) {
      if (key == device::kAllocation) {
        value = keys.Sign(SubjectOf(pod), value);
      }
    }
    return pod;
  }
  std::uint64_t Unproven(signing::Proof proof) const {
    return store_->totals().records_unproven[static_cast<std::size_t>(proof)];
  }
  std::int32_t FreeMiB(std::size_t device) const {
    const cluster::SnapshotPtr snapshot = store_->snapshot();
    return snapshot->row(*snapshot->Find("a")).free_memory[device];
  }

  signing::RecordKeys keys_ = Keys('1');
  std::optional<Store> store_;
  std::vector<std::pair<std::string, signing::Proof>> unproven_;
};

TEST_F(ProvenRecordsTest, AfterARestartOnlyWhatIsProvenIsBelieved) {
  kube::PodObject unsigned_pod = Recorded(SharePod("unsigned", 2_GiB), "a", Only(0));
  kube::PodObject other_key = Signed(Recorded(SharePod("other", 4_GiB), "a", Only(0)), Keys('2'));
  kube::PodObject moved = Signed(Recorded(SharePod("moved", 8_GiB), "a", Only(0)), keys_);
  moved.name = "renamed";
  const kube::PodObject genuine =
      Signed(Recorded(SharePod("genuine", 10_GiB), "a", Only(1)), keys_);
  Restart();
  List({genuine, unsigned_pod, other_key, moved});
  EXPECT_FALSE(store_->FindPod("uid-genuine")->doubtful);
  EXPECT_EQ(store_->FindPod("uid-genuine")->devices, Only(1));
  EXPECT_TRUE(store_->FindPod("uid-unsigned")->doubtful);
  EXPECT_TRUE(store_->FindPod("uid-other")->doubtful);
  EXPECT_TRUE(store_->FindPod("uid-moved")->doubtful);
  EXPECT_EQ(FreeMiB(0), (40 - 14) * 1024);
  EXPECT_EQ(FreeMiB(1), (40 - 14 - 10) * 1024);
  EXPECT_EQ(Unproven(signing::Proof::kSound), 0U);
  EXPECT_EQ(Unproven(signing::Proof::kMissing), 1U);
  EXPECT_EQ(Unproven(signing::Proof::kWrong), 2U);
  EXPECT_EQ(store_->totals().records_malformed, 3U);
  List({genuine, unsigned_pod, other_key, moved});  // told and counted once
  EXPECT_EQ(Unproven(signing::Proof::kWrong), 2U);
  EXPECT_EQ(store_->totals().records_ignored, 0U);
  using Told = std::vector<std::pair<std::string, signing::Proof>>;
  EXPECT_EQ(unproven_, (Told{{"unsigned", signing::Proof::kMissing},
                             {"other", signing::Proof::kWrong},
                             {"renamed", signing::Proof::kWrong}}));
}

TEST_F(ProvenRecordsTest, AWholeDeviceIsCountedWhateverItsRecordIs) {
  List({Recorded(WholePod("forged", 2), "w", {})});
  const cluster::SnapshotPtr snapshot = store_->snapshot();
  EXPECT_EQ(snapshot->row(*snapshot->Find("w")).whole(0).free, 2);
  EXPECT_EQ(Unproven(signing::Proof::kMissing), 1U);
  EXPECT_FALSE(store_->FindPod("uid-forged")->doubtful);
}

TEST_F(ProvenRecordsTest, AKeyThatIsAddedLaterEndsTheDoubt) {
  const kube::PodObject pod =
      Signed(Recorded(SharePod("p", 10_GiB), "a", Only(1)), Keys('2', "k2"));
  List({pod});
  EXPECT_EQ(Unproven(signing::Proof::kUnknownKey), 1U);
  EXPECT_EQ(FreeMiB(0), 30 * 1024);
  keys_ = Keys('2', "k2");
  List({pod});
  EXPECT_FALSE(store_->FindPod("uid-p")->doubtful);
  EXPECT_EQ(FreeMiB(0), 40 * 1024);
  EXPECT_EQ(FreeMiB(1), 30 * 1024);
}

TEST_F(ProvenRecordsTest, AKeyThatComesBeforeTheNodeCountsToo) {
  kube::PodObject pod = Pod("p");
  pod.node_name = "late";
  pod.annotations = {
      {std::string(device::kModel), "llama"},
      {std::string(device::kDevices), "0"},
      {std::string(device::kModelVariant), "v"},
      {std::string(device::kAllocation),
       R"({"v":1,"uid":"uid-p","node":"late","devices":["0"],"memoryMiB":9,"cores":1,"model":"llama@v"})"}};
  pod = Signed(pod, Keys('2', "k2"));
  List({pod});
  keys_ = Keys('2', "k2");
  List({pod});
  store_->PutNode(SharedNode("late", 1, 40_GiB));
  const cluster::SnapshotPtr snapshot = store_->snapshot();
  EXPECT_EQ(snapshot->row(*snapshot->Find("late")).free_memory[0], 40 * 1024 - 9);
  EXPECT_EQ(store_->FindPod("uid-p")->variant, "v");
}

TEST_F(ProvenRecordsTest, AKeyThatIsTakenAwayChangesNothingBeforeARestart) {
  const kube::PodObject pod = Signed(Recorded(SharePod("p", 10_GiB), "a", Only(1)), keys_);
  List({pod});
  keys_ = Keys('2', "k2");
  List({pod});
  EXPECT_FALSE(store_->FindPod("uid-p")->doubtful);
  EXPECT_EQ(store_->totals().records_ignored, 0U);
  Restart();
  List({pod});
  EXPECT_TRUE(store_->FindPod("uid-p")->doubtful);
}

TEST_F(ProvenRecordsTest, OurOwnBindingNeedsNoProofBeforeARestart) {
  List({SharePod("p", 10_GiB)});
  auto taken = store_->Assume("uid-p", "a", Only(1));
  ASSERT_TRUE(taken.ok());
  std::move(taken).value().Keep();
  const kube::PodObject stripped = Recorded(SharePod("p", 10_GiB), "a", Only(0));
  store_->PutPod(stripped);
  EXPECT_EQ(store_->FindPod("uid-p")->devices, Only(1));
  EXPECT_FALSE(store_->FindPod("uid-p")->doubtful);
  EXPECT_EQ(Unproven(signing::Proof::kMissing), 1U);
}

TEST_F(ProvenRecordsTest, AModelAloneIsChargedWholeWithoutAProof) {
  kube::PodObject pod = Pod("p");
  pod.annotations = {{std::string(device::kModel), "llama"}};
  pod.node_name = "a";
  pod.annotations.emplace_back(
      device::kAllocation,
      R"({"v":1,"uid":"uid-p","node":"a","devices":["0"],"memoryMiB":1,"cores":1,"model":"llama@v"})");
  pod.annotations.emplace_back(device::kDevices, "0");
  pod.annotations.emplace_back(device::kModelVariant, "v");
  List({pod});
  EXPECT_EQ(FreeMiB(0), 0);
  EXPECT_EQ(FreeMiB(1), 0);
  EXPECT_EQ(store_->FindPod("uid-p")->variant, "");
  List({Signed(pod, keys_)});
  EXPECT_EQ(FreeMiB(0), 40 * 1024 - 1);
  EXPECT_EQ(FreeMiB(1), 40 * 1024);
  EXPECT_EQ(store_->FindPod("uid-p")->variant, "v");
}

TEST_F(StoreTest, PodsThatCamePastBerthAreCounted) {
  kube::PodObject whole = WholePod("whole", 1);
  whole.node_name = "w";
  kube::PodObject shared = SharePod("shared", 1_GiB);
  shared.node_name = "a";
  kube::PodObject plain = Pod("plain");
  plain.node_name = "w";
  kube::PodObject elsewhere = WholePod("elsewhere", 1);
  elsewhere.node_name = "not-a-node-we-know";
  ListPods({whole, shared, plain, elsewhere, Bound(WholePod("ours", 1), "w", {}),
            Bound(SharePod("recorded", 1_GiB), "a", Only(0))});
  EXPECT_EQ(store_.totals().pods_by_others_whole, 1U);
  EXPECT_EQ(store_.totals().pods_by_others_shared, 1U);
  EXPECT_TRUE(store_.FindPod("uid-whole")->by_others);
  EXPECT_FALSE(store_.FindPod("uid-plain")->by_others);
  EXPECT_FALSE(store_.FindPod("uid-elsewhere")->by_others);
  EXPECT_FALSE(store_.FindPod("uid-ours")->by_others);
  store_.RemovePod("uid-whole");
  EXPECT_EQ(store_.totals().pods_by_others_whole, 0U);
}

TEST_F(StoreTest, OurOwnBindingIsNotByOthersWhoeverRemovesItsRecord) {
  Commit(WholePod("ours", 1), "w", {});
  kube::PodObject stripped = WholePod("ours", 1);
  stripped.node_name = "w";
  store_.PutPod(stripped);
  EXPECT_EQ(store_.totals().pods_by_others_whole, 0U);
}

TEST_F(StoreTest, AnotherSchedulersBindingThatWonIsByOthers) {
  store_.PutPod(WholePod("p", 1));
  {
    auto taken = store_.Assume("uid-p", "w", {});
    ASSERT_TRUE(taken.ok());
    kube::PodObject bound = WholePod("p", 1);
    bound.node_name = "w";
    store_.PutPod(bound);
  }
  EXPECT_EQ(store_.totals().pods_by_others_whole, 1U);
}

}  // namespace
}  // namespace berth::state
