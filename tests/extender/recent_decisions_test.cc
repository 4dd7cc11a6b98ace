#include "recent_decisions.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace berth::extender {
namespace {

DecisionRecord Record(const std::string& uid, std::shared_ptr<const cluster::LoadTable> loads) {
  cluster::Snapshot::Parts parts{
      .version = 7, .names = nullptr, .outlook = {.loads = std::move(loads)}};
  return {
      .pod = {.uid = uid},
      .snapshot = std::make_shared<const cluster::Snapshot>(std::move(parts)),
      .decision = std::make_shared<const core::Decision>(core::Decision{.snapshot_version = 7})};
}

std::shared_ptr<const cluster::LoadTable> Loads(std::size_t bytes) {
  auto table = std::make_shared<cluster::LoadTable>();
  table->nodes.resize(bytes / sizeof(cluster::NodeLoad));
  return table;
}

TEST(RecentDecisions, KeepsTheNewestOfEachPod) {
  RecentDecisions recent;
  recent.Put(Record("a", nullptr));
  recent.Put(Record("a", nullptr));
  recent.Bound("a", "gpu-a-1");
  EXPECT_EQ(recent.Find("a")->bound_to, "gpu-a-1");
  for (std::size_t i = 0; i + 1 < RecentDecisions::kKept; ++i) {
    recent.Put(Record("other-" + std::to_string(i), nullptr));
  }
  EXPECT_TRUE(recent.Find("a"));
  recent.Put(Record("one-more", nullptr));
  EXPECT_FALSE(recent.Find("a"));
}

TEST(RecentDecisions, IsALookUpOnlyAtTheSameState) {
  RecentDecisions recent;
  recent.Put(Record("a", nullptr));
  EXPECT_NE(recent.Find("a", 7), nullptr);
  EXPECT_EQ(recent.Find("a", 8), nullptr);
  EXPECT_EQ(recent.Find("b", 7), nullptr);
}

// Many decisions at one moment share its loads; one a second each keeps its own.
TEST(RecentDecisions, KeepsFewerWhereLoadsAreLarge) {
  const auto shared = Loads(RecentDecisions::kMostLoadBytes / 4);
  RecentDecisions recent;
  for (std::size_t i = 0; i < RecentDecisions::kKept; ++i) {
    recent.Put(Record("burst-" + std::to_string(i), shared));
  }
  EXPECT_TRUE(recent.Find("burst-0"));
  for (int i = 0; i < 5; ++i) {
    recent.Put(Record("slow-" + std::to_string(i), Loads(RecentDecisions::kMostLoadBytes / 4)));
  }
  EXPECT_FALSE(recent.Find("burst-63"));
  EXPECT_FALSE(recent.Find("slow-0"));
  EXPECT_TRUE(recent.Find("slow-1"));
  EXPECT_TRUE(recent.Find("slow-4"));
  recent.Put(Record("huge", Loads(2 * RecentDecisions::kMostLoadBytes)));
  EXPECT_TRUE(recent.Find("huge")) << "the newest stays: prioritize looks it up";
}

}  // namespace
}  // namespace berth::extender
