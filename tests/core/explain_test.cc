#include "berth/core/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/models.h"
#include "testing/case_name.h"
#include "testing/snapshot.h"

namespace berth::core {
namespace {

using cluster::PodRequest;
using cluster::Snapshot;
using tests::CaseName;
using tests::kGpu;
using tests::MakeSnapshot;
using tests::SharePod;
using tests::WholePod;

struct Miss {
  std::string name;
  MakeSnapshot node;
  PodRequest pod;
  std::string text;
};

class MissTest : public ::testing::TestWithParam<Miss> {};

TEST_P(MissTest, SaysWhatTheNodeLacks) {
  const Miss& row = GetParam();
  const Snapshot snapshot = With(
      row.node.Build(), {.catalog = Models({Variant("fp16", Bytes(20'000'000'000), 24_GiB),
                                            Variant("int8", Bytes(10'000'000'000), 12_GiB, 0.9)})});
  const cluster::NodeIndex node = 0;
  const Decision decision = Decide(snapshot, row.pod, {}, {&node, 1}, {});
  ASSERT_FALSE(decision.nodes.front().fits());
  EXPECT_EQ(Explain(snapshot, row.pod, {}, {}, decision, 0).miss, row.text);
}

PodRequest Naming(std::string variant) {
  return {.model = "llama", .variant = std::move(variant), .demand_by_model = true};
}
PodRequest Requiring(cluster::RequirementSet requirements) {
  PodRequest pod = SharePod(1_GiB);
  pod.requirements = requirements;
  return pod;
}
MakeSnapshot A() { return MakeSnapshot().Node("a"); }

INSTANTIATE_TEST_SUITE_P(
    Nodes, MissTest,
    ::testing::Values(
        Miss{"Memory", A().Gpu(80_GiB).Held(60_GiB).Gpu(16_GiB), SharePod(24_GiB),
             "needs 24576 MiB on a device, the best has 20480 MiB"},
        Miss{"MemoryOnTwo", A().Gpu(80_GiB).Held(60_GiB).Gpu(16_GiB),
             SharePod(18_GiB, Percent(0), 2),
             "needs 18432 MiB on each of 2 devices, the best 2 have 16384 MiB"},
        Miss{"ASmallerVariantWouldFit", A().Gpu(20_GiB), Naming("fp16"),
             "needs 24576 MiB on a device, the best has 20480 MiB; int8 would fit"},
        Miss{"Cores", A().Gpu(80_GiB).Held(8_GiB, Percent(90)), SharePod(8_GiB, Percent(30)),
             "needs 30 % of a device's compute, the best with enough memory has 10 %"},
        Miss{"Devices", A().Gpu(80_GiB), SharePod(8_GiB, Percent(0), 2),
             "needs 2 devices, the node has 1"},
        Miss{"WholeDevices", A().Whole(kGpu, 8, 3), WholePod({{kGpu, 4}}),
             "needs 4 devices, 3 of 8 are free"},
        Miss{"Requirements", A().Gpu(80_GiB), Requiring(0b11), "it does not meet r0, r1"},
        Miss{"OneRequirement", A().Gpu(80_GiB).Meets(0b01), Requiring(0b11), "it does not meet r1"},
        Miss{"NoDevices", A(), SharePod(8_GiB), "no matching devices"}),
    CaseName);

TEST(Explain, EveryTermSpeaksOfANodeThatFits) {
  auto weights = std::make_shared<cluster::WeightTable>();
  const Snapshot bare = A().Gpu(80_GiB).Build();
  weights->names = bare.names_ptr();
  weights->rates.push_back({.host_from_disk = 5e9});
  weights->nodes = {{.disk_queue_seconds = 2}};
  weights->copies["hf://org/llama#fp16"] = {
      {.node = 0, .tier = cluster::Tier::kDisk, .bytes = Bytes(20'000'000'000)}};
  const Snapshot snapshot =
      With(bare, {.catalog = Models({Variant("fp16", Bytes(20'000'000'000), 24_GiB)}),
                  .loads = LoadsOf(bare, {{0.5}}),
                  .weights = weights});
  const PodRequest pod = Naming("");
  const cluster::NodeIndex node = 0;
  const Decision decision = Decide(snapshot, pod, {}, {&node, 1}, {});
  const NodeExplanation explanation = Explain(snapshot, pod, {}, {}, decision, 0);
  ASSERT_EQ(explanation.terms.size(), 3U);
  const Term& memory = explanation.terms[0];
  EXPECT_EQ(memory.scorer, "gpu-memory");
  EXPECT_DOUBLE_EQ(memory.raw, 56 * 1024);
  EXPECT_EQ(memory.points, 30);
  EXPECT_EQ(memory.sentence, "57344 of 81920 MiB stay free on the node");
  const Term& load = explanation.terms[1];
  EXPECT_EQ(load.scorer, "batch-load");
  EXPECT_NEAR(load.raw, 0.8, 1e-6);
  EXPECT_EQ(load.sentence, "load 0.80 after docking");
  const Term& placement = explanation.terms[2];
  EXPECT_EQ(placement.scorer, "model-placement");
  EXPECT_DOUBLE_EQ(placement.raw, 6);
  EXPECT_DOUBLE_EQ(placement.seconds(), 6) << "seconds count one for one";
  EXPECT_EQ(placement.points, 98);
  EXPECT_EQ(placement.sentence,
            "20.0 GB of fp16 from the local disk: 4.0 s, behind 2.0 s of other loads");
  // The terms are the cost, to a float's precision.
  EXPECT_NEAR(memory.seconds() + load.seconds() + placement.seconds(), decision.nodes[0].cost,
              1e-5);
}

struct PeerCase {
  std::string name;
  MakeSnapshot nodes;  // the first one loads 20 GB from the second
  std::string whence;
};
class PeerTest : public ::testing::TestWithParam<PeerCase> {};

TEST_P(PeerTest, IsSaidToStandWhereTheLabelsSay) {
  auto weights = std::make_shared<cluster::WeightTable>();
  const Snapshot bare = GetParam().nodes.Build();
  weights->names = bare.names_ptr();
  weights->rates.push_back({.from_peer = 2e9, .cross_zone = 2e9});
  weights->copies["hf://org/llama#fp16"] = {
      {.node = 1, .tier = cluster::Tier::kDisk, .bytes = Bytes(20'000'000'000)}};
  const Snapshot snapshot = With(
      bare,
      {.catalog = Models({Variant("fp16", Bytes(20'000'000'000), 24_GiB)}), .weights = weights});
  const cluster::NodeIndex node = 0;
  const Decision decision = Decide(snapshot, Naming(""), {}, {&node, 1}, {});
  EXPECT_EQ(Explain(snapshot, Naming(""), {}, {}, decision, 0).terms[2].sentence,
            "20.0 GB of fp16 from " + GetParam().whence + ": 10.0 s");
}

MakeSnapshot Two(std::string zone, std::string rack, std::string other_zone,
                 std::string other_rack) {
  return MakeSnapshot()
      .Node("a")
      .Zone(std::move(zone))
      .Rack(std::move(rack))
      .Gpu(80_GiB)
      .Node("b")
      .Zone(std::move(other_zone))
      .Rack(std::move(other_rack))
      .Gpu(80_GiB);
}

INSTANTIATE_TEST_SUITE_P(
    Places, PeerTest,
    ::testing::Values(
        PeerCase{"SameRack", Two("z1", "r1", "z1", "r1"), "a peer node of the same rack"},
        PeerCase{"AnotherRack", Two("z1", "r1", "z1", "r2"), "a peer node of another rack"},
        PeerCase{"AnotherZone", Two("z1", "r1", "z2", "r1"), "a peer node of another zone"},
        PeerCase{"NoRacks", Two("z1", "", "z1", ""), "a peer node of the same zone"},
        PeerCase{"NoLabels", A().Gpu(80_GiB).Node("b").Gpu(80_GiB), "a peer node"}),
    CaseName);

struct DataSentence {
  std::string name;
  PodRequest pod;
  std::string text;
};
class DataSentenceTest : public ::testing::TestWithParam<DataSentence> {};

PodRequest Reads(PodRequest pod, std::vector<std::string> data) {
  pod.data = std::move(data);
  return pod;
}

TEST_P(DataSentenceTest, SaysWhereEachComesFrom) {
  auto weights = std::make_shared<cluster::WeightTable>();
  const Snapshot bare = A().Gpu(80_GiB).Build();
  weights->names = bare.names_ptr();
  weights->rates.emplace_back();
  weights->nodes = {{.network_queue_seconds = 2}};
  weights->copies["hf://org/llama#fp16"] = {
      {.node = 0, .tier = cluster::Tier::kHost, .bytes = Bytes(20'000'000'000)}};
  weights->copies["fluid://ml/laion"] = {
      {.node = 0, .tier = cluster::Tier::kDisk, .bytes = Bytes(300'000'000'000)}};
  const Snapshot snapshot = With(
      bare, {.catalog = Models(
                 {Variant("fp16", Bytes(20'000'000'000), 24_GiB)},
                 {{.name = "imagenet", .source = "s3://imagenet", .size = Bytes(120'000'000'000)},
                  {.name = "laion", .source = "fluid://ml/laion", .size = Bytes(300'000'000'000)}}),
             .weights = weights});
  const cluster::NodeIndex node = 0;
  const Decision decision = Decide(snapshot, GetParam().pod, {}, {&node, 1}, {});
  EXPECT_EQ(Explain(snapshot, GetParam().pod, {}, {}, decision, 0).terms[2].sentence,
            GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Data, DataSentenceTest,
    ::testing::Values(
        DataSentence{"Alone", Reads(SharePod(8_GiB), {"imagenet"}),
                     "120.0 GB of imagenet from the remote store: 600.0 s, behind 2.0 s of other "
                     "loads"},
        DataSentence{"ThereAlready", Reads(SharePod(8_GiB), {"laion"}),
                     "300.0 GB of laion from the local disk: 0.0 s"},
        DataSentence{"BesideAModel", Reads(Naming(""), {"laion", "imagenet"}),
                     "20.0 GB of fp16 from host memory: 1.0 s; 300.0 GB of laion from the local "
                     "disk: 0.0 s; 120.0 GB of imagenet from the remote store: 600.0 s, behind 2.0 "
                     "s of other loads"},
        DataSentence{"Unknown", Reads(SharePod(8_GiB), {"c4"}), "the catalog knows no dataset c4"},
        DataSentence{"SomeUnknown", Reads(SharePod(8_GiB), {"c4", "laion"}),
                     "300.0 GB of laion from the local disk: 0.0 s; the catalog knows no dataset "
                     "c4"}),
    CaseName);

// A term that has nothing to go by says so, and weighs nothing.
TEST(Explain, SilentTermsSayWhy) {
  const Snapshot snapshot = A().Gpu(80_GiB).Build();
  const cluster::NodeIndex node = 0;
  const Decision decision = Decide(snapshot, SharePod(8_GiB), {}, {&node, 1}, {});
  const NodeExplanation explanation = Explain(snapshot, SharePod(8_GiB), {}, {}, decision, 0);
  EXPECT_EQ(explanation.terms[1].sentence, "left out: nothing is measured");
  EXPECT_DOUBLE_EQ(explanation.terms[1].seconds(), 0);
  EXPECT_EQ(explanation.terms[2].sentence, "the pod names no model that the catalog knows");
}

}  // namespace
}  // namespace berth::core
