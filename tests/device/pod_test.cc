#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "berth/device/read.h"
#include "berth/device/write.h"
#include "testing/case_name.h"
#include "testing/objects.h"

namespace berth::device {
namespace {

using cluster::DeviceShare;
using cluster::PodFault;
using cluster::PodRequest;
using cluster::WholeDevices;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using tests::CaseName;
using tests::Pod;

constexpr kube::ContainerKind kInit = kube::ContainerKind::kInit;
constexpr kube::ContainerKind kSidecar = kube::ContainerKind::kSidecar;

bool IsNegative(const kube::Container& container) {
  return std::ranges::any_of(container.requests.extended,
                             [](const auto& resource) { return resource.second < 0; });
}

// Every pod that is read here is also written, and read again to the same; but for negative
// amounts, which no JSON brings.
PodRequest Read(const kube::PodObject& pod) {
  const ClassTable classes = ClassTable::BuiltIn();
  PodRequest request = ReadPod(pod, classes);
  if (std::ranges::none_of(pod.containers, IsNegative)) {
    EXPECT_EQ(ReadPod(WritePod(request, classes), classes), request);
  }
  return request;
}

WholeDevices Whole(std::string_view resource, std::int32_t count) {
  return {.device_class = ClassTable::BuiltIn().Find(resource).value(), .count = count};
}

TEST(ReadPod, KeepsWhatTheDecisionNeedsOfThePodItself) {
  kube::PodObject object = Pod("p").Uid("u-1").Container();
  object.priority = -7;
  object.containers[0].requests.cpu = Millicores(500);
  object.containers[0].requests.memory = Bytes(1 << 20);
  const PodRequest pod = Read(object);
  EXPECT_EQ(pod.ns, "ml");
  EXPECT_EQ(pod.name, "p");
  EXPECT_EQ(pod.uid, "u-1");
  EXPECT_EQ(pod.priority, -7);
  EXPECT_EQ(pod.cpu, Millicores(500));
  EXPECT_EQ(pod.memory, Bytes(1 << 20));
  EXPECT_TRUE(pod.demand.empty());
  EXPECT_EQ(pod.fault, PodFault::kNone);
  EXPECT_FALSE(pod.soft_constraints);
}

TEST(ReadPod, ItsOwnAndTheDefaultPreferencesAreSoftConstraints) {
  EXPECT_TRUE(Read(Pod("p").SoftConstraints()).soft_constraints);
  EXPECT_TRUE(Read(Pod("p").DefaultSpread()).soft_constraints);
}

struct ShareCase {
  std::string name;
  Pod pod;
  DeviceShare want;
};

class ReadShare : public ::testing::TestWithParam<ShareCase> {};

TEST_P(ReadShare, IsWhatEachDeviceGives) {
  const PodRequest pod = Read(GetParam().pod);
  EXPECT_EQ(pod.fault, PodFault::kNone);
  EXPECT_EQ(pod.demand.share, GetParam().want);
  EXPECT_THAT(pod.demand.whole, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    One, ReadShare,
    ::testing::Values(
        ShareCase{"MemoryAlone",
                  Pod("p").Asks(std::string(kGpuMemory), 8192),
                  {.memory = 8_GiB, .count = 1}},
        ShareCase{"CoresAlone",
                  Pod("p").Asks(std::string(kGpuCores), 30),
                  {.cores = Percent(30), .count = 1}},
        ShareCase{"All",
                  Pod("p")
                      .Asks(std::string(kGpuMemory), 8192)
                      .Asks(std::string(kGpuCores), 30)
                      .Asks(std::string(kGpuCount), 4),
                  {.memory = 8_GiB, .cores = Percent(30), .count = 4}},
        ShareCase{"MemoryZeroNamed",
                  Pod("p").Asks(std::string(kGpuMemory), 0).Asks(std::string(kGpuCores), 100),
                  {.cores = Percent(100), .count = 1}},
        ShareCase{"Largest",
                  Pod("p")
                      .Asks(std::string(kGpuMemory), 1 << 24)
                      .Asks(std::string(kGpuCores), 100)
                      .Asks(std::string(kGpuCount), 16),
                  {.memory = cluster::kMaxDeviceMemory, .cores = Percent(100), .count = 16}}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Many, ReadShare,
    ::testing::Values(
        // All containers see the same devices: amounts add up on each, the largest count is meant.
        ShareCase{"ContainersSideBySide",
                  Pod("p")
                      .Asks(std::string(kGpuMemory), 8192)
                      .Asks(std::string(kGpuCount), 2)
                      .Container()
                      .Asks(std::string(kGpuMemory), 4096)
                      .Asks(std::string(kGpuCores), 10)
                      .Asks(std::string(kGpuCount), 4),
                  {.memory = 12_GiB, .cores = Percent(10), .count = 4}},
        ShareCase{"InitContainerRunsBefore",
                  Pod("p")
                      .Container(kInit)
                      .Asks(std::string(kGpuMemory), 16384)
                      .Container()
                      .Asks(std::string(kGpuMemory), 8192),
                  {.memory = 16_GiB, .count = 1}},
        ShareCase{"SidecarRunsBeside",
                  Pod("p")
                      .Container(kSidecar)
                      .Asks(std::string(kGpuMemory), 1024)
                      .Container()
                      .Asks(std::string(kGpuMemory), 8192),
                  {.memory = 9_GiB, .count = 1}},
        ShareCase{"CountOnTheInitContainerOnly",
                  Pod("p")
                      .Container(kInit)
                      .Asks(std::string(kGpuCount), 2)
                      .Container()
                      .Asks(std::string(kGpuMemory), 8192),
                  {.memory = 8_GiB, .count = 2}}),
    CaseName);

TEST(ReadPod, CountsWholeDevicesByClassInTheOrderOfTheTable) {
  const PodRequest pod = Read(Pod("p")
                                  .Asks("nvidia.com/mig-1g.5gb", 1)
                                  .Asks("nvidia.com/gpu", 2)
                                  .Container()
                                  .Asks("nvidia.com/gpu", 1));
  EXPECT_THAT(pod.demand.whole,
              ElementsAre(Whole("nvidia.com/gpu", 3), Whole("nvidia.com/mig-1g.5gb", 1)));
  EXPECT_EQ(pod.fault, PodFault::kNone);
}

TEST(ReadPod, AsksForNothingWhenAllAmountsAreZero) {
  const PodRequest pod = Read(Pod("p")
                                  .Asks("nvidia.com/gpu", 0)
                                  .Asks(std::string(kGpuMemory), 0)
                                  .Asks(std::string(kGpuCores), 0)
                                  .Asks(std::string(kGpuCount), 0));
  EXPECT_TRUE(pod.demand.empty());
  EXPECT_EQ(pod.fault, PodFault::kNone);
}

TEST(ReadPod, OtherPluginsResourcesAreTheirBusiness) {
  const PodRequest pod =
      Read(Pod("p").Asks("rdma/hca", 1).Asks("nvidia.com/gpumem", 3000).Asks("example.com/nic", 1));
  EXPECT_TRUE(pod.demand.empty());
  EXPECT_EQ(pod.fault, PodFault::kNone);
}

TEST(ReadPod, AnAbsurdAmountOfDevicesFitsNowhereInsteadOfWrappingAround) {
  const PodRequest pod = Read(
      Pod("p").Asks("nvidia.com/gpu", INT64_MAX).Container().Asks("nvidia.com/gpu", INT64_MAX));
  EXPECT_THAT(pod.demand.whole, ElementsAre(Whole("nvidia.com/gpu", INT32_MAX)));
}

struct FaultCase {
  std::string name;
  Pod pod;
  PodFault want;
};

class ReadFault : public ::testing::TestWithParam<FaultCase> {};

TEST_P(ReadFault, IsWhatCannotBeHonoured) {
  EXPECT_EQ(Read(GetParam().pod).fault, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Resources, ReadFault,
    ::testing::Values(
        FaultCase{"MemoryNegative", Pod("p").Asks(std::string(kGpuMemory), -1),
                  PodFault::kMemoryInvalid},
        FaultCase{"MemoryNegativeBesideMore",
                  Pod("p")
                      .Asks(std::string(kGpuMemory), -1)
                      .Container()
                      .Asks(std::string(kGpuMemory), 8192),
                  PodFault::kMemoryInvalid},
        FaultCase{"MemoryOneOver", Pod("p").Asks(std::string(kGpuMemory), (1 << 24) + 1),
                  PodFault::kMemoryInvalid},
        FaultCase{"MemorySaturates",
                  Pod("p")
                      .Asks(std::string(kGpuMemory), INT64_MAX)
                      .Container()
                      .Asks(std::string(kGpuMemory), INT64_MAX),
                  PodFault::kMemoryInvalid},
        FaultCase{"CoresNegative", Pod("p").Asks(std::string(kGpuCores), -1),
                  PodFault::kCoresInvalid},
        FaultCase{"CoresOneOver", Pod("p").Asks(std::string(kGpuCores), 101),
                  PodFault::kCoresInvalid},
        FaultCase{
            "CoresOverTogether",
            Pod("p").Asks(std::string(kGpuCores), 60).Container().Asks(std::string(kGpuCores), 60),
            PodFault::kCoresInvalid},
        FaultCase{"CountNegative",
                  Pod("p").Asks(std::string(kGpuMemory), 1).Asks(std::string(kGpuCount), -1),
                  PodFault::kCountInvalid},
        FaultCase{"CountZeroBesideMemory",
                  Pod("p").Asks(std::string(kGpuMemory), 1).Asks(std::string(kGpuCount), 0),
                  PodFault::kCountInvalid},
        FaultCase{"CountOneOver",
                  Pod("p").Asks(std::string(kGpuMemory), 1).Asks(std::string(kGpuCount), 17),
                  PodFault::kCountInvalid},
        FaultCase{"CountAlone", Pod("p").Asks(std::string(kGpuCount), 2), PodFault::kCountAlone},
        FaultCase{"CountBesideZeroes",
                  Pod("p")
                      .Asks(std::string(kGpuCount), 2)
                      .Asks(std::string(kGpuMemory), 0)
                      .Asks(std::string(kGpuCores), 0),
                  PodFault::kCountAlone},
        FaultCase{"WholeAndShared",
                  Pod("p").Asks("nvidia.com/gpu", 1).Container().Asks(std::string(kGpuMemory), 1),
                  PodFault::kWholeAndShared},
        // kube-scheduler ignores all of berth.dev: nobody else would notice the misspelling.
        FaultCase{"Misspelt", Pod("p").Asks("berth.dev/gpu-mem", 8192), PodFault::kResourceUnknown},
        FaultCase{"TooManyClasses",
                  Pod("p")
                      .Asks("nvidia.com/gpu", 1)
                      .Asks("amd.com/gpu", 1)
                      .Asks("google.com/tpu", 1)
                      .Asks("habana.ai/gaudi", 1)
                      .Asks("gpu.intel.com/xe", 1),
                  PodFault::kTooManyClasses},
        FaultCase{"AsManyClassesAsANodeHas",
                  Pod("p")
                      .Asks("nvidia.com/gpu", 1)
                      .Asks("amd.com/gpu", 1)
                      .Asks("google.com/tpu", 1)
                      .Asks("habana.ai/gaudi", 1),
                  PodFault::kNone}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Annotations, ReadFault,
    ::testing::Values(
        FaultCase{"AcceleratorsEmpty", Pod("p").Annotation(std::string(kAccelerators), ""),
                  PodFault::kAcceleratorsInvalid},
        FaultCase{"AcceleratorsBlank", Pod("p").Annotation(std::string(kAccelerators), " \t"),
                  PodFault::kAcceleratorsInvalid},
        FaultCase{"AcceleratorsEmptyName",
                  Pod("p").Annotation(std::string(kAccelerators), "H100,,A100"),
                  PodFault::kAcceleratorsInvalid},
        FaultCase{"AcceleratorsTrailingComma",
                  Pod("p").Annotation(std::string(kAccelerators), "H100,"),
                  PodFault::kAcceleratorsInvalid},
        FaultCase{"AcceleratorsTooMany",
                  Pod("p").Annotation(std::string(kAccelerators),
                                      [] {
                                        std::string text = "x";
                                        for (int i = 0; i < 64; ++i) {
                                          text += ",x";
                                        }
                                        return text;
                                      }()),
                  PodFault::kAcceleratorsInvalid},
        FaultCase{"ModelAlone", Pod("p").Annotation(std::string(kModel), "llama-3-8b"),
                  PodFault::kNone},
        FaultCase{"ModelWithoutName", Pod("p").Annotation(std::string(kModel), "@int8"),
                  PodFault::kModelInvalid},
        FaultCase{"ModelWithoutVariant", Pod("p").Annotation(std::string(kModel), "llama@"),
                  PodFault::kModelInvalid},
        FaultCase{"ModelWithTwoVariants", Pod("p").Annotation(std::string(kModel), "llama@a@b"),
                  PodFault::kModelInvalid},
        FaultCase{"ModelWithSpace", Pod("p").Annotation(std::string(kModel), "llama 3"),
                  PodFault::kModelInvalid},
        FaultCase{"ModelEmpty", Pod("p").Annotation(std::string(kModel), ""),
                  PodFault::kModelInvalid},
        FaultCase{"ModelAndItsDeviceCount",
                  Pod("p").Annotation(std::string(kModel), "llama").Asks(std::string(kGpuCount), 2),
                  PodFault::kNone},
        FaultCase{"ModelBesideDevices",
                  Pod("p").Annotation(std::string(kModel), "llama-3-8b").Asks("nvidia.com/gpu", 1),
                  PodFault::kNone},
        FaultCase{"Data", Pod("p").Annotation(std::string(kData), "imagenet"), PodFault::kNone},
        FaultCase{"DataEmpty", Pod("p").Annotation(std::string(kData), ""), PodFault::kDataInvalid},
        FaultCase{"DataWithEmptyName", Pod("p").Annotation(std::string(kData), "imagenet,"),
                  PodFault::kDataInvalid},
        FaultCase{"DataWithSpace", Pod("p").Annotation(std::string(kData), "image net"),
                  PodFault::kDataInvalid},
        FaultCase{"DataOfEight", Pod("p").Annotation(std::string(kData), "a,b,c,d,e,f,g,h"),
                  PodFault::kNone},
        FaultCase{"DataOfNine", Pod("p").Annotation(std::string(kData), "a,b,c,d,e,f,g,h,i"),
                  PodFault::kDataInvalid},
        // The first fault in the order of the list stands.
        FaultCase{
            "ResourcesBeforeAnnotations",
            Pod("p").Annotation(std::string(kAccelerators), "").Asks(std::string(kGpuCores), 101),
            PodFault::kCoresInvalid}),
    CaseName);

TEST(ReadPod, AcceleratorsAreTrimmedAndInLowerCase) {
  EXPECT_THAT(
      Read(Pod("p").Annotation(std::string(kAccelerators), " H100 ,\tNVIDIA-A100-SXM4-80GB"))
          .accelerators,
      ElementsAre("h100", "nvidia-a100-sxm4-80gb"));
  EXPECT_THAT(Read(Pod("p")).accelerators, IsEmpty());
}

TEST(ReadPod, DataAreTrimmedAndEachNamedOnce) {
  EXPECT_THAT(Read(Pod("p").Annotation(std::string(kData), " imagenet , Laion,imagenet")).data,
              ElementsAre("imagenet", "Laion"));
  EXPECT_THAT(Read(Pod("p")).data, IsEmpty());
}

// A faulty pod docks nowhere through Berth; bound by others it must still be charged.
TEST(ReadPod, AFaultyDemandIsBroughtIntoRange) {
  const PodRequest pod = Read(Pod("p")
                                  .Asks(std::string(kGpuMemory), INT64_MAX)
                                  .Asks(std::string(kGpuCores), 1000)
                                  .Asks(std::string(kGpuCount), 99));
  EXPECT_EQ(pod.demand.share,
            (DeviceShare{.memory = cluster::kMaxDeviceMemory, .cores = Percent(100), .count = 16}));
  const PodRequest negative =
      Read(Pod("p").Asks(std::string(kGpuMemory), -5).Asks(std::string(kGpuCores), 5));
  EXPECT_EQ(negative.demand.share, (DeviceShare{.cores = Percent(5), .count = 1}));
}

}  // namespace
}  // namespace berth::device
