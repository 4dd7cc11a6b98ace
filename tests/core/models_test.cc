// Decisions about pods that name a model.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "berth/core/decide.h"
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

PodRequest ModelPod(std::string variant = "", int devices = 0) {
  return {.ns = "ml",
          .name = "llm-0",
          .uid = "uid-of-llm-0",
          .model = "llama",
          .variant = std::move(variant),
          .demand_by_model = true,
          .model_devices = devices};
}

PodRequest Naming(PodRequest pod, std::string variant = "") {
  pod.model = "llama";
  pod.variant = std::move(variant);
  return pod;
}

// fp16 needs 24 GiB, int8 12 GiB, int4 8 GiB on each of two devices.
std::shared_ptr<const cluster::Catalog> Llama() {
  cluster::ModelVariant int4 = Variant("int4", Bytes(8'000'000'000), 8_GiB, 0.8);
  int4.devices = 2;
  return Models({Variant("int8", Bytes(10'000'000'000), 12_GiB, 0.95),
                 Variant("fp16", Bytes(20'000'000'000), 24_GiB, 1.0), int4});
}

struct Case {
  std::string name;
  MakeSnapshot node;
  PodRequest pod;
  Policy policy;
  Reason reason = Reason::kFits;
  std::string variant;  // that is chosen
};

class ModelTest : public ::testing::TestWithParam<Case> {};

TEST_P(ModelTest, TheBestVariantThatFitsIsChosen) {
  const Case& row = GetParam();
  const Snapshot snapshot = With(row.node.Build(), {.catalog = Llama()});
  const cluster::NodeIndex node = 0;
  const Decision decision = Decide(snapshot, row.pod, row.policy, {&node, 1}, {});
  EXPECT_EQ(Code(decision.nodes.front().reason), Code(row.reason));
  const cluster::ModelVariant* variant = decision.VariantOf(decision.nodes.front());
  if (row.reason == Reason::kFits) {
    EXPECT_EQ(variant == nullptr ? "" : variant->name, row.variant);
  }
}

MakeSnapshot Shared(MiB memory) { return MakeSnapshot().Node("a").Gpu(memory).Gpu(memory); }
MakeSnapshot Whole(int free) { return MakeSnapshot().Node("a").Whole(kGpu, 8, free); }

INSTANTIATE_TEST_SUITE_P(
    AModelAlone, ModelTest,
    ::testing::Values(
        Case{"BestQuality", Shared(80_GiB), ModelPod(), {}, Reason::kFits, "fp16"},
        Case{"NextBest", Shared(16_GiB), ModelPod(), {}, Reason::kFits, "int8"},
        Case{"OnTwoDevices", Shared(8_GiB), ModelPod(), {}, Reason::kFits, "int4"},
        Case{"NothingFits", Shared(4_GiB), ModelPod(), {}, Reason::kDeviceMemory, ""},
        Case{"NotGoodEnough",
             Shared(8_GiB),
             ModelPod(),
             {.min_quality = 0.9},
             Reason::kDeviceMemory,
             ""},
        Case{"NoneGoodEnough",
             Shared(80_GiB),
             ModelPod(),
             {.min_quality = 1.5},
             Reason::kVariantUnknown,
             ""},
        Case{"Pinned", Shared(80_GiB), ModelPod("int8"), {}, Reason::kFits, "int8"},
        // The pod has said so itself.
        Case{"PinnedBelowQuality",
             Shared(80_GiB),
             ModelPod("int4"),
             {.min_quality = 0.9},
             Reason::kFits,
             "int4"},
        Case{"PinnedToNothing", Shared(80_GiB), ModelPod("fp4"), {}, Reason::kVariantUnknown, ""},
        Case{"CountNamed", Shared(80_GiB), ModelPod("", 2), {}, Reason::kFits, "int4"},
        Case{"CountOfNoVariant", Shared(80_GiB), ModelPod("", 3), {}, Reason::kVariantTooLarge, ""},
        Case{"NoSharedDevices", Whole(8), ModelPod(), {}, Reason::kNoDevices, ""}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    WithItsOwnRequest, ModelTest,
    ::testing::Values(
        Case{"FitsTheRequest", Shared(80_GiB), Naming(SharePod(16_GiB)), {}, Reason::kFits, "int8"},
        Case{"RequestTooSmall",
             Shared(80_GiB),
             Naming(SharePod(4_GiB)),
             {},
             Reason::kVariantTooLarge,
             ""},
        Case{"PinnedTooLarge",
             Shared(80_GiB),
             Naming(SharePod(16_GiB), "fp16"),
             {},
             Reason::kVariantTooLarge,
             ""},
        Case{"WholeDevices", Whole(8), Naming(WholePod({{kGpu, 1}})), {}, Reason::kFits, "fp16"},
        Case{"TooFewWholeDevices",
             Whole(8),
             Naming(WholePod({{kGpu, 1}}), "int4"),
             {},
             Reason::kVariantTooLarge,
             ""}),
    CaseName);

TEST(Models, AnUnknownOneAloneIsRefused) {
  const Snapshot snapshot = Shared(80_GiB).Build();
  const cluster::NodeIndex node = 0;
  const Decision decision = Decide(snapshot, ModelPod(), {}, {&node, 1}, {});
  EXPECT_EQ(decision.nodes.front().reason, Reason::kModelUnknown);
}

// The catalog may lag behind; what the pod asks is known all the same.
TEST(Models, AnUnknownOneBesideARequestDocks) {
  const Snapshot snapshot = Shared(80_GiB).Build();
  const cluster::NodeIndex node = 0;
  const Decision decision = Decide(snapshot, Naming(SharePod(8_GiB)), {}, {&node, 1}, {});
  EXPECT_TRUE(decision.nodes.front().fits());
}

TEST(Models, AVariantGoesOnlyWhereItsAcceleratorsAre) {
  cluster::ModelVariant fp8 = Variant("fp8", Bytes(10'000'000'000), 12_GiB, 1.0);
  fp8.accelerators = {"h100"};
  cluster::ModelVariant int8 = Variant("int8", Bytes(10'000'000'000), 12_GiB, 0.9);
  const Snapshot snapshot = With(MakeSnapshot()
                                     .Node("a")
                                     .Product("NVIDIA-A100")
                                     .Gpu(80_GiB)
                                     .Node("h")
                                     .Product("NVIDIA-H100-80GB")
                                     .Gpu(80_GiB)
                                     .Build(),
                                 {.catalog = Models({fp8, int8})});
  const Decision decision = Decide(snapshot, ModelPod(), {}, AllNodes(snapshot), {});
  EXPECT_EQ(decision.VariantOf(decision.nodes[0])->name, "int8");
  EXPECT_EQ(decision.VariantOf(decision.nodes[1])->name, "fp8");
}

// Of two variants as good as each other the one that starts sooner there.
TEST(Models, EqualQualityIsDecidedByTheStart) {
  auto table = std::make_shared<cluster::WeightTable>();
  const Snapshot bare = MakeSnapshot().Node("a").Gpu(80_GiB).Node("b").Gpu(80_GiB).Build();
  table->names = bare.names_ptr();
  table->rates.emplace_back();
  table->copies["hf://org/llama#bf16"] = {
      {.node = 1, .tier = cluster::Tier::kHost, .bytes = Bytes(20'000'000'000)}};
  const Snapshot snapshot =
      With(bare, {.catalog = Models({Variant("fp16", Bytes(20'000'000'000), 24_GiB),
                                     Variant("bf16", Bytes(20'000'000'000), 24_GiB)}),
                  .weights = table});
  const Decision decision = Decide(snapshot, ModelPod(), {}, AllNodes(snapshot), {});
  EXPECT_EQ(decision.VariantOf(decision.nodes[0])->name, "fp16");
  EXPECT_EQ(decision.VariantOf(decision.nodes[1])->name, "bf16");
  EXPECT_EQ(decision.best, 1) << "where the weights are";
}

TEST(Models, TheDemandIsTheVariants) {
  const auto catalog = Llama();
  const cluster::ModelVariant& int4 = catalog->Find("llama")->variants[2];
  const cluster::DeviceDemand demand = DemandWith(ModelPod(), &int4);
  EXPECT_EQ(demand.share->memory, 8_GiB);
  EXPECT_EQ(demand.share->count, 2);
  EXPECT_EQ(DemandWith(SharePod(16_GiB), &int4), SharePod(16_GiB).demand);
}

// 100 GB of imagenet are on the disk of node b, and 500 s from the others.
Snapshot WithData() {
  const Snapshot bare =
      MakeSnapshot().Node("a").Gpu(80_GiB).Node("b").Gpu(80_GiB).Node("c").Gpu(80_GiB).Build();
  auto table = std::make_shared<cluster::WeightTable>();
  table->names = bare.names_ptr();
  table->rates.emplace_back();
  table->copies["s3://imagenet"] = {
      {.node = 1, .tier = cluster::Tier::kDisk, .bytes = Bytes(100'000'000'000)}};
  return With(
      bare, {.catalog = Models(
                 {Variant("fp16", Bytes(20'000'000'000), 24_GiB)},
                 {{.name = "imagenet", .source = "s3://imagenet", .size = Bytes(100'000'000'000)}}),
             .weights = table});
}

PodRequest Reads(PodRequest pod, std::vector<std::string> data) {
  pod.data = std::move(data);
  return pod;
}

TEST(Data, APodDocksWhereWhatItReadsIs) {
  const Snapshot snapshot = WithData();
  const std::vector<cluster::NodeIndex> all = AllNodes(snapshot);
  EXPECT_EQ(Decide(snapshot, SharePod(8_GiB), {}, all, {}).best, 0) << "by name";
  const Decision training = Decide(snapshot, Reads(SharePod(8_GiB), {"imagenet"}), {}, all, {});
  EXPECT_EQ(training.best, 1);
  EXPECT_EQ(training.fitting, 3U) << "it orders, it refuses nobody";
  EXPECT_EQ(Decide(snapshot, Reads(ModelPod(), {"imagenet"}), {}, all, {}).best, 1);
  // A profile that gives no weight to where things are.
  EXPECT_EQ(Decide(snapshot, Reads(SharePod(8_GiB), {"imagenet"}),
                   {.weights = {.model_placement = 0}}, all, {})
                .best,
            0);
}

// As a model that the catalog does not know, beside a request: the catalog may lag behind.
TEST(Data, UnknownRefusesNothing) {
  const Snapshot snapshot = WithData();
  const std::vector<cluster::NodeIndex> all = AllNodes(snapshot);
  const Decision unknown = Decide(snapshot, Reads(SharePod(8_GiB), {"laion"}), {}, all, {});
  EXPECT_EQ(unknown.fitting, 3U);
  EXPECT_EQ(unknown.best, 0);
  const Snapshot bare = Shared(80_GiB).Build();
  const cluster::NodeIndex node = 0;
  EXPECT_TRUE(Decide(bare, Reads(SharePod(8_GiB), {"laion"}), {}, {&node, 1}, {}).nodes[0].fits());
}

TEST(Data, AMemoServesPodsThatReadTheSame) {
  const Snapshot snapshot = WithData();
  const PodRequest pod = Reads(SharePod(8_GiB), {"imagenet"});
  const DecisionMemo memo(pod, {}, snapshot.outlook());
  EXPECT_TRUE(memo.Serves(pod, {}, snapshot.outlook()));
  EXPECT_FALSE(memo.Serves(SharePod(8_GiB), {}, snapshot.outlook()));
  EXPECT_FALSE(memo.Serves(Reads(SharePod(8_GiB), {"laion"}), {}, snapshot.outlook()));
}

// A memo must not carry a decision over to another catalog or other weights.
TEST(Models, AMemoEndsWithItsOutlook) {
  const Snapshot bare = Shared(16_GiB).Build();
  const Snapshot before = With(bare, {.catalog = Llama()});
  const Snapshot after =
      With(bare, {.catalog = Models({Variant("tiny", Bytes(1'000'000), 1_GiB)})});
  const DecisionMemo memo(ModelPod(), {}, before.outlook());
  EXPECT_TRUE(memo.Serves(ModelPod(), {}, before.outlook()));
  EXPECT_FALSE(memo.Serves(ModelPod(), {}, after.outlook()));
  EXPECT_FALSE(memo.Serves(ModelPod("int8"), {}, before.outlook()));
}

}  // namespace
}  // namespace berth::core
