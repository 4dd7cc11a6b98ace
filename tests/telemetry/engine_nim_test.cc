#include <gtest/gtest.h>

#include "telemetry/pages.h"

namespace berth::telemetry {
namespace {

TEST(Nim, SaysItsCapacity) {
  const EndpointReading endpoint = TheEndpoint(Scraped("nim").ReadFile("nim.txt"));
  EXPECT_EQ(endpoint.signals.capacity, 2048);
  EXPECT_DOUBLE_EQ(endpoint.load, 0.25);
}

TEST(Nim, WhatItSaysOutranksTheOwner) {
  Scraped pod("nim");
  EXPECT_DOUBLE_EQ(TheEndpoint(pod.MaxBatch(512).ReadFile("nim.txt")).load, 0.25);
}

TEST(Nim, IsRecognised) { EXPECT_EQ(RecogniseFile("nim.txt"), "nim"); }

TEST(TrtllmServe, IsReadByItsGauges) {
  const EndpointReading endpoint =
      TheEndpoint(Scraped("trtllm-serve").ReadFile("trtllm-serve.txt"));
  EXPECT_DOUBLE_EQ(endpoint.load, 0.75);  // the cache at 0.6 of 0.8
  EXPECT_EQ(RecogniseFile("trtllm-serve.txt"), "trtllm-serve");
}

}  // namespace
}  // namespace berth::telemetry
