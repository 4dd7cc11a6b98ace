// Pods that load, serve and leave: queues, copies on their way, and what is observed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "inventory/rig.h"

namespace berth::inventory {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class LoadsTest : public InventoryTest {
 protected:
  static constexpr cluster::Rates kRates{.host_from_disk = 2e9, .from_remote = 1e9};

  void Started(const std::string& pod, const std::string& node, cluster::Tier tier,
               std::optional<Duration> predicted = std::nullopt) {
    inventory_->Started({.uid = "uid-of-" + pod,
                         .node = node,
                         .source = kLlama,
                         .tier = tier,
                         .bytes = Bytes(16'000'000'000),
                         .start = 5s,
                         .predicted = predicted,
                         .at = now()});
  }
  std::optional<ObservedStart> Watch(const kube::PodObject& pod) {
    return inventory_->PutPod(pod, now());
  }
};

TEST_F(LoadsTest, QueueOneAfterTheOtherOnTheirHop) {
  Make({.rates = kRates});
  Started("x", "a", cluster::Tier::kDisk);  // 8 s
  Pass(2);
  Started("y", "a", cluster::Tier::kDisk);
  Started("z", "a", cluster::Tier::kRemote);  // 16 s
  EXPECT_FLOAT_EQ(Loading(0).disk_queue_seconds, 14);
  EXPECT_FLOAT_EQ(Loading(0).network_queue_seconds, 16);
  EXPECT_FLOAT_EQ(Loading(1).disk_queue_seconds, 0);
  Pass(10);
  EXPECT_FLOAT_EQ(Loading(0).disk_queue_seconds, 4);
  EXPECT_FLOAT_EQ(Loading(0).network_queue_seconds, 6);
  Pass(60);
  EXPECT_FLOAT_EQ(Loading(0).disk_queue_seconds, 0);
}

TEST_F(LoadsTest, FromHostMemoryQueueForNobody) {
  Make({.rates = kRates});
  Started("x", "a", cluster::Tier::kHost);
  EXPECT_EQ(Loading(0).disk_queue_seconds, 0);
  EXPECT_EQ(Loading(0).network_queue_seconds, 0);
}

TEST_F(LoadsTest, BringACopyThatIsOnItsWay) {
  Make({.rates = kRates});
  Started("x", "b", cluster::Tier::kRemote);
  EXPECT_THAT(Copies(), ElementsAre("b host 16.0 GB in 16.0 s"));
  Pass(10);
  EXPECT_THAT(Copies(), ElementsAre("b host 16.0 GB in 6.0 s"));
  Pass(10);  // late: a tenth of the way is taken to be left
  EXPECT_THAT(Copies(), ElementsAre("b host 16.0 GB in 1.6 s"));
}

TEST_F(LoadsTest, BecomeCopiesWhenThePodIsReadyAndStayOnTheDiskForAWhile) {
  Make({.rates = kRates, .keep_after = 60s});
  Started("x", "a", cluster::Tier::kRemote);
  Pass(25);
  Watch(Pod("x", "a", true));
  EXPECT_THAT(Copies(), ElementsAre("a host 16.0 GB", "a disk 16.0 GB"));
  EXPECT_EQ(inventory_->counts().loads, 0U);
  Pass(3600);
  EXPECT_EQ(Copies().size(), 2U);
  inventory_->RemovePod("uid-of-x", now());
  EXPECT_THAT(Copies(), ElementsAre("a disk 16.0 GB"));
  Pass(59);
  EXPECT_THAT(Copies(), ElementsAre("a disk 16.0 GB"));
  Pass(1);
  EXPECT_THAT(Copies(), IsEmpty());
}

TEST_F(LoadsTest, AreBelievedNoMoreThanTheOptionsSay) {
  Make({.serving_in_host_memory = false, .keep_after = 0s});
  Watch(Pod("x", "a", true));
  EXPECT_THAT(Copies(), ElementsAre("a disk 16.0 GB"));
  inventory_->RemovePod("uid-of-x", now());
  EXPECT_THAT(Copies(), IsEmpty());
}

TEST_F(LoadsTest, ThatNeverBecameReadyLeaveNothing) {
  Make({.rates = kRates});
  Started("x", "a", cluster::Tier::kRemote);
  inventory_->RemovePod("uid-of-x", now());
  EXPECT_THAT(Copies(), IsEmpty());
  EXPECT_EQ(Loading(0).network_queue_seconds, 0);
}

TEST_F(LoadsTest, AreGivenUpAfterAnHour) {
  Make({.rates = kRates});
  Started("x", "a", cluster::Tier::kRemote);
  Pass(3600);
  EXPECT_EQ(Copies().size(), 1U);
  Pass(1);
  EXPECT_THAT(Copies(), IsEmpty());
  EXPECT_EQ(Watch(Pod("x", "a", true)), std::nullopt);
  EXPECT_EQ(Copies().size(), 2U);  // it serves all the same
}

TEST_F(LoadsTest, LeaveNothingOnANodeThatIsGone) {
  Make();
  Watch(Pod("x", "a", true));
  Watch(Pod("y", "b", true));
  inventory_->RemovePod("uid-of-x", now());
  inventory_->RemoveNode("a");
  inventory_->RemoveNode("b");
  inventory_->RemovePod("uid-of-y", now());
  Put(tests::Node("a"));
  Put(tests::Node("b"));
  EXPECT_THAT(Copies(), IsEmpty());
}

TEST_F(LoadsTest, LeaveNothingOnAnotherMachineOfTheSameName) {
  Make();
  Watch(Pod("x", "a", true));
  inventory_->RemovePod("uid-of-x", now());
  EXPECT_EQ(Copies().size(), 1U);
  kube::NodeObject again = tests::Node("a");
  again.uid = "another";
  Put(again);
  EXPECT_THAT(Copies(), IsEmpty());
}

TEST_F(LoadsTest, AreObservedFromBoundToReady) {
  Make({.rates = kRates});
  Started("x", "a", cluster::Tier::kDisk, 13s);
  Pass(20);
  EXPECT_EQ(Watch(Pod("x", "a", false)), std::nullopt);
  Pass(1);
  const std::optional<ObservedStart> observed = Watch(Pod("x", "a", true));
  ASSERT_TRUE(observed.has_value());
  EXPECT_EQ(observed->tier, cluster::Tier::kDisk);
  EXPECT_EQ(observed->predicted, 13s);
  EXPECT_EQ(observed->observed, 21s);
  EXPECT_EQ(Watch(Pod("x", "a", true)), std::nullopt);  // once
}

// The watch shows a pod that somebody else bound; the nearest copy is where it loads from.
TEST_F(LoadsTest, OfOthersAreObservedWithoutAPrediction) {
  Make({.rates = kRates});
  Agent("a", Model(kLlama, "nvme"));
  Watch(Pod("x", "a", false));
  EXPECT_FLOAT_EQ(Loading(0).disk_queue_seconds, 8);
  Pass(9);
  const std::optional<ObservedStart> observed = Watch(Pod("x", "a", true));
  ASSERT_TRUE(observed.has_value());
  EXPECT_EQ(observed->tier, cluster::Tier::kDisk);
  EXPECT_EQ(observed->predicted, std::nullopt);
  EXPECT_EQ(observed->observed, 9s);
}

TEST_F(LoadsTest, MayBeShownByTheWatchBeforeTheBindReturns) {
  Make({.rates = kRates});
  Watch(Pod("x", "a", false));
  EXPECT_FLOAT_EQ(Loading(0).network_queue_seconds, 16);
  Pass(1);
  Started("x", "a", cluster::Tier::kDisk, 13s);
  EXPECT_FLOAT_EQ(Loading(0).network_queue_seconds, 0);
  EXPECT_FLOAT_EQ(Loading(0).disk_queue_seconds, 7);
  Pass(12);
  const std::optional<ObservedStart> observed = Watch(Pod("x", "a", true));
  ASSERT_TRUE(observed.has_value());
  EXPECT_EQ(observed->predicted, 13s);
  EXPECT_EQ(observed->observed, 13s);
  EXPECT_EQ(inventory_->counts().loads, 0U);
}

// Nobody saw when those began that the first list shows.
TEST_F(LoadsTest, BeforeTheFirstListAreNotObserved) {
  inventory_ = std::make_unique<Inventory>(Options{.rates = kRates});
  inventory_->SetCatalog(CatalogOf("1"));
  Put(tests::Node("a"));
  inventory_->BeginPods();
  Watch(Pod("x", "a", false));
  Watch(Pod("y", "a", true));
  inventory_->EndPods(now());
  EXPECT_FLOAT_EQ(Loading(0).network_queue_seconds, 16);  // but they are in the way
  Pass(9);
  EXPECT_EQ(Watch(Pod("x", "a", true)), std::nullopt);
  EXPECT_THAT(Copies(), ElementsAre("a host 16.0 GB", "a disk 16.0 GB"));
}

TEST_F(LoadsTest, ThatAListDoesNotShowAreGone) {
  Make({.keep_after = 0s});
  Watch(Pod("x", "a", true));
  Started("y", "b", cluster::Tier::kRemote);  // the list may be older than its binding
  inventory_->BeginPods();
  inventory_->EndPods(now());
  EXPECT_THAT(Copies(), ElementsAre(testing::StartsWith("b host 16.0 GB in")));
}

TEST_F(LoadsTest, OfAnUnknownModelSayNothingUntilACatalogKnowsIt) {
  Make();
  inventory_->SetCatalog(nullptr);
  Watch(Pod("x", "a", true));
  EXPECT_THAT(Copies(), IsEmpty());
  inventory_->SetCatalog(CatalogOf("1"));
  EXPECT_EQ(Copies().size(), 2U);
}

// What runs was loaded from the old source, whatever the catalog says since.
TEST_F(LoadsTest, KeepTheSourceThatTheyWereBoundWith) {
  Make();
  Watch(Pod("x", "a", true));
  inventory_->SetCatalog(CatalogOf("2"));
  EXPECT_THAT(Copies("hf://org/llama2"), IsEmpty());
  inventory_->SetCatalog(CatalogOf("1"));
  EXPECT_EQ(Copies().size(), 2U);
}

TEST_F(LoadsTest, OfAnotherVersionOfTheCatalogAreUnknown) {
  Make();
  kube::PodObject pod = Pod("x", "a", true);
  pod.annotations.emplace_back("berth.dev/model-variant", "fp16");
  pod.annotations.emplace_back("berth.dev/allocation",
                               R"({"v":1,"uid":"uid-of-x","node":"a","whole":{"nvidia.com/gpu":1},)"
                               R"("model":"llama@fp16","modelVersion":"0"})");
  Watch(pod);
  EXPECT_THAT(Copies(), IsEmpty());
}

}  // namespace
}  // namespace berth::inventory
