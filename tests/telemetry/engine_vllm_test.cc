#include <gtest/gtest.h>

#include "telemetry/pages.h"

namespace berth::telemetry {
namespace {

TEST(Vllm, SumsTheEnginesAndTakesTheFullestCache) {
  const Readings readings = Scraped("vllm").ReadFile("vllm-v1.txt");
  const EndpointReading& endpoint = TheEndpoint(readings);
  EXPECT_EQ(endpoint.pod_uid, "uid-1");
  EXPECT_EQ(endpoint.signals.running, 128);
  EXPECT_EQ(endpoint.signals.waiting, 5);
  EXPECT_EQ(endpoint.signals.cache_usage, 0.4);
  EXPECT_EQ(endpoint.signals.instances, 2);
  // 128 of 2 x 256 running, the cache half full of 0.8, five waiting: 1 - 0.5 x 0.5.
  EXPECT_DOUBLE_EQ(endpoint.load, 0.75);
  EXPECT_EQ(endpoint.signals.queue_seconds, std::nullopt);  // no rate yet
}

TEST(Vllm, QueueSecondsComeFromWhatLeftTheQueue) {
  Scraped pod("vllm");
  (void)pod.ReadFile("vllm-v1.txt");
  // 30 requests left in 15 s: who comes now waits for five others, 2 per second. They waited 15 s
  // in all, 0.5 s each.
  EXPECT_DOUBLE_EQ(
      TheEndpoint(pod.ReadFile("vllm-v1-later.txt")).signals.queue_seconds.value_or(-1), 2.5);
}

TEST(Vllm, OfTheFirstGenerationIsReadByItsOwnNames) {
  const EndpointReading endpoint = TheEndpoint(Scraped("vllm").ReadFile("vllm-v0.txt"));
  EXPECT_EQ(endpoint.signals.running, 32);
  EXPECT_EQ(endpoint.signals.cache_usage, 0.2);
  EXPECT_DOUBLE_EQ(endpoint.load, 0.25);
  EXPECT_EQ(endpoint.signals.queue_seconds, 0);  // nothing waits
}

TEST(Vllm, WithoutARunningGaugeTellsNothing) {
  Scraped pod("vllm");
  EXPECT_TRUE(pod.Read("vllm:num_requests_waiting 0\n").endpoints.empty());
}

TEST(Vllm, WhatCannotBeIsDiscardedAndTheEndpointNotRead) {
  const Readings nan =
      Scraped("vllm").Read("vllm:num_requests_running NaN\nvllm:num_requests_waiting 0\n");
  EXPECT_TRUE(nan.endpoints.empty());
  EXPECT_EQ(nan.discarded, 1U);

  const Readings percent = Scraped("vllm").Read(
      "vllm:num_requests_running 1\nvllm:num_requests_waiting 0\nvllm:kv_cache_usage_perc 40\n");
  EXPECT_EQ(TheEndpoint(percent).signals.cache_usage, std::nullopt);
  EXPECT_EQ(percent.discarded, 1U);
}

TEST(Vllm, OwnersSayTheBatch) {
  Scraped pod("vllm");
  EXPECT_DOUBLE_EQ(TheEndpoint(pod.MaxBatch(64).ReadFile("vllm-v0.txt")).load, 0.5);
}

TEST(Vllm, IsRecognised) {
  EXPECT_EQ(RecogniseFile("vllm-v0.txt"), "vllm");
  EXPECT_EQ(RecogniseFile("vllm-v1.txt"), "vllm");
}

}  // namespace
}  // namespace berth::telemetry
