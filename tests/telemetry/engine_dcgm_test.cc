#include <gtest/gtest.h>

#include "telemetry/pages.h"

namespace berth::telemetry {
namespace {

TEST(Dcgm, TakesTheBestFieldThatEachDeviceHas) {
  const Readings readings = Scraped("dcgm-exporter").ReadFile("dcgm.txt");
  ASSERT_EQ(readings.devices.size(), 3U);
  EXPECT_EQ(readings.devices[0].id, "GPU-0");
  EXPECT_EQ(readings.devices[0].index, 0);
  EXPECT_DOUBLE_EQ(readings.devices[0].utilisation, 0.81);  // SM_ACTIVE
  EXPECT_EQ(readings.devices[1].id, "GPU-1");
  EXPECT_DOUBLE_EQ(readings.devices[1].utilisation, 0.35);  // 0.7 x GPU_UTIL
  EXPECT_EQ(readings.devices[2].id, "GPU-2");
  EXPECT_DOUBLE_EQ(readings.devices[2].utilisation, 0.4);  // the busier of its two instances
  EXPECT_EQ(readings.discarded, 1U);                       // DCGM's word for "blank"
}

TEST(Dcgm, NamesTheNodeAndThePod) {
  const Readings readings = Scraped("dcgm-exporter").ReadFile("dcgm.txt");
  ASSERT_FALSE(readings.devices.empty());
  EXPECT_EQ(readings.devices[0].node, "gpu-a-1");
  EXPECT_EQ(readings.devices[0].ns, "ml");
  EXPECT_EQ(readings.devices[0].pod, "train-0");
}

TEST(Dcgm, WhereTheExporterRunsIsKnownBetter) {
  Scraped pod("dcgm-exporter");
  const Readings readings = pod.OnNode("gpu-b-7").ReadFile("dcgm.txt");
  ASSERT_FALSE(readings.devices.empty());
  EXPECT_EQ(readings.devices[0].node, "gpu-b-7");
}

TEST(Dcgm, PrometheusNamesTheExportersPodAndTheNewLabel) {
  const Readings readings = Scraped("dcgm-exporter").ReadFile("dcgm-honor-labels-false.txt");
  ASSERT_EQ(readings.devices.size(), 1U);
  EXPECT_EQ(readings.devices[0].node, "gpu-a-1");
  EXPECT_EQ(readings.devices[0].ns, "ml");
  EXPECT_EQ(readings.devices[0].pod, "train-0");
  EXPECT_DOUBLE_EQ(readings.devices[0].utilisation, 0.28);
}

TEST(Dcgm, IsRecognised) { EXPECT_EQ(RecogniseFile("dcgm.txt"), "dcgm-exporter"); }

}  // namespace
}  // namespace berth::telemetry
