// Start-up times of a node worked out by hand: 20 GB/s into each device, 6 GB/s from disk, 1.25
// GB/s from afar.
#include "berth/sim/node_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include "berth/sim/event_queue.h"

namespace berth::sim {
namespace {

using cluster::Tier;
using namespace std::chrono_literals;

constexpr Bytes kGb(1'000'000'000);
constexpr cluster::Rates kRates{
    .device_from_host = 20e9, .host_from_disk = 6e9, .from_remote = 1.25e9};

// Models by index.
enum : ModelIndex { kSmall, kMiddle, kLarge, kOther };
const std::vector<ModelWeights> kModels = {{.bytes = kGb * 12},
                                           {.bytes = kGb * 60},
                                           {.bytes = kGb * 120, .devices = 2},
                                           {.bytes = kGb * 30}};

NodeStore MakeStore() { return {kModels, kRates, kGb * 130, kGb * 2000}; }

std::vector<ModelIndex> ModelsOf(const ModelCache& cache) {
  std::vector<ModelIndex> models;
  for (const ModelCache::Entry& entry : cache.entries()) {
    models.push_back(entry.model);
  }
  return models;
}

TEST(ModelCache, TheOneUnusedForLongestMakesRoom) {
  ModelCache cache(kGb * 100);
  cache.Put(1, kGb * 40);
  cache.Put(2, kGb * 40);
  cache.Touch(1);
  cache.Put(3, kGb * 30);
  EXPECT_THAT(ModelsOf(cache), testing::ElementsAre(1, 3));
  EXPECT_EQ(cache.free(), kGb * 30);
}

TEST(ModelCache, AsManyGoAsAreNeeded) {
  ModelCache cache(kGb * 100);
  cache.Put(1, kGb * 30);
  cache.Put(2, kGb * 30);
  cache.Put(3, kGb * 30);
  cache.Put(4, kGb * 50);
  EXPECT_THAT(ModelsOf(cache), testing::ElementsAre(3, 4));
}

TEST(ModelCache, PuttingWhatIsThereOnlyUsesIt) {
  ModelCache cache(kGb * 100);
  cache.Put(1, kGb * 40);
  cache.Put(2, kGb * 40);
  cache.Put(1, kGb * 40);
  EXPECT_THAT(ModelsOf(cache), testing::ElementsAre(2, 1));
  EXPECT_EQ(cache.free(), kGb * 20);
}

TEST(ModelCache, KeepsNothingLargerThanItself) {
  ModelCache cache(kGb * 100);
  cache.Put(1, kGb * 40);
  cache.Put(2, kGb * 101);
  EXPECT_THAT(ModelsOf(cache), testing::ElementsAre(1));
}

TEST(NodeStore, FromAfarThenFromMemory) {
  NodeStore store = MakeStore();
  const NodeStore::Load cold = store.Begin(kSmall, 0s);
  EXPECT_EQ(cold.from, Tier::kRemote);
  EXPECT_EQ(cold.takes, FromSeconds(12 / 1.25));
  EXPECT_FALSE(store.host().Has(kSmall)) << "not before the load has ended";
  store.End(kSmall, cold.from);
  EXPECT_TRUE(store.host().Has(kSmall));
  EXPECT_TRUE(store.disk().Has(kSmall));
  const NodeStore::Load warm = store.Begin(kSmall, 100s);
  EXPECT_EQ(warm.from, Tier::kHost);
  EXPECT_EQ(warm.takes, FromSeconds(12.0 / 20));
}

TEST(NodeStore, FromDiskFillsMemoryOnly) {
  NodeStore store = MakeStore();
  store.PutOnDisk(kMiddle);
  const NodeStore::Load load = store.Begin(kMiddle, 0s);
  EXPECT_EQ(load.from, Tier::kDisk);
  EXPECT_EQ(load.takes, 10s);
  store.End(kMiddle, load.from);
  EXPECT_TRUE(store.host().Has(kMiddle));
}

TEST(NodeStore, EachDeviceHasALinkOfItsOwn) {
  NodeStore store = MakeStore();
  store.End(kLarge, Tier::kRemote);
  EXPECT_EQ(store.Begin(kLarge, 0s).takes, 3s);
}

TEST(NodeStore, LoadsFromDiskWaitForEachOther) {
  NodeStore store = MakeStore();
  store.PutOnDisk(kMiddle);
  store.PutOnDisk(kOther);
  EXPECT_EQ(store.Begin(kMiddle, 0s).takes, 10s);
  EXPECT_EQ(store.DiskWait(4s), 6s);
  EXPECT_EQ(store.Begin(kOther, 4s).takes, 11s);
  EXPECT_EQ(store.DiskWait(4s), 11s);
  EXPECT_EQ(store.NetworkWait(4s), 0s) << "the way from afar is another one";
}

TEST(NodeStore, ASecondReplicaWaitsForTheWeightsThatAreOnTheirWay) {
  NodeStore store = MakeStore();
  store.PutOnDisk(kMiddle);
  store.Begin(kMiddle, 0s);
  EXPECT_EQ(store.ArrivesIn(kMiddle, 4s), 6s);
  const NodeStore::Load second = store.Begin(kMiddle, 4s);
  EXPECT_EQ(second.from, Tier::kHost);
  EXPECT_EQ(second.takes, 6s + 3s);
  EXPECT_EQ(store.DiskWait(4s), 6s) << "the disk has nothing more to do";
}

TEST(NodeStore, ALongQueueAtTheDiskMakesAfarTheFasterWay) {
  NodeStore store = MakeStore();
  store.PutOnDisk(kLarge);
  store.PutOnDisk(kSmall);
  store.Begin(kLarge, 0s);
  const NodeStore::Load load = store.Begin(kSmall, 0s);
  EXPECT_EQ(load.from, Tier::kRemote) << "9.6 s, and 20 s + 2 s from disk";
}

}  // namespace
}  // namespace berth::sim
