#include <gtest/gtest.h>

#include "telemetry/pages.h"

namespace berth::telemetry {
namespace {

TEST(TorchServe, LittlesLawGivesWhatItWorksAt) {
  Scraped pod("torchserve");
  EXPECT_TRUE(pod.ReadFile("torchserve.txt").endpoints.empty());
  const EndpointReading endpoint = TheEndpoint(pod.ReadFile("torchserve-later.txt"));
  EXPECT_NEAR(endpoint.signals.running.value_or(-1), 2, 1e-9);
  EXPECT_NEAR(endpoint.signals.waiting.value_or(-1), 1, 1e-9);
  EXPECT_NEAR(endpoint.signals.queue_seconds.value_or(-1), 0.5, 1e-9);  // 2 requests per second
}

TEST(TorchServe, IsRecognised) { EXPECT_EQ(RecogniseFile("torchserve.txt"), "torchserve"); }

}  // namespace
}  // namespace berth::telemetry
