// EffectiveRequests: the rule by which Kubernetes sums containers.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "berth/kube/objects.h"

namespace berth::kube {
namespace {

constexpr const char* kGpu = "nvidia.com/gpu";

Container Of(ContainerKind kind, std::int64_t cpu, std::int64_t gpus) {
  Container container;
  container.kind = kind;
  container.requests.cpu = Millicores(cpu);
  container.requests.memory = Bytes(cpu * 1000);
  if (gpus > 0) {
    container.requests.extended = {{kGpu, gpus}};
  }
  return container;
}
Container Init(std::int64_t cpu, std::int64_t gpus = 0) {
  return Of(ContainerKind::kInit, cpu, gpus);
}
Container Sidecar(std::int64_t cpu, std::int64_t gpus = 0) {
  return Of(ContainerKind::kSidecar, cpu, gpus);
}
Container Regular(std::int64_t cpu, std::int64_t gpus = 0) {
  return Of(ContainerKind::kRegular, cpu, gpus);
}

struct Case {
  std::string name;
  std::vector<Container> containers;
  std::int64_t cpu;
  std::int64_t gpus;
};
class RequestsTest : public testing::TestWithParam<Case> {};

TEST_P(RequestsTest, AreTheMostThatAnyMomentNeeds) {
  PodObject pod;
  pod.containers = GetParam().containers;
  const Resources requests = EffectiveRequests(pod);
  EXPECT_EQ(requests.cpu.count(), GetParam().cpu);
  EXPECT_EQ(requests.memory.count(), GetParam().cpu * 1000);
  EXPECT_EQ(requests.Extended(kGpu), GetParam().gpus);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, RequestsTest,
    testing::Values(
        Case{"NoContainers", {}, 0, 0}, Case{"One", {Regular(100, 1)}, 100, 1},
        Case{"RegularContainersAdd", {Regular(100, 1), Regular(50, 2)}, 150, 3},
        Case{"SmallInitIsFree", {Init(80, 1), Regular(100, 1)}, 100, 1},
        Case{"LargeInitDecides", {Init(300, 4), Regular(100, 1)}, 300, 4},
        Case{"InitsRunOneAfterTheOther", {Init(300), Init(200, 2), Regular(100, 1)}, 300, 2},
        Case{"SidecarAddsToTheRest", {Sidecar(50, 1), Regular(100, 1)}, 150, 2},
        Case{"InitAfterASidecarRunsBesideIt", {Sidecar(50, 1), Init(120, 3), Regular(100)}, 170, 4},
        Case{"InitBeforeASidecarDoesNot", {Init(120, 3), Sidecar(50, 1), Regular(60)}, 120, 3},
        Case{"EarlierSidecarsCount",
             {Sidecar(50), Sidecar(60), Init(100), Sidecar(70), Regular(10)},
             210,
             0},
        Case{"SidecarsAlone", {Sidecar(50, 1), Sidecar(60, 1)}, 110, 2}),
    [](const auto& row) { return row.param.name; });

TEST(EffectiveRequests, AddsTheOverhead) {
  PodObject pod;
  pod.containers = {Init(300), Regular(100)};
  pod.overhead.cpu = Millicores(7);
  pod.overhead.extended = {{"vendor.example/vm", 1}};
  const Resources requests = EffectiveRequests(pod);
  EXPECT_EQ(requests.cpu, Millicores(307));
  EXPECT_EQ(requests.Extended("vendor.example/vm"), 1);
}

TEST(EffectiveRequests, LetsPodLevelRequestsStandForCpuAndMemoryOnly) {
  PodObject pod;
  pod.containers = {Regular(100, 2)};
  pod.overhead.cpu = Millicores(7);
  pod.has_pod_level_requests = true;
  pod.pod_level_requests.cpu = Millicores(500);
  const Resources requests = EffectiveRequests(pod);
  EXPECT_EQ(requests.cpu, Millicores(507));
  EXPECT_EQ(requests.memory, Bytes(100'000)) << "not given, so the containers say";
  EXPECT_EQ(requests.Extended(kGpu), 2);
}

TEST(EffectiveRequests, SaturatesInsteadOfOverflowing) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  PodObject pod;
  pod.containers = {Of(ContainerKind::kRegular, 1, kMax), Of(ContainerKind::kRegular, 1, kMax)};
  pod.overhead.memory = Bytes(kMax);
  const Resources requests = EffectiveRequests(pod);
  EXPECT_EQ(requests.Extended(kGpu), kMax);
  EXPECT_EQ(requests.memory.count(), kMax);
}

TEST(EffectiveRequests, KeepsTheOrderInWhichResourcesAppear) {
  PodObject pod;
  pod.containers = {Regular(1), Regular(1)};
  pod.containers[0].requests.extended = {{"z/a", 1}, {"a/z", 2}};
  pod.containers[1].requests.extended = {{"m/m", 3}, {"z/a", 4}};
  const std::vector<std::pair<std::string, std::int64_t>> want = {
      {"z/a", 5}, {"a/z", 2}, {"m/m", 3}};
  EXPECT_EQ(EffectiveRequests(pod).extended, want);
}

TEST(Find, TellsAbsentFromEmpty) {
  const StringMap map = {{"a", ""}, {"b", "x"}};
  ASSERT_NE(Find(map, "a"), nullptr);
  EXPECT_EQ(*Find(map, "b"), "x");
  EXPECT_EQ(Find(map, "c"), nullptr);
}

}  // namespace
}  // namespace berth::kube
