#include <gtest/gtest.h>

#include "telemetry/pages.h"

namespace berth::telemetry {
namespace {

TEST(Triton, LittlesLawGivesTheRequestsAtWork) {
  Scraped pod("triton");
  EXPECT_TRUE(pod.ReadFile("triton.txt").endpoints.empty());  // no rate yet
  const EndpointReading endpoint = TheEndpoint(pod.ReadFile("triton-later.txt"));
  // 60 s of request time in 15 s are 4 requests, one of them queued; a model on two devices reports
  // the same queue twice.
  EXPECT_DOUBLE_EQ(endpoint.signals.running.value_or(-1), 3);
  EXPECT_EQ(endpoint.signals.waiting, 5);
  EXPECT_DOUBLE_EQ(endpoint.load, 1 - (1 - 3.0 / 8) * 0.5);
  EXPECT_DOUBLE_EQ(endpoint.signals.queue_seconds.value_or(-1), 0.5);  // 5 waiting, 10 per second
}

TEST(Triton, ARestartGivesNoRate) {
  Scraped pod("triton");
  (void)pod.ReadFile("triton-later.txt");
  EXPECT_TRUE(pod.ReadFile("triton.txt").endpoints.empty());
  EXPECT_EQ(pod.ReadFile("triton-later.txt").endpoints.size(), 1U);
}

TEST(Triton, TheTensorRtBackendHasGauges) {
  const EndpointReading endpoint = TheEndpoint(Scraped("triton").ReadFile("triton-trtllm.txt"));
  EXPECT_EQ(endpoint.signals.running, 128);
  EXPECT_EQ(endpoint.signals.waiting, 5);
  EXPECT_EQ(endpoint.signals.capacity, 512);
  EXPECT_EQ(endpoint.signals.cache_usage, 0.4);
  EXPECT_DOUBLE_EQ(endpoint.load, 0.75);
}

TEST(Triton, AnOlderTensorRtBackendHasNoWaitingGauge) {
  Scraped pod("triton");
  const Readings readings = pod.Read(
      "nv_trt_llm_request_metrics{request_type=\"scheduled\"} 4\n"
      "nv_trt_llm_request_metrics{request_type=\"active\"} 9\n"
      "nv_trt_llm_request_metrics{request_type=\"max\"} 16\n");
  EXPECT_EQ(TheEndpoint(readings).signals.waiting, 5);
}

TEST(Triton, IsRecognised) {
  EXPECT_EQ(RecogniseFile("triton.txt"), "triton");
  EXPECT_EQ(RecogniseFile("triton-trtllm.txt"), "triton");
}

}  // namespace
}  // namespace berth::telemetry
