// Facts of several sources in one table: which counts, for how long, and what they go with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "inventory/rig.h"

namespace berth::inventory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using FactsTest = InventoryTest;

TEST_F(FactsTest, OfAllNodesStandInTheOrderOfTheNodesNearestFirst) {
  Make();
  Agent("b", Model(kLlama, "nvme"));
  Agent("a", Model(kLlama, "nvme") + "," + Model(kLlama, "gpu") + "," + Model(kLlama, "host"));
  EXPECT_THAT(Copies(), ElementsAre("a device 16.0 GB", "a host 16.0 GB", "a disk 16.0 GB",
                                    "b disk 16.0 GB"));
  EXPECT_THAT(Copies(kMixtral), IsEmpty());
  EXPECT_THAT(Copies("hf://unheard/of"), IsEmpty());
}

TEST_F(FactsTest, AboutNodesThatAreNotThereSayNothing) {
  Make();
  Agent("z", Model(kLlama, "nvme"));
  EXPECT_THAT(Copies(), IsEmpty());
}

TEST_F(FactsTest, NewerBeatsOlderOfOneTier) {
  Make();
  Agent("a", Model(kLlama, "nvme", 4'000'000'000, 16'000'000'000), 30);
  PutObject("config-maps", "berth-models-a",
            R"({"metadata": {"labels": {"berth.dev/model-inventory": "true"}}, "data": {)"
            R"("inventory.json": "{\"observedAt\": \"2026-11-24T05:20:21Z\", \"models\": [{)"
            R"(\"id\": \"hf://org/llama\", \"tier\": \"nvme\", \"bytes\": 9000000000, )"
            R"(\"totalBytes\": 16000000000}]}"}})");
  EXPECT_THAT(Copies(), ElementsAre("a disk 9.0 GB"));
}

TEST_F(FactsTest, DatedBeatsUndatedAndOfUndatedTheLargerCounts) {
  Make();
  Put(tests::Node("a").Label("model.berth.dev/" + Text(KeyOf(kLlama)), "nvme"));
  PutObject("kserve-local-model-nodes", "b",
            R"({"spec": {"localModels": [{"modelName": "m", "sourceModelUri": "hf://org/llama"}]},
                "status": {"modelStatus": {"m": "ModelDownloaded"}}})");
  EXPECT_THAT(Copies(), ElementsAre("a disk 16.0 GB", "b disk 16.0 GB"));
  Agent("a", Model(kLlama, "nvme", 4'000'000'000, 16'000'000'000));
  EXPECT_THAT(Copies(), ElementsAre("a disk 4.0 GB", "b disk 16.0 GB"));
}

TEST_F(FactsTest, PastTheirTimeOnlyDisksAreBelieved) {
  Make();
  Agent("a", Model(kLlama, "gpu") + "," + Model(kLlama, "host") + "," + Model(kLlama, "nvme") +
                 "," + Model(kMixtral, "staging"));
  Pass(120);
  EXPECT_EQ(Copies().size(), 3U);
  EXPECT_EQ(Copies(kMixtral).size(), 1U);
  Pass(0.001);
  EXPECT_THAT(Copies(), ElementsAre("a disk 16.0 GB"));
  EXPECT_THAT(Copies(kMixtral), IsEmpty());
}

// A clock that runs ahead makes no fact outlive its time; one that is behind is believed less long.
TEST_F(FactsTest, OfAWrongClockLiveNoLonger) {
  Make();
  Agent("a", Model(kLlama, "host"), -3600);
  Agent("b", Model(kLlama, "host"), 100);
  EXPECT_EQ(Copies().size(), 2U);
  Pass(21);
  EXPECT_THAT(Copies(), ElementsAre("a host 16.0 GB"));
  Pass(100);
  EXPECT_THAT(Copies(), IsEmpty());
}

TEST_F(FactsTest, GoWithTheirObject) {
  Make();
  Agent("a", Model(kLlama, "nvme"));
  Agent("b", Model(kLlama, "nvme"));
  Agent("a", Model(kMixtral, "nvme"));
  EXPECT_THAT(Copies(), ElementsAre("b disk 16.0 GB"));
  inventory_->RemoveObject(SourceNamed("node-model-inventories"), "", "b");
  EXPECT_THAT(Copies(), IsEmpty());
  EXPECT_THAT(Copies(kMixtral), ElementsAre("a disk 90.0 GB"));
  EXPECT_EQ(inventory_->counts().facts[5], 1U);
}

TEST_F(FactsTest, OfObjectsThatAListDoesNotShowAreGone) {
  Make();
  const Source& source = SourceNamed("node-model-inventories");
  inventory_->BeginObjects(source);
  Agent("a", Model(kLlama, "nvme"));
  Agent("b", Model(kLlama, "nvme"));
  inventory_->EndObjects(source);
  inventory_->BeginObjects(source);
  Agent("b", Model(kLlama, "nvme"));
  EXPECT_EQ(Copies().size(), 2U);  // nothing is dropped before the end
  inventory_->EndObjects(source);
  EXPECT_THAT(Copies(), ElementsAre("b disk 16.0 GB"));
}

TEST_F(FactsTest, OfANodeGoWithItAndWithItsLabels) {
  Make();
  const std::string label = "model.berth.dev/" + Text(KeyOf(kLlama));
  Put(tests::Node("a").Label(label, "nvme"));
  Put(tests::Node("b").Label(label, "host"));
  EXPECT_EQ(Copies().size(), 2U);
  Put(tests::Node("b"));
  EXPECT_THAT(Copies(), ElementsAre("a disk 16.0 GB"));
  inventory_->BeginNodes();
  Put(tests::Node("b"));
  inventory_->EndNodes();
  EXPECT_THAT(Copies(), IsEmpty());
}

TEST_F(FactsTest, BoundToAPodDieWithIt) {
  Make();
  Agent("a", R"({"id": "hf://org/llama", "tier": "gpu", "pod": {"uid": "u-1"}},
                {"id": "hf://org/llama", "tier": "nvme"})");
  EXPECT_THAT(Copies(), ElementsAre("a device 16.0 GB", "a disk 16.0 GB"));
  inventory_->RemovePod("u-1", now());
  EXPECT_THAT(Copies(), ElementsAre("a disk 16.0 GB"));
}

TEST_F(FactsTest, NameDevicesByTheIdsOfTheNode) {
  Make();
  Agent("a", R"({"id": "hf://org/llama", "tier": "gpu", "devices": ["1", "GPU-unknown"]})");
  const auto table = Table();
  ASSERT_EQ(table->Find(kLlama).size(), 1U);
  EXPECT_EQ(table->Find(kLlama)[0].devices, cluster::DeviceSet::Only(1));
}

TEST_F(FactsTest, OfAVolumeAreOnTheNodesThatItsAffinitySelects) {
  Make();
  PutObject("persistent-volumes", "pv", R"({"spec": {"local": {"path": "/d"},
      "capacity": {"storage": "80G"}, "claimRef": {"namespace": "ml", "name": "mixtral"},
      "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
        {"key": "kubernetes.io/hostname", "operator": "In", "values": ["b", "c"]}]}]}}},
      "status": {"phase": "Bound"}})");
  EXPECT_THAT(Copies(kMixtral), ElementsAre("b disk 80.0 GB", "c disk 80.0 GB"));
  Put(tests::Node("c").Label("kubernetes.io/hostname", "other"));
  EXPECT_THAT(Copies(kMixtral), ElementsAre("b disk 80.0 GB"));
}

TEST_F(FactsTest, OfADownloadSayWhenItWillBeThere) {
  Make({.rates = {.from_remote = 1e9}});
  Agent("a", Model(kLlama, "staging", 4'000'000'000, 16'000'000'000));
  Agent("b", R"({"id": "hf://org/llama", "tier": "staging", "etaSeconds": 30})", 10);
  EXPECT_THAT(Copies(),
              ElementsAre("a disk 4.0 GB", "a disk 16.0 GB in 12.0 s", "b disk 16.0 GB in 20.0 s"));
  Pass(8);
  EXPECT_THAT(Copies(),
              ElementsAre("a disk 4.0 GB", "a disk 16.0 GB in 4.0 s", "b disk 16.0 GB in 12.0 s"));
  Pass(30);  // late: a tenth of the way is taken to be left
  EXPECT_THAT(Copies(),
              ElementsAre("a disk 4.0 GB", "a disk 16.0 GB in 1.2 s", "b disk 16.0 GB in 3.0 s"));
}

TEST_F(FactsTest, ThatDoNotChangeKeepTheTable) {
  Make();
  Agent("a", Model(kLlama, "nvme"));
  const auto before = Table();
  Agent("a", Model(kLlama, "nvme"));
  Put(tests::Node("a").Label("kubernetes.io/hostname", "a"));
  EXPECT_EQ(Table(), before);
  Pass(121);  // past its time a disk's fact counts for less, so the table is made anew
  EXPECT_NE(Table(), before);
}

TEST_F(FactsTest, ThatAreMalformedAreToldWhenTheyChange) {
  Make();
  EXPECT_THAT(PutObject("node-model-inventories", "a", R"({"status": 7})"),
              ElementsAre("status: expected an object, found 7"));
  EXPECT_THAT(PutObject("node-model-inventories", "a", R"({"status": 7})"), IsEmpty());
  EXPECT_THAT(Put(tests::Node("a").Label("model.berth.dev/x", "nvme")), testing::SizeIs(1));
  EXPECT_EQ(inventory_->counts().malformed[5], 1U);
  EXPECT_EQ(inventory_->counts().malformed[0], 1U);
}

TEST_F(FactsTest, RatesAreThoseOfTheFirstClassThatMatches) {
  const cluster::Rates fast{.host_from_disk = 9e9};
  const cluster::Rates slow{.host_from_disk = 1e9};
  Make({.classes = {{.name = "fast", .labels = {{"disk", "nvme"}, {"zone", "z1"}}, .rates = fast},
                    {.name = "slow", .labels = {{"disk", "nvme"}}, .rates = slow}}});
  Put(tests::Node("a").Label("disk", "nvme").Label("zone", "z1"));
  Put(tests::Node("b").Label("disk", "nvme"));
  const auto table = Table();
  EXPECT_EQ(table->rates_of(0), fast);
  EXPECT_EQ(table->rates_of(1), slow);
  EXPECT_EQ(table->rates_of(2), cluster::Rates());
}

}  // namespace
}  // namespace berth::inventory
