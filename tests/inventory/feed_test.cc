#include "berth/inventory/feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "inventory/rig.h"
#include "testing/manual_clock.h"

namespace berth::inventory {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class FeedTest : public InventoryTest {
 protected:
  FeedTest() { Make({.rates = {.from_remote = 1e9}}); }

  FeedHooks Hooks() {
    return {.on_problem =
                [this](std::string_view kind, std::string_view name, std::string_view problem) {
                  problems_.push_back(std::string(kind) + " " + std::string(name) + ": " +
                                      std::string(problem));
                },
            .on_start = [this](const ObservedStart& start) { starts_.push_back(start.observed); }};
  }

  tests::ManualClock clock_;
  std::vector<std::string> problems_;
  std::vector<Duration> starts_;
};

TEST_F(FeedTest, OfTheClusterTellsStartsAndProblems) {
  ClusterFeed feed(*inventory_, clock_, Hooks());
  feed.BeginPods();
  feed.EndPods();
  feed.PutPod(Pod("x", "a", false));
  clock_.Advance(21s);
  feed.PutPod(Pod("x", "a", true));
  EXPECT_THAT(starts_, ElementsAre(21s));
  feed.RemovePod("uid-of-x");
  EXPECT_THAT(Copies(), ElementsAre("a disk 16.0 GB"));
  feed.BeginNodes();
  feed.PutNode(tests::Node("b").Label("model.berth.dev/x", "nvme"));
  feed.EndNodes();
  EXPECT_THAT(problems_, ElementsAre("Node b: label model.berth.dev/x: expected 16 hexadecimal "
                                     "digits after '/'"));
  EXPECT_THAT(Copies(), testing::IsEmpty());
}

TEST_F(FeedTest, OfAKindKeepsItsFactsUntilTheyAreRemoved) {
  ObjectFeed feed(SourceNamed("node-model-inventories"), *inventory_, clock_, Hooks());
  feed.Begin();
  feed.Put(RawText("a", R"({"status": {"models": [{"id": "hf://org/llama", "tier": "nvme"}]}})")
               .object());
  feed.Put(RawText("b", R"({"status": {"models": 7}})").object());
  feed.End();
  EXPECT_THAT(Copies(), ElementsAre("a disk 16.0 GB"));
  EXPECT_THAT(problems_,
              ElementsAre("NodeModelInventory b: status.models: expected an array, found 7"));
  feed.Remove("", "a");
  EXPECT_THAT(Copies(), testing::IsEmpty());
}

}  // namespace
}  // namespace berth::inventory
