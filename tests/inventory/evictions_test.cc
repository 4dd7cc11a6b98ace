// What room in a node's host memory costs, by what its agent tells of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "inventory/rig.h"
#include "testing/case_name.h"

namespace berth::inventory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class EvictionsTest : public InventoryTest {
 protected:
  // The agent of the node keeps weights in so much host memory.
  void Cache(const std::string& node, const std::string& capacity, const std::string& models) {
    PutObject("node-model-inventories", node,
              fmt::format(R"({{"status": {{"observedAt": "{}", "ttlSeconds": 60,
                                           "capacity": {{"hostCacheBytes": {}}}, "models": [{}]}}}})",
                          FormatRfc3339(at().wall), capacity, models));
  }
  // Used so many minutes ago.
  std::string Used(const std::string& id, int minutes, const std::string& more = "") {
    return fmt::format(R"({{"id": "{}", "tier": "host", "lastUsed": "{}"{}}})", id,
                       FormatRfc3339(at().wall - std::chrono::minutes(minutes)), more);
  }
  // "6 GB 0.00 s"
  std::vector<std::string> Room(cluster::NodeIndex node) {
    std::vector<std::string> lines;
    for (const cluster::Eviction& eviction : Loading(node).evictions) {
      lines.push_back(fmt::format("{:.0f} GB {:.2f} s",
                                  static_cast<double>(eviction.bytes.count()) / 1e9,
                                  eviction.seconds));
    }
    return lines;
  }
};

// At 3 GB/s from disk and 20 GB/s from host memory 16 GB are 4.53 s later, 90 GB are 25.5 s.
TEST_F(EvictionsTest, TheLeastRecentlyUsedGoesFirst) {
  Make();
  Cache("a", "112000000000", Used(kLlama, 30) + "," + Used(kMixtral, 60));
  EXPECT_THAT(Room(0), ElementsAre("6 GB 0.00 s", "96 GB 6.38 s", "112 GB 8.64 s"));
}

TEST_F(EvictionsTest, WhatOtherNodesHoldTooIsWorthLess) {
  Make();
  Cache("a", "16000000000", Used(kLlama, 0));
  EXPECT_THAT(Room(0), ElementsAre("0 GB 0.00 s", "16 GB 4.53 s"));
  Cache("b", "20000000000", Used(kLlama, 0));
  EXPECT_THAT(Room(0), ElementsAre("0 GB 0.00 s", "16 GB 2.27 s"));
  EXPECT_THAT(Room(1), ElementsAre("4 GB 0.00 s", "20 GB 2.27 s"));
}

TEST_F(EvictionsTest, WhatIsPinnedOrInUseStays) {
  Make();
  Cache("a", "106000000000",
        Used(kLlama, 0, R"(, "pinned": true)") + "," +
            Used(kMixtral, 0, R"(, "pod": {"namespace": "ml", "name": "p", "uid": "u"})"));
  EXPECT_THAT(Room(0), ElementsAre("0 GB 0.00 s"));
}

TEST_F(EvictionsTest, ModelsOutsideTheCatalogTakeTheRoomTheySay) {
  Make();
  Cache("a", "50000000000",
        R"({"id": "hf://org/other", "tier": "host", "bytes": 30000000000},
           {"id": "hf://org/unsaid", "tier": "host"})");
  // Last used half an hour ago, as far as one knows: half of 8.5 s.
  EXPECT_THAT(Room(0), ElementsAre("20 GB 0.00 s", "50 GB 4.25 s"));
}

TEST_F(EvictionsTest, AreForgottenWithTheirAgent) {
  Make();
  Cache("a", "16000000000", Used(kLlama, 0));
  EXPECT_EQ(Room(0).size(), 2U);
  Pass(59);
  EXPECT_EQ(Room(0).size(), 2U);
  Pass(2);
  EXPECT_THAT(Room(0), IsEmpty()) << "nothing new for longer than its time to live";
  Cache("a", "16000000000", Used(kLlama, 0));
  EXPECT_EQ(Room(0).size(), 2U);
  inventory_->RemoveObject(SourceNamed("node-model-inventories"), "", "a");
  EXPECT_THAT(Room(0), IsEmpty());
}

TEST_F(EvictionsTest, AnInventoryThatNoLongerTellsOfACacheEndsThem) {
  Make();
  Cache("a", "16000000000", Used(kLlama, 0));
  EXPECT_EQ(Room(0).size(), 2U);
  Agent("a", Used(kLlama, 0));
  EXPECT_THAT(Room(0), IsEmpty());
}

}  // namespace
}  // namespace berth::inventory
