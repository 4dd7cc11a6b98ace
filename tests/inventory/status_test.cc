// The inventory of a node as its agent writes it, in each of its three places.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "berth/base/json_text.h"
#include "inventory/readings.h"
#include "testing/case_name.h"
#include "testing/objects.h"

namespace berth::inventory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<std::string> kIds = {"hf://org/a@1f2e#fp8", "hf://org/b", "hf://org/c",
                                       "hf://org/d", "hf://org/e"};

// As docs/inventory.md shows it.
std::string Status() {
  return R"({
    "observedAt": "2026-11-24T05:20:31Z", "ttlSeconds": 60, "agent": "berth-agent/0.1",
    "capacity": {"hostCacheBytes": 500000000000, "nvmeCacheBytes": 3000000000000},
    "bandwidth": {"gpuFromHostBps": 20000000000},
    "models": [
      {"id": "hf://org/a@1f2e#fp8", "key": "ffffffffffffffff", "tier": "gpu", "bytes": 16000,
       "totalBytes": 16000, "devices": ["GPU-1f2e", "GPU-3d4c"],
       "pod": {"namespace": "ml", "name": "llm-0", "uid": "u-0"}, "loras": ["x"], "pinned": false},
      {"key": ")" +
         Text(KeyOf("hf://org/b")) + R"(", "tier": "host", "bytes": 4000, "totalBytes": 16000},
      {"id": "hf://org/c", "tier": "nvme", "lastUsed": "2026-11-24T05:00:00Z"},
      {"id": "hf://org/d", "tier": "peer", "peers": ["gpu-b"]},
      {"id": "hf://org/e", "tier": "staging", "bytes": 1000, "totalBytes": 16000, "etaSeconds": 12}
    ]})";
}

const auto kFacts = ElementsAre(
    "gpu-a: device, all of hf://org/a@1f2e#fp8, GPU-1f2e, GPU-3d4c, for 60 s from "
    "2026-11-24T05:20:31Z, while u-0",
    "gpu-a: host, 4000 of hf://org/b, for 60 s from 2026-11-24T05:20:31Z",
    "gpu-a: disk, all of hf://org/c, for 60 s from 2026-11-24T05:20:31Z",
    "gpu-a: disk, 1000 of hf://org/e, for 60 s from 2026-11-24T05:20:31Z",
    "gpu-a: disk, 15000 of hf://org/e, arriving in 12 s, for 60 s from 2026-11-24T05:20:31Z");

std::string Quoted(const std::string& text) {
  std::string quoted;
  AppendJsonString(text, quoted);
  return quoted;
}

std::string ConfigMap(const std::string& metadata, const std::string& inventory) {
  return R"({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {)" + metadata +
         R"(}, "data": {"other": "x", "inventory.json": )" + Quoted(inventory) + "}}";
}

constexpr char kLabelled[] = R"("labels": {"berth.dev/model-inventory": "true"})";

TEST(NodeModelInventory, IsNamedAfterItsNode) {
  const Reading reading =
      ReadObject("node-model-inventories", "gpu-a",
                 R"({"apiVersion": "inventory.berth.dev/v1alpha1", "kind": "NodeModelInventory",
          "metadata": {"name": "gpu-a"}, "status": )" +
                     Status() + "}");
  EXPECT_THAT(Lines(reading, kIds), kFacts);
  EXPECT_THAT(reading.problems, IsEmpty());
}

TEST(NodeModelInventory, TellsOfTheCacheInHostMemory) {
  const Reading reading =
      ReadObject("node-model-inventories", "gpu-a", R"({"status": )" + Status() + "}");
  ASSERT_TRUE(reading.host_cache.has_value());
  EXPECT_EQ(reading.host_cache->capacity, Bytes(500'000'000'000));
  EXPECT_EQ(reading.host_cache->ttl, std::chrono::seconds(60));
  ASSERT_EQ(reading.host_cache->residents.size(), 1U);
  EXPECT_EQ(reading.host_cache->residents[0].key, KeyOf("hf://org/b"));
  EXPECT_EQ(reading.host_cache->residents[0].bytes, Bytes(4000));
}

TEST(NodeModelInventory, MayHaveNoStatusYet) {
  const Reading reading =
      ReadObject("node-model-inventories", "gpu-a", R"({"metadata": {"name": "gpu-a"}})");
  EXPECT_THAT(reading.facts, IsEmpty());
  EXPECT_THAT(reading.problems, IsEmpty());
}

TEST(ConfigMapInventory, HasItsNodeInItsName) {
  const Reading reading =
      ReadObject("config-maps", "berth-models-gpu-a", ConfigMap(kLabelled, Status()));
  EXPECT_THAT(Lines(reading, kIds), kFacts);
  EXPECT_THAT(reading.problems, IsEmpty());
}

TEST(ConfigMapInventory, MayHaveItsNodeInAnAnnotation) {
  const Reading reading =
      ReadObject("config-maps", "berth-models-5f3c",
                 ConfigMap(std::string(kLabelled) + R"(, "annotations": {"berth.dev/node": "n"})",
                           R"({"models": [{"id": "hf://org/b", "tier": "nvme"}]})"));
  EXPECT_THAT(Lines(reading, kIds), ElementsAre("n: disk, all of hf://org/b, for 120 s from then"));
}

TEST(ConfigMapInventory, WithoutTheLabelIsSomebodyElses) {
  const Reading reading = ReadObject("config-maps", "berth-models-gpu-a", ConfigMap("", "{"));
  EXPECT_THAT(reading.facts, IsEmpty());
  EXPECT_THAT(reading.problems, IsEmpty());
}

TEST(NodeAnnotation, HoldsTheSameText) {
  const Reading reading = SourceNamed("node-annotation")
                              .read_node(tests::Node("gpu-a").Annotation("a", "b").Annotation(
                                  "berth.dev/model-inventory", Status()));
  EXPECT_THAT(Lines(reading, kIds), kFacts);
  EXPECT_THAT(SourceNamed("node-annotation").read_node(tests::Node("gpu-a")).facts, IsEmpty());
}

TEST(InventoryStatus, LeavesOutMalformedModelsAndKeepsTheRest) {
  const Reading reading = ReadObject("node-model-inventories", "gpu-a", R"({"status": {"models": [
      {"id": "hf://org/a", "tier": "ssd"}, {"tier": "nvme"}, {"key": "12", "tier": "nvme"},
      {"id": "hf://org/b", "tier": "nvme", "bytes": -1}, {"id": ["x"], "tier": "nvme"}, 7,
      {"id": "hf://org/c", "tier": "nvme"}]}})");
  EXPECT_THAT(Lines(reading, kIds),
              ElementsAre("gpu-a: disk, all of hf://org/c, for 120 s from then"));
  EXPECT_THAT(reading.problems,
              ElementsAre("models[0]: tier: 'ssd' is none of gpu, host, nvme, peer, staging",
                          "models[1]: neither id nor key is there",
                          "models[2]: key: '12' is not 16 hexadecimal digits",
                          "models[3]: bytes: is negative",
                          "models[4]: id: expected a string, found an array",
                          "models[5]: expected an object, found 7"));
}

struct BrokenCase {
  std::string name;
  std::string source;
  std::string object;
  std::string json;
  std::string problem;
};

class BrokenInventoryTest : public testing::TestWithParam<BrokenCase> {};

TEST_P(BrokenInventoryTest, SaysNothingButWhatIsWrong) {
  const Reading reading = ReadObject(GetParam().source, GetParam().object, GetParam().json);
  EXPECT_THAT(reading.facts, IsEmpty());
  EXPECT_THAT(reading.problems, ElementsAre(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BrokenInventoryTest,
    testing::Values(
        BrokenCase{"NoTime", "node-model-inventories", "n",
                   R"({"status": {"models": [{"id": "a", "tier": "gpu"}], "observedAt": "today"}})",
                   "status.observedAt: 'today' is no time"},
        BrokenCase{"NegativeTtl", "node-model-inventories", "n",
                   R"({"status": {"ttlSeconds": -1}})", "status.ttlSeconds: is negative"},
        BrokenCase{"NoObject", "node-model-inventories", "n", R"({"status": [1]})",
                   "status: expected an object, found an array"},
        BrokenCase{"CutShort", "config-maps", "berth-models-n",
                   ConfigMap(kLabelled, R"({"models": [{"id": "a", "tier": "gpu"})"),
                   "data[inventory.json]: not JSON: it ends too soon"},
        BrokenCase{"MoreBehind", "config-maps", "berth-models-n",
                   ConfigMap(kLabelled, R"({"models": [{"id": "a", "tier": "gpu"}]} {})"),
                   "data[inventory.json]: not JSON at byte 41: something follows the value"},
        BrokenCase{"NoData", "config-maps", "berth-models-n",
                   R"({"metadata": {"labels": {"berth.dev/model-inventory": "true"}}})",
                   "data[inventory.json]: missing"},
        BrokenCase{
            "OddName", "config-maps", "models", ConfigMap(kLabelled, "{}"),
            "metadata.name: expected berth-models-<node>, or the annotation berth.dev/node"}),
    tests::CaseName);

}  // namespace
}  // namespace berth::inventory
