#include "berth/core/placement_cost.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/models.h"
#include "testing/case_name.h"
#include "testing/snapshot.h"

namespace berth::core {
namespace {

using cluster::Eviction;
using cluster::NodeLoading;
using cluster::Rates;
using cluster::Tier;
using cluster::WeightCopy;
using cluster::WeightTable;
using tests::CaseName;
using tests::MakeSnapshot;

constexpr Bytes GB(double gigabytes) { return Bytes(static_cast<std::int64_t>(gigabytes * 1e9)); }

WeightCopy On(cluster::NodeIndex node, Tier tier, double gigabytes = 20, float ready_in = 0) {
  return {.node = node, .tier = tier, .bytes = GB(gigabytes), .ready_in = ready_in};
}

// Node 0 is asked about; 1 is in its zone, 2 is not.
cluster::Snapshot Cluster() {
  return MakeSnapshot()
      .Node("a")
      .Zone("z1")
      .Gpu(80_GiB)
      .Node("b")
      .Zone("z1")
      .Gpu(80_GiB)
      .Node("c")
      .Zone("z2")
      .Gpu(80_GiB)
      .Build();
}

constexpr Rates kRates{.device_from_host = 20e9,
                       .host_from_disk = 5e9,
                       .from_peer = 2e9,
                       .from_remote = 1e9,
                       .cross_zone = 0.5e9};

struct Case {
  std::string name;
  std::vector<WeightCopy> copies;  // of 20 GB
  NodeLoading loading;             // of node 0
  int devices = 1;
  std::vector<std::string> stored_in;  // zones of the remote store
  double seconds = 0;
  Tier tier = Tier::kRemote;
  double gigabytes = 20;
  Rates rates = kRates;
};

class PlacementCostTest : public ::testing::TestWithParam<Case> {};

TEST_P(PlacementCostTest, IsTheTimeOfTheCheapestWay) {
  const Case& row = GetParam();
  auto table = std::make_shared<WeightTable>();
  const cluster::Snapshot bare = Cluster();
  table->names = bare.names_ptr();
  table->rates = {row.rates};
  table->nodes = {row.loading};
  table->copies["hf://org/llama#fp16"] = row.copies;
  const cluster::Snapshot snapshot = With(bare, {.weights = table});
  cluster::ModelVariant variant = Variant("fp16", GB(20), 24_GiB);
  variant.devices = row.devices;
  variant.zones = row.stored_in;
  const PlacementCost cost = PlacementPrices(snapshot, variant).On(0);
  EXPECT_DOUBLE_EQ(cost.seconds, row.seconds);
  EXPECT_EQ(cost.tier, row.tier);
  EXPECT_EQ(cost.bytes, GB(row.gigabytes));
  EXPECT_DOUBLE_EQ(cost.seconds,
                   cost.transfer_seconds + cost.queue_seconds + cost.eviction_seconds);
}

INSTANTIATE_TEST_SUITE_P(
    Tiers, PlacementCostTest,
    ::testing::Values(
        Case{.name = "Remote", .seconds = 20},
        Case{.name = "RemoteOfAnotherZone", .stored_in = {"z2"}, .seconds = 40},
        Case{.name = "RemoteOfThisZone", .stored_in = {"z2", "z1"}, .seconds = 20},
        Case{.name = "Host", .copies = {On(0, Tier::kHost)}, .seconds = 1, .tier = Tier::kHost},
        Case{.name = "HostOnTwoLinks",
             .copies = {On(0, Tier::kHost)},
             .devices = 2,
             .seconds = 0.5,
             .tier = Tier::kHost},
        // The memory of a device is another process's: its weights are read from host memory.
        Case{.name = "Device",
             .copies = {On(0, Tier::kDevice)},
             .seconds = 1,
             .tier = Tier::kDevice},
        Case{.name = "Disk", .copies = {On(0, Tier::kDisk)}, .seconds = 4, .tier = Tier::kDisk},
        Case{.name = "NearestOfSeveral",
             .copies = {On(0, Tier::kHost), On(0, Tier::kDisk)},
             .seconds = 1,
             .tier = Tier::kHost},
        Case{.name = "PeerOfTheZone",
             .copies = {On(1, Tier::kDisk)},
             .seconds = 10,
             .tier = Tier::kPeer},
        Case{.name = "PeerOfAnotherZoneIsNoBetterThanRemote",
             .copies = {On(2, Tier::kDisk)},
             .seconds = 20},
        Case{.name = "PeerWithPart", .copies = {On(1, Tier::kDisk, 19)}, .seconds = 20},
        Case{.name = "NoWayFromPeers",
             .copies = {On(1, Tier::kDisk)},
             .seconds = 20,
             .rates = {.from_peer = 0, .from_remote = 1e9, .cross_zone = 1e9}},
        // A link that is slower than the disk rules.
        Case{.name = "SlowLink",
             .copies = {On(0, Tier::kDisk)},
             .seconds = 20,
             .tier = Tier::kDisk,
             .rates = {.device_from_host = 1e9,
                       .host_from_disk = 5e9,
                       .from_remote = 0.1e9,
                       .cross_zone = 0.1e9}}),
    CaseName);

// A rack of its own in zone z1 for each of b and c; d is in a's, and e in a rack of that name in
// z2.
cluster::Snapshot Racks() {
  return MakeSnapshot()
      .Node("a")
      .Zone("z1")
      .Rack("r1")
      .Gpu(80_GiB)
      .Node("b")
      .Zone("z1")
      .Rack("r2")
      .Gpu(80_GiB)
      .Node("c")
      .Zone("z1")
      .Gpu(80_GiB)
      .Node("d")
      .Zone("z1")
      .Rack("r1")
      .Gpu(80_GiB)
      .Node("e")
      .Zone("z2")
      .Rack("r1")
      .Gpu(80_GiB)
      .Build();
}

constexpr Rates kRackRates{.device_from_host = 20e9,
                           .host_from_disk = 5e9,
                           .from_peer = 4e9,
                           .cross_rack = 2e9,
                           .from_remote = 0.1e9,
                           .cross_zone = 1e9};

struct RackCase {
  std::string name;
  std::vector<cluster::NodeIndex> holders;  // of all 20 GB, on disk
  double seconds = 0;                       // until they are on node a
  Distance distance = Distance::kSameRack;
  Rates rates = kRackRates;
};

class RackTest : public ::testing::TestWithParam<RackCase> {};

TEST_P(RackTest, TheNearestPeerCounts) {
  const RackCase& row = GetParam();
  auto table = std::make_shared<WeightTable>();
  const cluster::Snapshot bare = Racks();
  table->names = bare.names_ptr();
  table->rates = {row.rates};
  for (const cluster::NodeIndex holder : row.holders) {
    table->copies["hf://org/llama#fp16"].push_back(On(holder, Tier::kDisk));
  }
  const cluster::Snapshot snapshot = With(bare, {.weights = table});
  const cluster::ModelVariant variant = Variant("fp16", GB(20), 24_GiB);
  const PlacementCost cost = PlacementPrices(snapshot, variant).On(0);
  EXPECT_DOUBLE_EQ(cost.seconds, row.seconds);
  EXPECT_EQ(cost.tier, Tier::kPeer);
  EXPECT_EQ(cost.distance, row.distance);
}

INSTANTIATE_TEST_SUITE_P(
    Racks, RackTest,
    ::testing::Values(
        RackCase{.name = "SameRack", .holders = {3}, .seconds = 5},
        RackCase{
            .name = "AnotherRack", .holders = {1}, .seconds = 10, .distance = Distance::kSameZone},
        RackCase{.name = "UnlabelledIsAnotherRack",
                 .holders = {2},
                 .seconds = 10,
                 .distance = Distance::kSameZone},
        RackCase{
            .name = "AnotherZone", .holders = {4}, .seconds = 20, .distance = Distance::kOtherZone},
        RackCase{.name = "SameRackBeforeTheOthers", .holders = {1, 3, 4}, .seconds = 5},
        RackCase{.name = "AnotherRackBeforeAnotherZone",
                 .holders = {1, 4},
                 .seconds = 10,
                 .distance = Distance::kSameZone},
        RackCase{.name = "NoCap",
                 .holders = {1},
                 .seconds = 5,
                 .distance = Distance::kSameZone,
                 .rates = {.device_from_host = 20e9, .from_peer = 4e9, .from_remote = 0.1e9}},
        // The way to another zone leaves the rack too.
        RackCase{.name = "TheRackCapsTheZone",
                 .holders = {4},
                 .seconds = 40,
                 .distance = Distance::kOtherZone,
                 .rates = {.device_from_host = 20e9,
                           .from_peer = 4e9,
                           .cross_rack = 0.5e9,
                           .from_remote = 0.1e9,
                           .cross_zone = 1e9}}),
    CaseName);

// Its own copy, too slow to read here, is not a peer's.
TEST(PlacementPrices, ANodeIsNoPeerOfItself) {
  auto table = std::make_shared<WeightTable>();
  const cluster::Snapshot bare = Racks();
  table->names = bare.names_ptr();
  table->rates = {{.device_from_host = 20e9,
                   .host_from_disk = 0.05e9,
                   .from_peer = 4e9,
                   .cross_rack = 2e9,
                   .from_remote = 0.1e9}};
  table->copies["hf://org/llama#fp16"] = {On(0, Tier::kDisk)};
  const cluster::ModelVariant variant = Variant("fp16", GB(20), 24_GiB);
  EXPECT_EQ(PlacementPrices(With(bare, {.weights = table}), variant).On(0).tier, Tier::kRemote);
  table->copies["hf://org/llama#fp16"].push_back(On(1, Tier::kDisk));
  const PlacementCost cost = PlacementPrices(With(bare, {.weights = table}), variant).On(0);
  EXPECT_EQ(cost.tier, Tier::kPeer);
  EXPECT_EQ(cost.distance, Distance::kSameZone);
}

INSTANTIATE_TEST_SUITE_P(
    Waiting, PlacementCostTest,
    ::testing::Values(
        Case{.name = "BehindTheDisk",
             .copies = {On(0, Tier::kDisk)},
             .loading = {.disk_queue_seconds = 3},
             .seconds = 7,
             .tier = Tier::kDisk},
        Case{.name = "BehindTheNetwork", .loading = {.network_queue_seconds = 3}, .seconds = 23},
        Case{.name = "HostWaitsForNeither",
             .copies = {On(0, Tier::kHost)},
             .loading = {.disk_queue_seconds = 3, .network_queue_seconds = 3},
             .seconds = 1,
             .tier = Tier::kHost},
        // So long a queue at the disk that the remote store is sooner.
        Case{.name = "AroundTheQueue",
             .copies = {On(0, Tier::kDisk)},
             .loading = {.disk_queue_seconds = 30},
             .seconds = 20},
        Case{.name = "OnItsWay",
             .copies = {On(0, Tier::kHost, 20, 2)},
             .seconds = 3,
             .tier = Tier::kHost},
        Case{.name = "OnItsWayTooSlowly", .copies = {On(0, Tier::kHost, 20, 60)}, .seconds = 20},
        // Half from the disk (2 s), half from afar (10 s).
        Case{.name = "HalfACopy",
             .copies = {On(0, Tier::kDisk, 10)},
             .seconds = 12,
             .gigabytes = 10}),
    CaseName);

NodeLoading Full() {
  return {.evictions = {{.bytes = GB(10), .seconds = 1}, {.bytes = GB(30), .seconds = 5}}};
}

INSTANTIATE_TEST_SUITE_P(
    MakingRoom, PlacementCostTest,
    ::testing::Values(Case{.name = "PushesOut",
                           .copies = {On(0, Tier::kDisk)},
                           .loading = Full(),
                           .seconds = 9,
                           .tier = Tier::kDisk},
                      Case{.name = "IsThereAlready",
                           .copies = {On(0, Tier::kHost)},
                           .loading = Full(),
                           .seconds = 1,
                           .tier = Tier::kHost},
                      Case{.name = "MoreThanThereIs",
                           .copies = {On(0, Tier::kDisk)},
                           .loading = {.evictions = {{.bytes = GB(10), .seconds = 1}}},
                           .seconds = 5,
                           .tier = Tier::kDisk}),
    CaseName);

constexpr char kImagenet[] = "pvc://ml/imagenet";

cluster::PodRequest Reading(std::vector<std::string> data) {
  cluster::PodRequest pod = tests::SharePod(8_GiB);
  pod.data = std::move(data);
  return pod;
}

std::shared_ptr<const cluster::Catalog> Datasets(std::vector<std::string> stored_in = {}) {
  return Models(
      {}, {{.name = "imagenet", .source = kImagenet, .size = GB(20), .zones = std::move(stored_in)},
           {.name = "laion", .source = "s3://laion", .size = GB(100)}});
}

struct DataCase {
  std::string name;
  std::vector<WeightCopy> copies;  // of the 20 GB of imagenet
  NodeLoading loading;             // of node 0
  std::vector<std::string> stored_in;
  double seconds = 0;
  Tier tier = Tier::kRemote;
  double gigabytes = 20;
  Rates rates = kRates;
};

class DataCostTest : public ::testing::TestWithParam<DataCase> {};

TEST_P(DataCostTest, IsTheTimeUntilTheBytesCouldBeThere) {
  const DataCase& row = GetParam();
  auto table = std::make_shared<WeightTable>();
  const cluster::Snapshot bare = Cluster();
  table->names = bare.names_ptr();
  table->rates = {row.rates};
  table->nodes = {row.loading};
  table->copies[kImagenet] = row.copies;
  const cluster::Snapshot snapshot =
      With(bare, {.catalog = Datasets(row.stored_in), .weights = table});
  const DataPrices prices(snapshot, Reading({"imagenet"}));
  ASSERT_EQ(prices.size(), 1U);
  const PlacementCost cost = prices.On(0, 0);
  EXPECT_DOUBLE_EQ(cost.seconds, row.seconds);
  EXPECT_EQ(cost.tier, row.tier);
  EXPECT_EQ(cost.bytes, GB(row.gigabytes));
  EXPECT_DOUBLE_EQ(cost.seconds, cost.transfer_seconds + cost.queue_seconds);
  EXPECT_DOUBLE_EQ(SecondsUntilThere(nullptr, prices, 0), row.seconds);
}

INSTANTIATE_TEST_SUITE_P(
    Ways, DataCostTest,
    ::testing::Values(
        DataCase{.name = "Remote", .seconds = 20},
        DataCase{.name = "RemoteOfAnotherZone", .stored_in = {"z2"}, .seconds = 40},
        DataCase{.name = "Host", .copies = {On(0, Tier::kHost)}, .seconds = 0, .tier = Tier::kHost},
        // Read from there as it goes, whatever else the disk has to do.
        DataCase{.name = "Disk",
                 .copies = {On(0, Tier::kDisk)},
                 .loading = {.disk_queue_seconds = 30, .network_queue_seconds = 30},
                 .seconds = 0,
                 .tier = Tier::kDisk},
        // Nothing is pushed out of host memory for what is only read through it.
        DataCase{.name = "PushesNothingOut", .loading = Full(), .seconds = 20},
        DataCase{
            .name = "Peer", .copies = {On(1, Tier::kDisk)}, .seconds = 10, .tier = Tier::kPeer},
        DataCase{.name = "PeerOfAnotherZone",
                 .copies = {On(2, Tier::kDisk)},
                 .stored_in = {"z2"},
                 .seconds = 25,
                 .tier = Tier::kPeer,
                 .rates = {.from_peer = 2e9, .from_remote = 0.1e9, .cross_zone = 0.8e9}},
        DataCase{.name = "PeerWithPart", .copies = {On(1, Tier::kDisk, 19)}, .seconds = 20},
        DataCase{
            .name = "BehindTheNetwork", .loading = {.network_queue_seconds = 3}, .seconds = 23},
        DataCase{.name = "APartIsThere",
                 .copies = {On(0, Tier::kDisk, 15)},
                 .loading = {.network_queue_seconds = 3},
                 .seconds = 8,
                 .gigabytes = 5},
        DataCase{.name = "TheRestFromAPeer",
                 .copies = {On(0, Tier::kDisk, 15), On(1, Tier::kDisk)},
                 .seconds = 2.5,
                 .tier = Tier::kPeer,
                 .gigabytes = 5},
        DataCase{.name = "TheLargerPartCounts",
                 .copies = {On(0, Tier::kHost, 5), On(0, Tier::kDisk, 15)},
                 .seconds = 5,
                 .gigabytes = 5},
        DataCase{.name = "OnItsWay",
                 .copies = {On(0, Tier::kDisk, 20, 4)},
                 .seconds = 4,
                 .tier = Tier::kDisk},
        DataCase{
            .name = "OnItsWayTooSlowly", .copies = {On(0, Tier::kDisk, 20, 60)}, .seconds = 20}),
    CaseName);

// All that comes from afar stands in one queue, once.
TEST(DataPrices, OfSeveralAddUpBehindOneQueue) {
  auto table = std::make_shared<WeightTable>();
  const cluster::Snapshot bare = Cluster();
  table->names = bare.names_ptr();
  table->rates = {kRates};
  table->nodes = {{.network_queue_seconds = 3}};
  table->copies["hf://org/llama#fp16"] = {On(1, Tier::kDisk)};
  const cluster::ModelVariant variant = Variant("fp16", GB(20), 24_GiB);
  const auto seconds = [&](const std::vector<std::string>& data, bool model) {
    const cluster::Snapshot snapshot = With(bare, {.catalog = Datasets(), .weights = table});
    const DataPrices prices(snapshot, Reading(data));
    const PlacementPrices weights(snapshot, variant);
    return SecondsUntilThere(model ? &weights : nullptr, prices, 0);
  };
  EXPECT_DOUBLE_EQ(seconds({"imagenet", "laion"}, false), 20 + 100 + 3);
  EXPECT_DOUBLE_EQ(seconds({"imagenet", "laion"}, true), 10 + 20 + 100 + 3);
  EXPECT_DOUBLE_EQ(seconds({}, true), 10 + 3);
  EXPECT_DOUBLE_EQ(seconds({"nobody-knows"}, false), 0);
  // Weights that are here wait for no network: the data does.
  table->copies["hf://org/llama#fp16"] = {On(0, Tier::kHost)};
  EXPECT_DOUBLE_EQ(seconds({"imagenet"}, true), 1 + 20 + 3);
}

// Nobody has told anything: every node costs the same, the default way from the remote store.
TEST(PlacementPrices, WithoutATableAllNodesAreAlike) {
  const cluster::Snapshot snapshot = Cluster();
  const cluster::ModelVariant variant = Variant("fp16", GB(20), 24_GiB);
  const PlacementPrices prices(snapshot, variant);
  EXPECT_DOUBLE_EQ(prices.On(0).seconds, 20e9 / Rates{}.from_remote);
  EXPECT_DOUBLE_EQ(prices.On(2).seconds, prices.On(0).seconds);
}

}  // namespace
}  // namespace berth::core
