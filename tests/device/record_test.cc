#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "berth/device/read.h"
#include "testing/case_name.h"
#include "testing/golden.h"
#include "testing/objects.h"

namespace berth::device {
namespace {

using cluster::DeviceDemand;
using cluster::DeviceSet;
using cluster::DeviceShare;
using cluster::NodeFacts;
using cluster::PodRequest;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using tests::CaseName;
using tests::MatchesGolden;
using tests::Pod;

NodeFacts SharedNode(std::vector<std::string> ids) {
  NodeFacts node{.name = "gpu-a-1", .mode = cluster::NodeMode::kShared};
  for (std::string& id : ids) {
    node.devices.push_back({.id = std::move(id), .memory = 80_GiB});
  }
  return node;
}

PodRequest Request(DeviceDemand demand) {
  return {.ns = "ml", .name = "llm-0", .uid = "8f0c", .demand = std::move(demand)};
}

DeviceDemand Shares(int count) {
  return {.share = DeviceShare{.memory = 8_GiB, .cores = Percent(30), .count = count}};
}

Pod Bound(std::string allocation, std::string devices) {
  return Pod("llm-0")
      .Uid("8f0c")
      .On("gpu-a-1")
      .Annotation(std::string(kAllocation), std::move(allocation))
      .Annotation(std::string(kDevices), std::move(devices));
}

std::string Show(const kube::StringMap& annotations) {
  std::string text;
  for (const auto& [key, value] : annotations) {
    text += key + ": " + value + "\n";
  }
  return text;
}

TEST(WriteRecord, WritesAnnotationsThatOthersReadByteByByte) {
  const ClassTable classes = ClassTable::BuiltIn();
  const NodeFacts by_index = SharedNode({"0", "1", "2", "3"});
  const NodeFacts by_uuid = SharedNode({"GPU-1f2e", "GPU-77ab", "GPU-9000"});
  const auto id = [&](std::string_view resource) { return classes.Find(resource).value(); };

  std::string text = "# one share\n";
  text += Show(WriteRecord(Request(Shares(1)), by_index, DeviceSet(0b0001), classes));
  text += "# two shares, UUIDs known\n";
  text += Show(WriteRecord(Request(Shares(2)), by_uuid, DeviceSet(0b101), classes));
  text += "# memory alone\n";
  text += Show(WriteRecord(Request({.share = DeviceShare{.memory = MiB(1)}}), by_index,
                           DeviceSet(0b1000), classes));
  text += "# whole devices of two classes\n";
  text += Show(
      WriteRecord(Request({.whole = {{.device_class = id("nvidia.com/gpu"), .count = 2},
                                     {.device_class = id("nvidia.com/mig-1g.5gb"), .count = 1}}}),
                  NodeFacts{.name = "gpu-b-1", .mode = cluster::NodeMode::kWhole}, {}, classes));
  EXPECT_TRUE(MatchesGolden(text, "golden/device/annotations.txt"));
}

TEST(WriteRecord, APodWithoutDevicesHasNone) {
  EXPECT_THAT(WriteRecord(Request({}), SharedNode({"0"}), {}, ClassTable::BuiltIn()), IsEmpty());
}

TEST(WriteRecord, TheVariantOfTheModelIsInBothPlaces) {
  const ClassTable classes = ClassTable::BuiltIn();
  Pod bound = Pod("llm-0").Uid("8f0c").On("gpu-a-1");
  const NodeFacts node = SharedNode({"0"});
  PodRequest pod = Request(Shares(1));
  pod.uid = "8f0c";
  for (const auto& [key, value] :
       WriteRecord(pod, node, DeviceSet(1), classes,
                   ModelChoice{.model = "llama", .variant = "int8", .version = "2"})) {
    bound.Annotation(key, value);
  }
  const auto record = ReadRecord(bound);
  ASSERT_TRUE(record.ok()) << record.error().message;
  EXPECT_EQ(record->variant, "int8");
  EXPECT_EQ(record->model_version, "2");
  EXPECT_EQ(record->share.count, 1);

  kube::PodObject edited = bound;
  for (auto& [key, value] : edited.annotations) {
    if (key == kModelVariant) {
      value = "int4";
    }
  }
  EXPECT_THAT(ReadRecord(edited).error().message, StartsWith("annotation berth.dev/model-variant"));
}

TEST(DemandOnRecord, IsNoLessThanTheCatalogSays) {
  const PodRequest pod{.model = "llama", .demand_by_model = true, .model_devices = 2};
  const Record record{.devices = {"0", "1"},
                      .share = {.memory = 8_GiB, .cores = Percent(10), .count = 2},
                      .variant = "int8"};
  EXPECT_EQ(DemandOnRecord(pod, &record, nullptr), DeviceDemand{.share = record.share});
  cluster::Model model{.name = "llama"};
  model.variants.push_back({.name = "int8", .memory = 12_GiB, .cores = Percent(5)});
  const cluster::Catalog catalog({model}, "test");
  const DeviceShare share = *DemandOnRecord(pod, &record, &catalog).share;
  EXPECT_EQ(share.memory, 12_GiB);
  EXPECT_EQ(share.cores, Percent(10));
  EXPECT_EQ(share.count, 2);
  // Nothing to go by: the devices whole.
  EXPECT_TRUE(DemandOnRecord(pod, nullptr, &catalog).share->exclusive());
  EXPECT_EQ(DemandOnRecord(pod, nullptr, &catalog).share->count, 2);
}

TEST(WriteRecord, NamesAreEscaped) {
  PodRequest pod = Request(Shares(1));
  pod.uid = "a\"b\\c\n";
  const kube::StringMap annotations =
      WriteRecord(pod, SharedNode({"0"}), DeviceSet(1), ClassTable::BuiltIn());
  const std::string* record = kube::Find(annotations, kAllocation);
  ASSERT_NE(record, nullptr);
  EXPECT_THAT(*record, StartsWith(R"({"v":1,"uid":"a\"b\\c\u000a","node":)"));
}

TEST(ReadRecord, WithoutAnnotationsThereIsNoRecord) {
  const auto record = ReadRecord(Pod("llm-0").On("gpu-a-1"));
  ASSERT_FALSE(record.ok());
  EXPECT_EQ(record.error().code, ErrorCode::kNotFound);
}

TEST(ReadRecord, OfWholeDevicesNamesNone) {
  const auto record = ReadRecord(Pod("train-0").Uid("8f0c").On("gpu-b-1").Annotation(
      std::string(kAllocation),
      R"({"v":1,"uid":"8f0c","node":"gpu-b-1","whole":{"nvidia.com/gpu":2}})"));
  ASSERT_TRUE(record.ok()) << record.error().message;
  EXPECT_THAT(record->devices, IsEmpty());
}

TEST(ReadRecord, SkipsFieldsOfALaterVersion) {
  const auto record = ReadRecord(
      Bound(R"({"v":1,"uid":"8f0c","node":"gpu-a-1","later":{"name":"x"},"devices":["1","0"],)"
            R"("memoryMiB":0,"cores":0})",
            "1,0"));
  ASSERT_TRUE(record.ok()) << record.error().message;
  EXPECT_THAT(record->devices, ElementsAre("1", "0"));
}

// Whatever was written is read back as the same devices, from the annotations alone.
TEST(Record, ComesBackAsItWasWritten) {
  const ClassTable classes = ClassTable::BuiltIn();
  for (std::uint32_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto pick = [&](int low, int high) {
      return std::uniform_int_distribution<int>(low, high)(random);
    };
    const int device_count = pick(1, cluster::kMaxDevices);
    const bool uuids = pick(0, 1) == 1;
    std::vector<std::string> ids;
    for (int i = 0; i < device_count; ++i) {
      ids.push_back(uuids ? "GPU-" + std::to_string(random()) + "/" + std::to_string(i)
                          : std::to_string(i));
    }
    const NodeFacts node = SharedNode(ids);
    DeviceSet devices;
    const int wanted = pick(1, device_count);
    while (devices.size() < wanted) {
      devices.Add(pick(0, device_count - 1));
    }
    PodRequest pod = Request(
        {.share = DeviceShare{
             .memory = MiB(pick(0, 1 << 24)), .cores = Percent(pick(0, 100)), .count = wanted}});
    pod.uid = "uid-" + std::to_string(random());

    Pod bound = Pod("llm-0").Uid(pod.uid).On(node.name);
    for (const auto& [key, value] : WriteRecord(pod, node, devices, classes)) {
      bound.Annotation(key, value);
    }
    const auto record = ReadRecord(bound);
    ASSERT_TRUE(record.ok()) << record.error().message;
    const auto resolved = ResolveRecord(record->devices, node, pod.demand);
    ASSERT_TRUE(resolved.ok()) << resolved.error().message;
    EXPECT_EQ(*resolved, devices);
  }
}

struct ForgedCase {
  std::string name;
  std::string allocation;
  std::string devices;
  std::string complaint;  // begins with it
};

class ForgedRecord : public ::testing::TestWithParam<ForgedCase> {};

TEST_P(ForgedRecord, IsRefusedWithTheReason) {
  const auto record = ReadRecord(Bound(GetParam().allocation, GetParam().devices));
  ASSERT_FALSE(record.ok());
  EXPECT_EQ(record.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(record.error().message, StartsWith("annotation berth.dev/" + GetParam().complaint));
}

std::string Allocation(const std::string& devices, const std::string& uid = "8f0c",
                       const std::string& node = "gpu-a-1") {
  return R"({"v":1,"uid":")" + uid + R"(","node":")" + node + R"(","devices":)" + devices +
         R"(,"memoryMiB":8192,"cores":30})";
}

INSTANTIATE_TEST_SUITE_P(
    Edited, ForgedRecord,
    ::testing::Values(
        ForgedCase{"UidOfAnotherPod", Allocation(R"(["0"])", "beef"), "0",
                   "allocation: uid: written for another pod"},
        ForgedCase{"AnotherNode", Allocation(R"(["0"])", "8f0c", "gpu-a-2"), "0",
                   "allocation: node: written for another node"},
        ForgedCase{"DevicesAlone", Allocation(R"(["0"])"), "1",
                   "devices: differs from berth.dev/allocation"},
        ForgedCase{"DevicesMore", Allocation(R"(["0"])"), "0,1",
                   "devices: differs from berth.dev/allocation"},
        ForgedCase{"DevicesEmptied", Allocation(R"(["0"])"), "",
                   "devices: differs from berth.dev/allocation"},
        ForgedCase{"DevicesSpaced", Allocation(R"(["0","1"])"), "0, 1",
                   "devices: differs from berth.dev/allocation"},
        ForgedCase{"AllocationAlone", Allocation(R"(["1"])"), "0",
                   "devices: differs from berth.dev/allocation"},
        ForgedCase{"DevicesBesideWhole",
                   R"({"v":1,"uid":"8f0c","node":"gpu-a-1","whole":{"nvidia.com/gpu":1}})", "0",
                   "devices: differs from berth.dev/allocation"},
        ForgedCase{"EmptyDevicesBesideWhole",
                   R"({"v":1,"uid":"8f0c","node":"gpu-a-1","whole":{"nvidia.com/gpu":1}})", "",
                   "devices: differs from berth.dev/allocation"},
        ForgedCase{"AllOfThem", Allocation(R"(["all"])"), "all",
                   "allocation: devices: expected UUIDs or indices"},
        ForgedCase{"TwoIdsInOne", Allocation(R"(["0,1"])"), "0,1",
                   "allocation: devices: expected UUIDs or indices"}),
    CaseName);

std::string SeventeenIds() {
  std::string ids = R"(["0")";
  for (int i = 1; i < 17; ++i) {
    ids += ",\"" + std::to_string(i) + "\"";
  }
  return ids + "]";
}

INSTANTIATE_TEST_SUITE_P(
    Malformed, ForgedRecord,
    ::testing::Values(
        ForgedCase{"Empty", "", "0", "allocation: no JSON"},
        ForgedCase{"NoJson", "devices 0 and 1", "0", "allocation: no JSON"},
        ForgedCase{"CutOff", R"({"v":1,"uid":"8f0c")", "0", "allocation: no JSON"},
        ForgedCase{"AList", "[1]", "0", "allocation: expected an object"},
        ForgedCase{"Huge", "{\"v\":1,\"uid\":\"" + std::string(200'000, 'x') + "\"}", "0",
                   "allocation: 200016 bytes, at most 16384"},
        ForgedCase{"Deep", "{\"v\":" + std::string(8000, '[') + std::string(8000, ']') + "}", "0",
                   "allocation: no JSON"},
        ForgedCase{"NoVersion", R"({"uid":"8f0c","node":"gpu-a-1","devices":["0"]})", "0",
                   "allocation: v is missing"},
        ForgedCase{"LaterVersion", R"({"v":2})", "0",
                   "allocation: v: expected an integer from 1 to 1"},
        ForgedCase{"NoUid", R"({"v":1,"node":"gpu-a-1","devices":["0"]})", "0",
                   "allocation: uid is missing"},
        ForgedCase{"UidNoText", R"({"v":1,"uid":7})", "0", "allocation: uid: expected a string"},
        ForgedCase{"NoNode", R"({"v":1,"uid":"8f0c"})", "0", "allocation: node is missing"},
        ForgedCase{"NeitherDevicesNorWhole", R"({"v":1,"uid":"8f0c","node":"gpu-a-1"})", "0",
                   "allocation: expected either devices or whole"},
        ForgedCase{"BothDevicesAndWhole",
                   R"({"v":1,"uid":"8f0c","node":"gpu-a-1","devices":["0"],"whole":{}})", "0",
                   "allocation: expected either devices or whole"},
        ForgedCase{"KeyTwice",
                   R"({"v":1,"uid":"beef","uid":"8f0c","node":"gpu-a-1","devices":["0"]})", "0",
                   "allocation: field 'uid' is there twice"},
        ForgedCase{"NoDevices", Allocation("[]"), "",
                   "allocation: devices: expected a list of 1 to 16"},
        ForgedCase{"DevicesNoList", Allocation(R"("0")"), "0",
                   "allocation: devices: expected a list of 1 to 16"},
        ForgedCase{"DevicesNumbers", Allocation("[0]"), "0",
                   "allocation: devices[0]: expected a string"},
        ForgedCase{"TooManyDevices", Allocation(SeventeenIds()), "0",
                   "allocation: devices: expected a list of 1 to 16"},
        ForgedCase{"MemoryNoNumber",
                   R"({"v":1,"uid":"8f0c","node":"gpu-a-1","devices":["0"],"memoryMiB":"8Gi"})",
                   "0", "allocation: memoryMiB: expected an integer"},
        ForgedCase{"CoresMissing",
                   R"({"v":1,"uid":"8f0c","node":"gpu-a-1","devices":["0"],"memoryMiB":1})", "0",
                   "allocation: cores is missing"},
        ForgedCase{"WholeNoNumber",
                   R"({"v":1,"uid":"8f0c","node":"gpu-a-1","whole":{"nvidia.com/gpu":"2"}})", "0",
                   "allocation: whole.nvidia.com/gpu: expected an integer"}),
    CaseName);

TEST(ReadRecord, OneAnnotationOfTwoIsRefused) {
  const Pod allocation_only = Pod("p").Uid("8f0c").On("gpu-a-1").Annotation(
      std::string(kAllocation), Allocation(R"(["0"])"));
  const Pod devices_only = Pod("p").On("gpu-a-1").Annotation(std::string(kDevices), "0");
  EXPECT_EQ(ReadRecord(allocation_only).error(),
            InvalidArgument("annotation berth.dev/devices: differs from berth.dev/allocation"));
  EXPECT_EQ(ReadRecord(devices_only).error(),
            InvalidArgument("annotation berth.dev/devices: there is no berth.dev/allocation "
                            "beside it"));
}

struct ResolveCase {
  std::string name;
  std::vector<std::string> ids;
  int count;              // of shares that the pod asks for, 0: none
  std::string complaint;  // empty: resolves
  DeviceSet want;
};

class ResolveByIndex : public ::testing::TestWithParam<ResolveCase> {};
class ResolveByUuid : public ::testing::TestWithParam<ResolveCase> {};

void ExpectResolved(const ResolveCase& row, const NodeFacts& node) {
  const auto devices =
      ResolveRecord(row.ids, node, row.count > 0 ? Shares(row.count) : DeviceDemand{});
  EXPECT_EQ(devices.ok() ? "" : devices.error().message, row.complaint);
  if (devices.ok()) {
    EXPECT_EQ(*devices, row.want);
  }
}

TEST_P(ResolveByIndex, IsADeviceOfThisNode) {
  ExpectResolved(GetParam(), SharedNode({"0", "1", "2"}));
}

TEST_P(ResolveByUuid, IsADeviceOfThisNode) {
  ExpectResolved(GetParam(), SharedNode({"GPU-a", "GPU-b", "GPU-c"}));
}

INSTANTIATE_TEST_SUITE_P(
    Indices, ResolveByIndex,
    ::testing::Values(
        ResolveCase{"None", {}, 0, "", {}}, ResolveCase{"One", {"2"}, 1, "", DeviceSet(0b100)},
        ResolveCase{"AnyOrder", {"2", "0"}, 2, "", DeviceSet(0b101)},
        ResolveCase{"Twice", {"1", "1"}, 2, "device '1' is on record twice", {}},
        ResolveCase{"OneBeyond", {"3"}, 1, "node gpu-a-1 has no device '3'", {}},
        ResolveCase{"LeadingZero", {"01"}, 1, "node gpu-a-1 has no device '01'", {}},
        ResolveCase{"Negative", {"-1"}, 1, "node gpu-a-1 has no device '-1'", {}},
        ResolveCase{"BeyondInt", {"4294967296"}, 1, "node gpu-a-1 has no device '4294967296'", {}},
        ResolveCase{"Uuid", {"GPU-a"}, 1, "node gpu-a-1 has no device 'GPU-a'", {}},
        ResolveCase{"TooFew", {"0"}, 2, "1 devices on record, the pod asks for 2", {}},
        ResolveCase{"TooMany", {"0", "1"}, 1, "2 devices on record, the pod asks for 1", {}},
        ResolveCase{"NoShareAsked", {"0"}, 0, "1 devices on record, the pod asks for 0", {}}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Uuids, ResolveByUuid,
    ::testing::Values(
        ResolveCase{"One", {"GPU-b"}, 1, "", DeviceSet(0b010)},
        ResolveCase{"OtherCase", {"gpu-b"}, 1, "node gpu-a-1 has no device 'gpu-b'", {}},
        // Written before the UUIDs were known.
        ResolveCase{"IndexFromBefore", {"1"}, 1, "", DeviceSet(0b010)},
        ResolveCase{"SameDeviceBothWays", {"GPU-b", "1"}, 2, "device '1' is on record twice", {}}),
    CaseName);

TEST(ResolveRecord, ANodeThatIsNoLongerSharedHasNoSuchDevice) {
  EXPECT_FALSE(
      ResolveRecord({"0"}, NodeFacts{.name = "n", .mode = cluster::NodeMode::kInvalid}, Shares(1))
          .ok());
}

}  // namespace
}  // namespace berth::device
