#include <gtest/gtest.h>

#include "telemetry/pages.h"

namespace berth::telemetry {
namespace {

TEST(Amd, TheFirstPartitionSpeaksForTheDevice) {
  const Readings readings = Scraped("amd-exporter").ReadFile("amd.txt");
  ASSERT_EQ(readings.devices.size(), 2U);
  EXPECT_EQ(readings.devices[0].id, "ccff74a1-0000-1000-80e0-c6d49f5b0d86");
  EXPECT_EQ(readings.devices[0].node, "tw038");
  EXPECT_EQ(readings.devices[0].pod, "serve-0");
  EXPECT_DOUBLE_EQ(readings.devices[0].utilisation, 0.42);
  EXPECT_EQ(readings.devices[1].id, "");
  EXPECT_EQ(readings.devices[1].index, 1);
  EXPECT_DOUBLE_EQ(readings.devices[1].utilisation, 0.14);
  EXPECT_EQ(readings.discarded, 0U);
}

TEST(Amd, OlderAndPrefixedNamesAreRead) {
  for (const std::string_view name : {"GPU_GFX_ACTIVITY", "amd_gpu_gfx_activity"}) {
    const Readings readings =
        Scraped("amd-exporter").Read(std::string(name) + "{gpu_id=\"3\"} 50\n");
    ASSERT_EQ(readings.devices.size(), 1U) << name;
    EXPECT_EQ(readings.devices[0].index, 3);
  }
}

TEST(Amd, IsRecognised) { EXPECT_EQ(RecogniseFile("amd.txt"), "amd-exporter"); }

}  // namespace
}  // namespace berth::telemetry
