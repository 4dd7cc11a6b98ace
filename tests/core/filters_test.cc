#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "core/plugins.h"
#include "testing/case_name.h"
#include "testing/snapshot.h"

namespace berth::core {
namespace {

using cluster::NodeMode;
using cluster::PodRequest;
using cluster::Snapshot;
using tests::CaseName;
using tests::kGpu;
using tests::kTpu;
using tests::MakeSnapshot;
using tests::SharePod;
using tests::WholePod;

TEST(Filters, RunFromTheCheapestToTheDearest) {
  std::vector<std::string_view> names;
  for (const auto& filter : Filters()) {
    names.push_back(filter->name());
  }
  EXPECT_EQ(names, (std::vector<std::string_view>{"Requirement", "NodeMode", "Accelerator",
                                                  "DeviceRoom", "ModelMemory"}));
}

struct ModeCase {
  std::string name;
  NodeMode mode;
  Reason share;  // for a pod that asks a share
  Reason whole;  // for a pod that asks whole devices
};

class NodeModeTest : public ::testing::TestWithParam<ModeCase> {};

TEST_P(NodeModeTest, OffersTheNodeToWhomItServes) {
  const Snapshot snapshot = MakeSnapshot().Node("a").Mode(GetParam().mode).Build();
  EXPECT_EQ(Ask("NodeMode", snapshot, SharePod(1_GiB)), GetParam().share);
  EXPECT_EQ(Ask("NodeMode", snapshot, WholePod({{kGpu, 1}})), GetParam().whole);
}

INSTANTIATE_TEST_SUITE_P(
    All, NodeModeTest,
    ::testing::Values(
        ModeCase{"Absent", NodeMode::kAbsent, Reason::kNodeUnknown, Reason::kNodeUnknown},
        ModeCase{"None", NodeMode::kNone, Reason::kNoDevices, Reason::kNoDevices},
        ModeCase{"Whole", NodeMode::kWhole, Reason::kNoDevices, Reason::kFits},
        ModeCase{"Shared", NodeMode::kShared, Reason::kFits, Reason::kNoDevices},
        ModeCase{"Mixed", NodeMode::kMixed, Reason::kNodeMixed, Reason::kNodeMixed},
        ModeCase{"Invalid", NodeMode::kInvalid, Reason::kNodeInvalid, Reason::kNodeInvalid},
        ModeCase{"Foreign", NodeMode::kForeign, Reason::kNodeForeign, Reason::kNodeForeign}),
    CaseName);

struct RequirementCase {
  std::string name;
  cluster::RequirementSet wanted;
  cluster::RequirementSet met;
  Reason want;
};

class RequirementTest : public ::testing::TestWithParam<RequirementCase> {};

TEST_P(RequirementTest, IsMetWhole) {
  PodRequest pod = SharePod(1_GiB);
  pod.requirements = GetParam().wanted;
  const Snapshot snapshot = MakeSnapshot().Node("a").Meets(GetParam().met).Build();
  EXPECT_EQ(Ask("Requirement", snapshot, pod), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Sets, RequirementTest,
    ::testing::Values(RequirementCase{"None", 0, 0, Reason::kFits},
                      RequirementCase{"NoneThoughMet", 0, 0b11, Reason::kFits},
                      RequirementCase{"Met", 0b10, 0b11, Reason::kFits},
                      RequirementCase{"Unmet", 0b10, 0b01, Reason::kRequirement},
                      RequirementCase{"OneOfTwo", 0b11, 0b01, Reason::kRequirement}),
    CaseName);

struct AcceleratorCase {
  std::string name;
  std::vector<std::string> wanted;
  std::string product;
  Reason want;
};

class AcceleratorTest : public ::testing::TestWithParam<AcceleratorCase> {};

TEST_P(AcceleratorTest, MatchesWholeWordsOfTheProduct) {
  PodRequest pod = SharePod(1_GiB);
  pod.accelerators = GetParam().wanted;
  const Snapshot snapshot =
      MakeSnapshot().Node("other").Product("Other").Node("a").Product(GetParam().product).Build();
  EXPECT_EQ(Ask("Accelerator", snapshot, pod, 1), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Words, AcceleratorTest,
    ::testing::Values(
        AcceleratorCase{"NoWish", {}, "NVIDIA-H100-80GB-HBM3", Reason::kFits},
        AcceleratorCase{"Word", {"h100"}, "NVIDIA-H100-80GB-HBM3", Reason::kFits},
        AcceleratorCase{"FirstWord", {"nvidia"}, "NVIDIA-H100-80GB-HBM3", Reason::kFits},
        AcceleratorCase{"LastWord", {"hbm3"}, "NVIDIA-H100-80GB-HBM3", Reason::kFits},
        AcceleratorCase{"SeveralWords", {"a100-sxm4"}, "NVIDIA-A100-SXM4-80GB", Reason::kFits},
        AcceleratorCase{"TheWholeProduct", {"nvidia-l4"}, "NVIDIA-L4", Reason::kFits},
        AcceleratorCase{"Underscore", {"mi300x"}, "Instinct_MI300X", Reason::kFits},
        AcceleratorCase{"EitherOfTwo", {"h200", "h100"}, "NVIDIA-H100-PCIe", Reason::kFits},
        AcceleratorCase{"WordThatGoesOn", {"h100"}, "NVIDIA-H1000", Reason::kAccelerator},
        AcceleratorCase{"WordThatBeginsBefore", {"100"}, "NVIDIA-H100", Reason::kAccelerator},
        AcceleratorCase{"L4IsNoL40", {"l4"}, "NVIDIA-L40S", Reason::kAccelerator},
        AcceleratorCase{"LaterOccurrence", {"l4"}, "NVIDIA-L40S-L4", Reason::kFits},
        AcceleratorCase{"AnotherModel", {"h100"}, "NVIDIA-A100-SXM4-80GB", Reason::kAccelerator},
        AcceleratorCase{"UnknownProduct", {"h100"}, "", Reason::kAccelerator}),
    CaseName);

TEST(AcceleratorTest, HoldsForWholeDevicesToo) {
  PodRequest pod = WholePod({{kGpu, 1}});
  pod.accelerators = {"h100"};
  const Snapshot snapshot = MakeSnapshot()
                                .Node("a")
                                .Product("NVIDIA-A100-SXM4-80GB")
                                .Whole(kGpu, 8, 8)
                                .Node("b")
                                .Product("NVIDIA-H100-80GB-HBM3")
                                .Whole(kGpu, 8, 8)
                                .Build();
  EXPECT_EQ(Ask("Accelerator", snapshot, pod, 0), Reason::kAccelerator);
  EXPECT_EQ(Ask("Accelerator", snapshot, pod, 1), Reason::kFits);
}

struct RoomCase {
  std::string name;
  Snapshot snapshot;
  PodRequest pod;
  Reason want;
};

class DeviceRoomTest : public ::testing::TestWithParam<RoomCase> {};

TEST_P(DeviceRoomTest, NamesWhatIsMissing) {
  EXPECT_EQ(Ask("DeviceRoom", GetParam().snapshot, GetParam().pod), GetParam().want);
}

MakeSnapshot A() { return MakeSnapshot().Node("a"); }

INSTANTIATE_TEST_SUITE_P(
    Memory, DeviceRoomTest,
    ::testing::Values(
        RoomCase{"ExactFit", A().Gpu(8_GiB).Build(), SharePod(8_GiB), Reason::kFits},
        RoomCase{"OneMiBOver", A().Gpu(8_GiB).Build(), SharePod(MiB(8193)), Reason::kDeviceMemory},
        RoomCase{"ExactRest", A().Gpu(8_GiB).Held(5_GiB).Build(), SharePod(3_GiB), Reason::kFits},
        RoomCase{"OneMiBOverTheRest", A().Gpu(8_GiB).Held(5_GiB).Build(), SharePod(MiB(3073)),
                 Reason::kDeviceMemory},
        RoomCase{"OnlyTheSecondHasRoom", A().Gpu(8_GiB).Held(8_GiB).Gpu(8_GiB).Build(),
                 SharePod(8_GiB), Reason::kFits},
        RoomCase{"SumOfTwoIsNotOne", A().Gpu(8_GiB).Gpu(8_GiB).Build(), SharePod(16_GiB),
                 Reason::kDeviceMemory},
        RoomCase{"UnhealthyDoesNotCount", A().Gpu(80_GiB).Unhealthy().Gpu(8_GiB).Build(),
                 SharePod(16_GiB), Reason::kDeviceMemory},
        RoomCase{"NoHealthyDevice", A().Gpu(80_GiB).Unhealthy().Build(), SharePod(1_GiB),
                 Reason::kDevices}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Cores, DeviceRoomTest,
    ::testing::Values(
        RoomCase{"ExactFit", A().Gpu(8_GiB).Held(1_GiB, Percent(70)).Build(),
                 SharePod(1_GiB, Percent(30)), Reason::kFits},
        RoomCase{"OneOver", A().Gpu(8_GiB).Held(1_GiB, Percent(70)).Build(),
                 SharePod(1_GiB, Percent(31)), Reason::kDeviceCores},
        RoomCase{"NoneAskedNoneNeeded", A().Gpu(8_GiB).Held(1_GiB, Percent(99)).Build(),
                 SharePod(1_GiB), Reason::kFits},
        RoomCase{"CoresAlone", A().Gpu(8_GiB).Held(8_GiB).Build(), SharePod(MiB(0), Percent(10)),
                 Reason::kFits},
        // Memory on one device, cores on another: each has one of them.
        RoomCase{"NotOnOneDevice",
                 A().Gpu(8_GiB).Held(8_GiB).Gpu(8_GiB).Held(1_GiB, Percent(90)).Build(),
                 SharePod(4_GiB, Percent(50)), Reason::kDeviceCores},
        RoomCase{"BothMissingNamesMemory", A().Gpu(8_GiB).Held(8_GiB, Percent(90)).Build(),
                 SharePod(4_GiB, Percent(50)), Reason::kDeviceMemory}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Exclusive, DeviceRoomTest,
    ::testing::Values(RoomCase{"Pristine", A().Gpu(8_GiB).Build(), SharePod(MiB(0), Percent(100)),
                               Reason::kFits},
                      // Somebody who asked memory alone is on it.
                      RoomCase{"SomebodyIsOnIt", A().Gpu(8_GiB).Held(MiB(1)).Build(),
                               SharePod(MiB(0), Percent(100)), Reason::kDeviceCores},
                      RoomCase{"NobodyBesideIt", A().Gpu(8_GiB).Held(MiB(1), Percent(100)).Build(),
                               SharePod(MiB(1)), Reason::kDeviceMemory},
                      RoomCase{"AlmostAllIsNotExclusive", A().Gpu(8_GiB).Held(MiB(1)).Build(),
                               SharePod(MiB(1), Percent(99)), Reason::kFits}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Count, DeviceRoomTest,
    ::testing::Values(RoomCase{"ExactlyAsMany", A().Gpu(8_GiB).Gpu(8_GiB).Build(),
                               SharePod(8_GiB, Percent(100), 2), Reason::kFits},
                      RoomCase{"OneTooFew", A().Gpu(8_GiB).Gpu(8_GiB).Build(),
                               SharePod(8_GiB, Percent(100), 3), Reason::kDevices},
                      RoomCase{"OneIsUnhealthy", A().Gpu(8_GiB).Gpu(8_GiB).Unhealthy().Build(),
                               SharePod(8_GiB, Percent(100), 2), Reason::kDevices},
                      RoomCase{"OneIsFull", A().Gpu(8_GiB).Gpu(8_GiB).Held(1_GiB).Build(),
                               SharePod(8_GiB, Percent(0), 2), Reason::kDeviceMemory},
                      RoomCase{"OneIsBusy",
                               A().Gpu(8_GiB).Gpu(8_GiB).Held(1_GiB, Percent(60)).Build(),
                               SharePod(1_GiB, Percent(50), 2), Reason::kDeviceCores}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Whole, DeviceRoomTest,
    ::testing::Values(
        RoomCase{"Exact", A().Whole(kGpu, 8, 2).Build(), WholePod({{kGpu, 2}}), Reason::kFits},
        RoomCase{"OneOver", A().Whole(kGpu, 8, 2).Build(), WholePod({{kGpu, 3}}), Reason::kDevices},
        RoomCase{"NoneLeft", A().Whole(kGpu, 8, 0).Build(), WholePod({{kGpu, 1}}),
                 Reason::kDevices},
        RoomCase{"BeyondCapacity", A().Whole(kGpu, 8, -1).Build(), WholePod({{kGpu, 1}}),
                 Reason::kDevices},
        RoomCase{"AnotherClass", A().Whole(kTpu, 8, 8).Build(), WholePod({{kGpu, 1}}),
                 Reason::kNoDevices},
        RoomCase{"BothClasses", A().Whole(kGpu, 8, 1).Whole(kTpu, 4, 4).Build(),
                 WholePod({{kGpu, 1}, {kTpu, 4}}), Reason::kFits},
        RoomCase{"SecondClassIsShort", A().Whole(kGpu, 8, 8).Whole(kTpu, 4, 3).Build(),
                 WholePod({{kGpu, 1}, {kTpu, 4}}), Reason::kDevices},
        RoomCase{"LastOfFourClasses",
                 A().Whole(10, 1, 1).Whole(20, 1, 1).Whole(30, 1, 1).Whole(40, 1, 1).Build(),
                 WholePod({{40, 1}}), Reason::kFits},
        RoomCase{"Absurd", A().Whole(kGpu, 8, 8).Build(), WholePod({{kGpu, INT32_MAX}}),
                 Reason::kDevices}),
    CaseName);

}  // namespace
}  // namespace berth::core
