#include "berth/cluster/demand.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "testing/case_name.h"

namespace berth::cluster {
namespace {

using tests::CaseName;

constexpr ClassId kGpu = 0;
constexpr Millicores kCores{1000};

struct PartsCase {
  std::string name;
  DeviceShare share;
  MiB device;
  int parts = 0;
};

class PartsTest : public ::testing::TestWithParam<PartsCase> {};

TEST_P(PartsTest, AreOfMemoryOrComputeWhicheverIsMore) {
  EXPECT_EQ(PartsOf(GetParam().share, GetParam().device), GetParam().parts);
}

INSTANTIATE_TEST_SUITE_P(
    Shares, PartsTest,
    ::testing::Values(PartsCase{"Memory", {.memory = 24_GiB}, 80_GiB, 30},
                      PartsCase{"Compute", {.memory = 8_GiB, .cores = Percent(25)}, 80_GiB, 25},
                      PartsCase{"ToTheNearest", {.memory = 1_GiB}, 3_GiB, 33},
                      PartsCase{"NeverNothing", {.memory = 1_MiB}, 80_GiB, 1},
                      PartsCase{"AllMemory", {.memory = 80_GiB}, 80_GiB, 100},
                      PartsCase{
                          "AllCompute", {.memory = 1_GiB, .cores = Percent(100)}, 80_GiB, 100},
                      PartsCase{"TooMuch", {.memory = 81_GiB}, 80_GiB, 101},
                      PartsCase{"UnknownMemory", {.cores = Percent(40)}, 0_GiB, 40}),
    CaseName);

KindCount Shared(std::string product, int devices, std::int64_t cores, std::int64_t nodes) {
  return {.kind = {.product = std::move(product),
                   .devices = devices,
                   .device_memory = 80_GiB,
                   .cpu = kCores * cores},
          .nodes = nodes};
}

ClassCount Shares(Percent cores, std::int64_t cpu, double count, int devices = 1) {
  return {.pods = {.demand = {.share = DeviceShare{.cores = cores, .count = devices}},
                   .cpu = kCores * cpu},
          .count = count};
}

ClassCount OnlyOn(std::string accelerator, ClassCount asked) {
  asked.pods.accelerators = {std::move(accelerator)};
  return asked;
}

TEST(Demand, OfNothingMakesOnlyWholeDevicesWorthAnything) {
  const Demand demand = DemandOf({}, {Shared("a", 8, 96, 1)});
  EXPECT_EQ(demand.pods, 0);
  EXPECT_EQ(demand.cpu_per_device, Millicores(0));
  ASSERT_EQ(demand.kinds.size(), 1U);
  EXPECT_EQ(demand.kinds[0].price, 0);
  EXPECT_EQ(demand.kinds[0].worth[kParts], 1);
  EXPECT_EQ(demand.kinds[0].worth[kParts - 1], 0);
}

TEST(Demand, CountsPodsAndTheCpuBesideADevice) {
  const Demand demand = DemandOf({Shares(Percent(100), 16, 1, 2), Shares(Percent(50), 4, 4)},
                                 {Shared("a", 8, 96, 1)});
  EXPECT_EQ(demand.pods, 5);
  ASSERT_EQ(demand.classes.size(), 2U);
  EXPECT_EQ(demand.classes[0].count, 4) << "the most frequent first";
  EXPECT_EQ(demand.cpu_per_device, kCores * 8) << "4 x 4 + 16 for 4 x 1/2 + 2";
}

struct PriceCase {
  std::string name;
  std::vector<ClassCount> asked;
  std::vector<double> prices;  // of 10 nodes "a" and 10 nodes "b", of 8 devices and 96 cores
};

class PriceTest : public ::testing::TestWithParam<PriceCase> {};

TEST_P(PriceTest, IsWhatIsAskedOfTheDevicesThatWillDo) {
  const Demand demand =
      DemandOf(GetParam().asked, {Shared("a", 8, 96, 10), Shared("b", 8, 192, 10)});
  ASSERT_EQ(demand.kinds.size(), GetParam().prices.size());
  for (std::size_t i = 0; i < demand.kinds.size(); ++i) {
    EXPECT_NEAR(demand.kinds[i].price, GetParam().prices[i], 1e-6) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, PriceTest,
    ::testing::Values(
        PriceCase{"AnyWillDo", {Shares(Percent(100), 8, 10)}, {0, 0}},
        PriceCase{"OnlyOneWillDo", {OnlyOn("a", Shares(Percent(100), 8, 10))}, {1, -1}},
        PriceCase{"HalfOfTheDemandIsChoosy",
                  {OnlyOn("a", Shares(Percent(100), 8, 10)), Shares(Percent(100), 8, 10)},
                  {0.5, -0.5}},
        // 24 cores beside each device: 4 of 8 are filled where there are 96 cores.
        PriceCase{"CpuFillsFewerDevices", {Shares(Percent(100), 24, 3)}, {-1 / 3., 1 / 3.}},
        PriceCase{"TooMuchCpuForOneKind", {Shares(Percent(100), 120, 1, 8)}, {-1, 1}},
        PriceCase{"NobodyCouldServeIt", {OnlyOn("c", Shares(Percent(100), 8, 10))}, {0, 0}}),
    CaseName);

TEST(Demand, WholeDevicesAreAskedOfNodesOfTheirClass) {
  const KindCount whole{
      .kind = {.product = "a", .whole = {{.device_class = kGpu, .count = 8}}, .cpu = kCores * 96},
      .nodes = 1};
  const ClassCount asked{
      .pods = {.demand = {.whole = {{.device_class = kGpu, .count = 4}}}, .cpu = kCores * 40},
      .count = 3};
  const Demand demand = DemandOf({asked}, {whole, Shared("b", 8, 96, 1)});
  EXPECT_EQ(demand.cpu_per_device, kCores * 10);
  EXPECT_NEAR(demand.kinds[0].price, 1, 1e-6);
  EXPECT_NEAR(demand.kinds[1].price, -1, 1e-6);
}

// The same share is more of a smaller device, so what is left there is worth something else.
TEST(Demand, AResidualIsWorthWhatGoesIntoItOnItsKindOfDevice) {
  KindCount small = Shared("b", 8, 96, 1);
  small.kind.device_memory = 40_GiB;
  const ClassCount asked{
      .pods = {.demand = {.share = DeviceShare{.memory = 20_GiB}}, .cpu = kCores}, .count = 10};
  const Demand demand = DemandOf({asked}, {Shared("a", 8, 96, 1), small});
  EXPECT_NEAR(demand.kinds[0].worth[25], 0.25, 1e-5);
  EXPECT_NEAR(demand.kinds[1].worth[25], 0, 1e-5);
  EXPECT_NEAR(demand.kinds[1].worth[50], 0.5, 1e-5);
}

}  // namespace
}  // namespace berth::cluster
