#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "berth/device/read.h"
#include "berth/device/write.h"
#include "testing/case_name.h"
#include "testing/objects.h"

namespace berth::device {
namespace {

using cluster::NodeFacts;
using cluster::NodeMode;
using cluster::WholeDevices;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using tests::CaseName;
using tests::Node;

// Every node that is read here is also written, and read again to the same.
NodeFacts Read(const kube::NodeObject& node) {
  const ClassTable classes = ClassTable::BuiltIn();
  NodeFacts facts = ReadNode(node, classes);
  EXPECT_EQ(ReadNode(WriteNode(facts, WordsOf(node, classes, {})), classes), facts);
  return facts;
}

WholeDevices Whole(std::string_view resource, std::int32_t count) {
  return {.device_class = ClassTable::BuiltIn().Find(resource).value(), .count = count};
}

// A node with eight 80 GiB GPUs as GPU feature discovery labels it.
Node Labelled(std::string product = "NVIDIA-A100-SXM4-80GB") {
  return Node("n")
      .Label("nvidia.com/gpu.product", std::move(product))
      .Label("nvidia.com/gpu.memory", "81920")
      .Label("nvidia.com/gpu.count", "8");
}

Node Native() { return Node("n").Label("berth.dev/sharing", "native"); }

Node Overridden(std::string json) {
  return Native().Annotation("berth.dev/device-override", std::move(json));
}

TEST(ReadNode, ARackIsWhatTheConfiguredLabelSays) {
  const kube::NodeObject node = Node("n").Label("example.com/rack", "r7");
  const ClassTable classes = ClassTable::BuiltIn();
  EXPECT_EQ(ReadNode(node, classes, "example.com/rack").rack, "r7");
  EXPECT_EQ(ReadNode(node, classes, "topology.berth.dev/rack").rack, "");
  EXPECT_EQ(ReadNode(node, classes).rack, "");
}

TEST(WordsOf, AreWhatReadNodeReadsAndNothingElse) {
  const std::vector<std::string> more = {"example.com/rack"};
  const NodeWords words = WordsOf(Node("n")
                                      .Label("berth.dev/sharing", "native")
                                      .Label("kubernetes.io/hostname", "n")
                                      .Label("topology.kubernetes.io/zone", "z1")
                                      .Label("nvidia.com/gpu.product", "NVIDIA-L4")
                                      .Label("nvidia.com/cuda.driver.major", "570")
                                      .Label("example.com/rack", "r7")
                                      .Annotation("hami.io/node-nvidia-register", "GPU-1,10,...")
                                      .Annotation("kubeadm.alpha.kubernetes.io/cri-socket", "x")
                                      .Has("nvidia.com/gpu", 8)
                                      .Has("aliyun.com/gpu-mem", 0)
                                      .Has("hugepages.example.com/1Gi", 4),
                                  ClassTable::BuiltIn(), more);
  EXPECT_THAT(
      words.labels,
      ElementsAre(Pair("berth.dev/sharing", "native"), Pair("topology.kubernetes.io/zone", "z1"),
                  Pair("nvidia.com/gpu.product", "NVIDIA-L4"), Pair("example.com/rack", "r7")));
  EXPECT_THAT(words.annotations, ElementsAre(Pair("hami.io/node-nvidia-register", "")));
  EXPECT_THAT(words.allocatable, ElementsAre(Pair("nvidia.com/gpu", 8)));
  EXPECT_THAT(words.capacity, ElementsAre(Pair("nvidia.com/gpu", 8)));
}

TEST(ReadNode, KeepsWhatTheDecisionNeedsOfTheNodeItself) {
  kube::NodeObject node = Node("n").Label("topology.kubernetes.io/zone", "z1");
  node.allocatable.cpu = Millicores(8000);
  node.allocatable.memory = Bytes(1 << 30);
  node.allocatable.pods = 110;
  node.ready = true;
  node.unschedulable = true;
  node.prefer_no_schedule = true;
  const NodeFacts facts = Read(node);
  EXPECT_EQ(facts, (NodeFacts{.name = "n",
                              .zone = "z1",
                              .cpu = Millicores(8000),
                              .memory = Bytes(1 << 30),
                              .pods = 110,
                              .ready = true,
                              .unschedulable = true,
                              .prefer_no_schedule = true}));
}

TEST(ReadNodeWhole, CountsWhatIsAllocatableNotWhatIsThere) {
  const NodeFacts facts =
      Read(Labelled().Has("nvidia.com/gpu", 8).Allocatable("nvidia.com/gpu", 7));
  EXPECT_EQ(facts.mode, NodeMode::kWhole);
  EXPECT_THAT(facts.whole, ElementsAre(Whole("nvidia.com/gpu", 7)));
  EXPECT_EQ(facts.product, "NVIDIA-A100-SXM4-80GB");
  EXPECT_EQ(facts.whole_memory, 80_GiB);
  EXPECT_THAT(facts.devices, IsEmpty());
  EXPECT_EQ(facts.problem, "");
}

TEST(ReadNodeWhole, WithoutAKnownDeviceThatMayBeUsedTheNodeHasNone) {
  EXPECT_EQ(Read(Node("n")).mode, NodeMode::kNone);
  EXPECT_EQ(Read(Node("n").Has("example.com/nic", 4)).mode, NodeMode::kNone);
  EXPECT_EQ(Read(Labelled().Has("nvidia.com/gpu", 8).Allocatable("nvidia.com/gpu", 0)).mode,
            NodeMode::kNone);
}

TEST(ReadNodeWhole, ListsClassesInTheOrderOfTheTable) {
  const auto one_way = Read(Node("n").Has("nvidia.com/mig-1g.5gb", 7).Has("nvidia.com/gpu", 4));
  const auto other_way = Read(Node("n").Has("nvidia.com/gpu", 4).Has("nvidia.com/mig-1g.5gb", 7));
  EXPECT_THAT(one_way.whole,
              ElementsAre(Whole("nvidia.com/gpu", 4), Whole("nvidia.com/mig-1g.5gb", 7)));
  EXPECT_EQ(one_way, other_way);
}

TEST(ReadNodeWhole, OffersAtMostFourClassesAndSaysSo) {
  const NodeFacts facts = Read(Node("n")
                                   .Has("nvidia.com/mig-1g.5gb", 1)
                                   .Has("nvidia.com/mig-1g.10gb", 1)
                                   .Has("nvidia.com/mig-2g.10gb", 1)
                                   .Has("nvidia.com/mig-3g.20gb", 1)
                                   .Has("nvidia.com/gpu", 1));
  EXPECT_EQ(facts.mode, NodeMode::kWhole);
  EXPECT_THAT(facts.whole, SizeIs(cluster::kMaxClasses));
  EXPECT_EQ(facts.problem, "only 4 of 5 kinds of devices are offered");
}

TEST(ReadNodeWhole, AnAbsurdCountStaysWithinARow) {
  const NodeFacts facts = Read(Node("n").Has("nvidia.com/gpu", INT64_MAX));
  EXPECT_THAT(facts.whole, ElementsAre(Whole("nvidia.com/gpu", INT16_MAX)));
}

struct LabelCase {
  std::string name;
  Node node;
  std::string product;
  MiB memory;
};

class WholeLabels : public ::testing::TestWithParam<LabelCase> {};

TEST_P(WholeLabels, TellProductAndMemory) {
  const NodeFacts facts = Read(GetParam().node);
  EXPECT_EQ(facts.mode, NodeMode::kWhole);
  EXPECT_EQ(facts.product, GetParam().product);
  EXPECT_EQ(facts.whole_memory, GetParam().memory);
}

INSTANTIATE_TEST_SUITE_P(
    Nvidia, WholeLabels,
    ::testing::Values(
        LabelCase{"NoLabels", Node("n").Has("nvidia.com/gpu", 8), "", MiB(0)},
        LabelCase{"TimeSliced",
                  Labelled("NVIDIA-A100-SXM4-80GB-SHARED")
                      .Label("nvidia.com/gpu.replicas", "4")
                      .Has("nvidia.com/gpu", 32),
                  "NVIDIA-A100-SXM4-80GB", 20_GiB},
        LabelCase{"TimeSlicedUnderItsOwnName",
                  Labelled().Label("nvidia.com/gpu.replicas", "4").Has("nvidia.com/gpu.shared", 32),
                  "NVIDIA-A100-SXM4-80GB", 20_GiB},
        LabelCase{"ReplicasZeroMeansOne",
                  Labelled().Label("nvidia.com/gpu.replicas", "0").Has("nvidia.com/gpu", 8),
                  "NVIDIA-A100-SXM4-80GB", 80_GiB},
        LabelCase{"MigSingle",
                  Node("n")
                      .Label("nvidia.com/gpu.product", "NVIDIA-A100-SXM4-40GB-MIG-1g.5gb-SHARED")
                      .Label("nvidia.com/gpu.memory", "4864")
                      .Label("nvidia.com/gpu.count", "7")
                      .Has("nvidia.com/gpu", 7),
                  "NVIDIA-A100-SXM4-40GB", MiB(4864)},
        LabelCase{"MigInvalid",
                  Node("n")
                      .Label("nvidia.com/gpu.product", "NVIDIA-A100-SXM4-40GB-MIG-INVALID")
                      .Label("nvidia.com/gpu.memory", "0")
                      .Label("nvidia.com/gpu.count", "0")
                      .Label("nvidia.com/gpu.replicas", "0")
                      .Has("nvidia.com/gpu", 7),
                  "", MiB(0)},
        LabelCase{"MigMixed",
                  Node("n")
                      .Label("nvidia.com/mig-3g.20gb.product", "NVIDIA-A100-SXM4-40GB-MIG-3g.20gb")
                      .Label("nvidia.com/mig-3g.20gb.memory", "19968")
                      .Label("nvidia.com/mig-3g.20gb.count", "2")
                      .Has("nvidia.com/mig-3g.20gb", 2),
                  "NVIDIA-A100-SXM4-40GB", MiB(19968)},
        LabelCase{"OneUnhealthyIsNoContradiction",
                  Labelled().Has("nvidia.com/gpu", 8).Allocatable("nvidia.com/gpu", 7),
                  "NVIDIA-A100-SXM4-80GB", 80_GiB},
        // The labels of a node with two models are those of either, at random.
        LabelCase{"CountContradictsCapacity", Labelled().Has("nvidia.com/gpu", 10), "", MiB(0)},
        LabelCase{"ReplicasContradictCapacity",
                  Labelled().Label("nvidia.com/gpu.replicas", "2").Has("nvidia.com/gpu", 8), "",
                  MiB(0)},
        LabelCase{"ReplicasMalformed",
                  Labelled().Label("nvidia.com/gpu.replicas", "two").Has("nvidia.com/gpu", 8), "",
                  MiB(0)},
        LabelCase{"ImpliedCountOverflows",
                  Node("n")
                      .Label("nvidia.com/gpu.product", "A100")
                      .Label("nvidia.com/gpu.memory", "81920")
                      .Label("nvidia.com/gpu.count", "9223372036854775807")
                      .Label("nvidia.com/gpu.replicas", "9223372036854775807")
                      .Has("nvidia.com/gpu", 1),
                  "", MiB(0)},
        LabelCase{"MemoryMalformed",
                  Node("n")
                      .Label("nvidia.com/gpu.product", "A100")
                      .Label("nvidia.com/gpu.memory", "80G")
                      .Has("nvidia.com/gpu", 8),
                  "A100", MiB(0)}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Others, WholeLabels,
    ::testing::Values(
        // "192G" may stand for 191.5 GiB.
        LabelCase{"Amd",
                  Node("n")
                      .Label("amd.com/gpu.product-name", "Instinct_MI300X")
                      .Label("amd.com/gpu.vram", "192G")
                      .Has("amd.com/gpu", 8),
                  "Instinct_MI300X", MiB(192 * 1024 - 512)},
        // Two models: only counted forms of the labels are there.
        LabelCase{"AmdWithTwoModels",
                  Node("n").Label("amd.com/gpu.vram.64G", "2").Has("amd.com/gpu", 4), "", MiB(0)},
        LabelCase{
            "IntelPublishesTheSum",
            Node("n").Label("gpu.intel.com/memory.max", "51539607552").Has("gpu.intel.com/i915", 4),
            "", 12_GiB},
        LabelCase{"Tpu",
                  Node("n")
                      .Label("cloud.google.com/gke-tpu-accelerator", "tpu-v6e-slice")
                      .Label("cloud.google.com/gke-accelerator-count", "4")
                      .Has("google.com/tpu", 4),
                  "tpu-v6e-slice", MiB(0)},
        LabelCase{"ClassesThatDisagree",
                  Labelled().Has("nvidia.com/gpu", 8).Has("habana.ai/gaudi", 8), "", MiB(0)},
        LabelCase{"ClassesThatAgreeOnTheProduct",
                  Labelled()
                      .Label("nvidia.com/mig-1g.10gb.product", "NVIDIA-A100-SXM4-80GB-MIG-1g.10gb")
                      .Label("nvidia.com/mig-1g.10gb.memory", "9728")
                      .Has("nvidia.com/gpu", 8)
                      .Has("nvidia.com/mig-1g.10gb", 7),
                  "NVIDIA-A100-SXM4-80GB", MiB(0)}),
    CaseName);

TEST(ReadNodeShared, LearnsDevicesFromTheVendorsLabels) {
  const NodeFacts facts = Read(Labelled().Label("berth.dev/sharing", "native"));
  EXPECT_EQ(facts.mode, NodeMode::kShared);
  EXPECT_EQ(facts.problem, "");
  EXPECT_EQ(facts.product, "NVIDIA-A100-SXM4-80GB");
  EXPECT_EQ(facts.device_class, ClassTable::BuiltIn().Find("nvidia.com/gpu"));
  ASSERT_THAT(facts.devices, SizeIs(8));
  EXPECT_EQ(facts.devices[0], (cluster::Device{.id = "0", .memory = 80_GiB}));
  EXPECT_EQ(facts.devices[7], (cluster::Device{.id = "7", .memory = 80_GiB}));
  EXPECT_THAT(facts.whole, IsEmpty());
}

TEST(ReadNodeShared, AWholeResourceOfZeroIsNoContradiction) {
  EXPECT_EQ(Read(Labelled().Label("berth.dev/sharing", "native").Has("nvidia.com/gpu", 0)).mode,
            NodeMode::kShared);
}

TEST(ReadNodeShared, TheOverrideStandsBeforeTheLabels) {
  const NodeFacts facts =
      Read(Labelled()
               .Label("berth.dev/sharing", "native")
               .Annotation("berth.dev/device-override",
                           R"({"product":"NVIDIA-L4","count":2,"memoryMiB":23034})"));
  EXPECT_EQ(facts.mode, NodeMode::kShared);
  EXPECT_EQ(facts.product, "NVIDIA-L4");
  EXPECT_THAT(facts.devices, ElementsAre(cluster::Device{.id = "0", .memory = MiB(23034)},
                                         cluster::Device{.id = "1", .memory = MiB(23034)}));
}

TEST(ReadNodeShared, TheOverrideMayNameEachDevice) {
  const NodeFacts facts = Read(Overridden(
      R"({"product":"x","class":"amd.com/gpu","devices":[{"id":"GPU-1f2e","memoryMiB":81920,"healthy":true},
          {"id":"GPU-77","memoryMiB":40960,"healthy":false},{"memoryMiB":1}]})"));
  EXPECT_EQ(facts.mode, NodeMode::kShared) << facts.problem;
  EXPECT_EQ(facts.device_class, ClassTable::BuiltIn().Find("amd.com/gpu"));
  EXPECT_THAT(facts.devices,
              ElementsAre(cluster::Device{.id = "GPU-1f2e", .memory = 80_GiB},
                          cluster::Device{.id = "GPU-77", .memory = 40_GiB, .healthy = false},
                          cluster::Device{.id = "2", .memory = MiB(1)}));
}

struct RefusedCase {
  std::string name;
  Node node;
  NodeMode mode;
  std::string problem;
};

class RefusedNode : public ::testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedNode, SaysWhyAndHasNoDevices) {
  const NodeFacts facts = Read(GetParam().node);
  EXPECT_EQ(facts.mode, GetParam().mode);
  EXPECT_EQ(facts.problem, GetParam().problem);
  EXPECT_THAT(facts.devices, IsEmpty());
  EXPECT_THAT(facts.whole, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Mixed, RefusedNode,
    ::testing::Values(
        RefusedCase{"NativeAndWhole",
                    Labelled().Label("berth.dev/sharing", "native").Has("nvidia.com/gpu", 8),
                    NodeMode::kMixed,
                    "label berth.dev/sharing: native, yet it advertises 8 nvidia.com/gpu"},
        RefusedCase{"NativeAndHami",
                    Labelled()
                        .Label("berth.dev/sharing", "native")
                        .Annotation("hami.io/node-nvidia-register", "[]"),
                    NodeMode::kMixed,
                    "label berth.dev/sharing: native, yet annotation "
                    "hami.io/node-nvidia-register: HAMi hands out the node's devices"},
        RefusedCase{"NativeAndGpushare",
                    Labelled().Label("berth.dev/sharing", "native").Has("aliyun.com/gpu-mem", 640),
                    NodeMode::kMixed,
                    "label berth.dev/sharing: native, yet capacity aliyun.com/gpu-mem: gpushare "
                    "hands out the node's devices"}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Foreign, RefusedNode,
    ::testing::Values(
        RefusedCase{"HamiNvidia",
                    Labelled()
                        .Annotation("hami.io/node-nvidia-register", "GPU-1,10,81920,...:")
                        .Has("nvidia.com/gpu", 80),
                    NodeMode::kForeign,
                    "annotation hami.io/node-nvidia-register: HAMi hands out the node's devices"},
        RefusedCase{"HamiAscend", Node("n").Annotation("hami.io/node-register-Ascend910B3", "[]"),
                    NodeMode::kForeign,
                    "annotation hami.io/node-register-Ascend910B3: HAMi hands out the node's "
                    "devices"},
        RefusedCase{"Gpushare", Node("n").Has("aliyun.com/gpu-mem", 640), NodeMode::kForeign,
                    "capacity aliyun.com/gpu-mem: gpushare hands out the node's devices"},
        RefusedCase{"Volcano", Node("n").Annotation("volcano.sh/node-vgpu-register", "x"),
                    NodeMode::kForeign,
                    "annotation volcano.sh/node-vgpu-register: Volcano hands out the node's "
                    "devices"},
        RefusedCase{"Koordinator", Node("n").Has("koordinator.sh/gpu-core", 800),
                    NodeMode::kForeign,
                    "capacity koordinator.sh/gpu-core: Koordinator hands out the node's devices"}),
    CaseName);

TEST(ReadNode, AHandshakeOrAnEmptyCapacityIsNobodysClaim) {
  EXPECT_EQ(Read(Node("n").Annotation("hami.io/node-handshake", "Deleted")).mode, NodeMode::kNone);
  EXPECT_EQ(Read(Node("n").Has("aliyun.com/gpu-mem", 0)).mode, NodeMode::kNone);
}

INSTANTIATE_TEST_SUITE_P(
    Invalid, RefusedNode,
    ::testing::Values(
        RefusedCase{"LabelOfAnotherWord",
                    Labelled().Label("berth.dev/sharing", "Native").Has("nvidia.com/gpu", 8),
                    NodeMode::kInvalid, "label berth.dev/sharing: 'Native' is not 'native'"},
        RefusedCase{"NothingSaysWhatItHas", Native(), NodeMode::kInvalid,
                    "neither labels nor annotation berth.dev/device-override say which devices "
                    "the node has"},
        RefusedCase{"NoMemoryLabel", Native().Label("nvidia.com/gpu.count", "8"),
                    NodeMode::kInvalid, "label nvidia.com/gpu.memory is no positive amount"},
        RefusedCase{"ZeroMemory",
                    Native().Label("nvidia.com/gpu.count", "8").Label("nvidia.com/gpu.memory", "0"),
                    NodeMode::kInvalid, "label nvidia.com/gpu.memory is no positive amount"},
        RefusedCase{
            "AbsurdMemory",
            Native().Label("nvidia.com/gpu.count", "8").Label("nvidia.com/gpu.memory", "16777217"),
            NodeMode::kInvalid, "label nvidia.com/gpu.memory is no positive amount"},
        RefusedCase{"NoCount",
                    Native().Label("nvidia.com/gpu.count", "").Label("nvidia.com/gpu.memory", "1"),
                    NodeMode::kInvalid, "label nvidia.com/gpu.count is no positive number"},
        RefusedCase{
            "NegativeCount",
            Native().Label("nvidia.com/gpu.count", "-1").Label("nvidia.com/gpu.memory", "1"),
            NodeMode::kInvalid, "label nvidia.com/gpu.count is no positive number"},
        RefusedCase{
            "TooManyDevices",
            Native().Label("nvidia.com/gpu.count", "17").Label("nvidia.com/gpu.memory", "1"),
            NodeMode::kInvalid, "label nvidia.com/gpu.count: 17 devices, at most 16 can be shared"},
        RefusedCase{
            "Partitions",
            Labelled("NVIDIA-A100-SXM4-80GB-MIG-1g.10gb").Label("berth.dev/sharing", "native"),
            NodeMode::kInvalid,
            "label nvidia.com/gpu.product: 'NVIDIA-A100-SXM4-80GB-MIG-1g.10gb' is a "
            "partition, only undivided devices can be shared"}),
    CaseName);

TEST(ReadNodeShared, SixteenDevicesAreNotTooMany) {
  const NodeFacts facts =
      Read(Native().Label("nvidia.com/gpu.count", "16").Label("nvidia.com/gpu.memory", "1"));
  EXPECT_EQ(facts.mode, NodeMode::kShared);
  EXPECT_THAT(facts.devices, SizeIs(16));
}

struct OverrideCase {
  std::string name;
  std::string json;
  std::string complaint;  // begins with it
};

class MalformedOverride : public ::testing::TestWithParam<OverrideCase> {};

TEST_P(MalformedOverride, NamesTheFieldAndIsNeverReadHalf) {
  const NodeFacts facts = Read(Overridden(GetParam().json));
  EXPECT_EQ(facts.mode, NodeMode::kInvalid);
  EXPECT_THAT(facts.problem, ::testing::StartsWith("annotation berth.dev/device-override: " +
                                                   GetParam().complaint));
  EXPECT_THAT(facts.devices, IsEmpty());
  EXPECT_EQ(facts.product, "");
}

std::string SeventeenDevices() {
  std::string json = R"({"devices":[{"memoryMiB":1})";
  for (int i = 1; i < 17; ++i) {
    json += R"(,{"memoryMiB":1})";
  }
  return json + "]}";
}

INSTANTIATE_TEST_SUITE_P(
    Json, MalformedOverride,
    ::testing::Values(OverrideCase{"Empty", "", "no JSON"},
                      OverrideCase{"Words", "eight A100", "no JSON"},
                      OverrideCase{"CutOff", R"({"product":"x","count":8,"memoryMiB":819)",
                                   "no JSON"},
                      OverrideCase{"SomethingBehind", R"({"count":8,"memoryMiB":8} {})", "no JSON"},
                      OverrideCase{"AList", "[]", "expected an object"},
                      OverrideCase{"Null", "null", "expected an object"},
                      OverrideCase{"BadUtf8", "{\"product\":\"\xff\"}", "no JSON"},
                      OverrideCase{"Deep", std::string(5000, '['), "no JSON"},
                      OverrideCase{"Huge", "{\"product\":\"" + std::string(20000, 'x') + "\"}",
                                   "20014 bytes, at most 16384"}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Fields, MalformedOverride,
    ::testing::Values(
        OverrideCase{"Nothing", "{}", "count is missing"},
        OverrideCase{"NoMemory", R"({"product":"x","count":8})", "memoryMiB is missing"},
        OverrideCase{"NoCount", R"({"product":"x","memoryMiB":8})", "count is missing"},
        OverrideCase{"ProductNoText", R"({"product":7,"count":8,"memoryMiB":8})",
                     "product: expected a string"},
        OverrideCase{"CountZero", R"({"count":0,"memoryMiB":8})",
                     "count: expected an integer from 1 to 16"},
        OverrideCase{"CountTooLarge", R"({"count":17,"memoryMiB":8})",
                     "count: expected an integer from 1 to 16"},
        OverrideCase{"CountNegative", R"({"count":-8,"memoryMiB":8})",
                     "count: expected an integer from 1 to 16"},
        OverrideCase{"CountFraction", R"({"count":8.0,"memoryMiB":8})",
                     "count: expected an integer from 1 to 16"},
        OverrideCase{"CountText", R"({"count":"8","memoryMiB":8})",
                     "count: expected an integer from 1 to 16"},
        OverrideCase{"CountNull", R"({"count":null,"memoryMiB":8})",
                     "count: expected an integer from 1 to 16"},
        OverrideCase{"MemoryZero", R"({"count":8,"memoryMiB":0})",
                     "memoryMiB: expected an integer from 1 to 16777216"},
        OverrideCase{"MemoryTooLarge", R"({"count":8,"memoryMiB":16777217})",
                     "memoryMiB: expected an integer from 1 to 16777216"},
        OverrideCase{"MemoryBeyond64Bits", R"({"count":8,"memoryMiB":99999999999999999999})", ""},
        OverrideCase{"UnknownField", R"({"count":8,"memoryMiB":8,"memoryGiB":8})",
                     "memoryGiB is no known field"},
        OverrideCase{"FieldTwice", R"({"count":8,"memoryMiB":8,"count":4})",
                     "field 'count' is there twice"},
        OverrideCase{"BothForms", R"({"count":8,"memoryMiB":8,"devices":[{"memoryMiB":8}]})",
                     "count is no known field"},
        OverrideCase{"UnknownClass", R"({"class":"nvidia.com/gpux","count":8,"memoryMiB":8})",
                     "class: 'nvidia.com/gpux' is no known device class"}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Devices, MalformedOverride,
    ::testing::Values(
        OverrideCase{"None", R"({"devices":[]})", "devices: expected a list of 1 to 16"},
        OverrideCase{"NoList", R"({"devices":{}})", "devices: expected a list of 1 to 16"},
        OverrideCase{"TooMany", SeventeenDevices(), "devices: expected a list of 1 to 16"},
        OverrideCase{"NotObjects", R"({"devices":[{"memoryMiB":8},"GPU-1"]})",
                     "devices[1]: expected an object"},
        OverrideCase{"NoMemory", R"({"devices":[{"memoryMiB":8},{"id":"GPU-1"}]})",
                     "devices[1].memoryMiB is missing"},
        OverrideCase{"UnknownField", R"({"devices":[{"memoryMiB":8,"helthy":false}]})",
                     "devices[0].helthy is no known field"},
        OverrideCase{"HealthyNoFlag", R"({"devices":[{"memoryMiB":8,"healthy":"no"}]})",
                     "devices[0].healthy: expected true or false"},
        OverrideCase{"SameIdTwice",
                     R"({"devices":[{"id":"G","memoryMiB":8},{"id":"G","memoryMiB":8}]})",
                     "devices[1].id: another device has it"},
        OverrideCase{"IndexOfAnother", R"({"devices":[{"id":"1","memoryMiB":8}]})",
                     "devices[0].id: expected a UUID or the device's own index"},
        OverrideCase{"IdWithComma", R"({"devices":[{"id":"G,H","memoryMiB":8}]})",
                     "devices[0].id: expected a UUID or the device's own index"},
        OverrideCase{"EmptyId", R"({"devices":[{"id":"","memoryMiB":8}]})",
                     "devices[0].id: expected a UUID or the device's own index"},
        // NVIDIA_VISIBLE_DEVICES=all would hand out every device.
        OverrideCase{"IdThatMeansAll", R"({"devices":[{"id":"all","memoryMiB":8}]})",
                     "devices[0].id: expected a UUID or the device's own index"}),
    CaseName);

}  // namespace
}  // namespace berth::device
