#include "berth/observe/resources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "testing/golden.h"

namespace berth::observe {
namespace {

using berth::tests::MatchesGolden;

TEST(Resources, AtMostFiveSeriesForANodeInOrder) {
  const auto nodes = std::to_array<NodeResources>({
      {.node = "gpu-a-1",
       .memory_capacity = ToBytes(80_GiB),
       .memory_allocated = ToBytes(24_GiB),
       .devices = 1,
       .devices_allocated = 1,
       .load = 0.25},
      {.node = "gpu-b-1", .devices = 8, .devices_allocated = 9, .devices_overcommitted = 1},
  });
  EXPECT_TRUE(MatchesGolden(RenderResources(nodes), "golden/metrics/resources.txt"));
}

TEST(Resources, NoNodesIsAPageOfHeadersAlone) {
  const std::string page = RenderResources({});
  EXPECT_EQ(std::ranges::count(page, '\n'), 8);
  EXPECT_EQ(page.find('{'), std::string::npos);
}

TEST(Resources, ThreeSeriesForADeviceAndTwoWhereItsLoadIsNotKnown) {
  const auto nodes = std::to_array<NodeResources>({{.node = "gpu-0"}, {.node = "gpu-a-1"}});
  const auto devices = std::to_array<DeviceResources>({
      {.node = 1,
       .gpu = "GPU-5a",
       .memory_capacity = ToBytes(80_GiB),
       .memory_allocated = ToBytes(24_GiB),
       .load = 0.25},
      {.node = 1, .gpu = "b\"1", .memory_capacity = ToBytes(80_GiB)},
  });
  EXPECT_TRUE(MatchesGolden(RenderResources(nodes, devices), "golden/metrics/devices.txt"));
}

TEST(Resources, NodeNamesAreEscaped) {
  const auto nodes =
      std::to_array<NodeResources>({{.node = "a\"b\\c\nd", .devices_overcommitted = 1}});
  EXPECT_THAT(RenderResources(nodes),
              ::testing::HasSubstr(R"(berth_node_overcommitted_devices{node="a\"b\\c\nd"} 1)"));
}

}  // namespace
}  // namespace berth::observe
