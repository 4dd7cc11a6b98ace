#include <gtest/gtest.h>

#include "telemetry/pages.h"

namespace berth::telemetry {
namespace {

TEST(TensorflowServing, LittlesLawGivesWhatItWorksAt) {
  Scraped pod("tensorflow-serving");
  EXPECT_TRUE(pod.ReadFile("tensorflow-serving.txt").endpoints.empty());
  const EndpointReading endpoint = TheEndpoint(pod.ReadFile("tensorflow-serving-later.txt"));
  // 60 s of run time in 15 s, 15 s of it in the queue.
  EXPECT_DOUBLE_EQ(endpoint.signals.running.value_or(-1), 3);
  EXPECT_DOUBLE_EQ(endpoint.signals.waiting.value_or(-1), 1);
  EXPECT_DOUBLE_EQ(endpoint.signals.queue_seconds.value_or(-1), 0.25);
  EXPECT_DOUBLE_EQ(endpoint.load, 1 - (1 - 3.0 / 8) * (5.0 / 6));
}

TEST(TensorflowServing, WithoutBatchingNothingQueues) {
  Scraped pod("tensorflow-serving");
  (void)pod.Read(":tensorflow:serving:runtime_latency_sum 0\n");
  const EndpointReading endpoint =
      TheEndpoint(pod.Read(":tensorflow:serving:runtime_latency_sum 3e+07\n"));
  EXPECT_DOUBLE_EQ(endpoint.signals.running.value_or(-1), 2);
  EXPECT_EQ(endpoint.signals.waiting, 0);
}

TEST(TensorflowServing, IsRecognised) {
  EXPECT_EQ(RecogniseFile("tensorflow-serving.txt"), "tensorflow-serving");
}

}  // namespace
}  // namespace berth::telemetry
