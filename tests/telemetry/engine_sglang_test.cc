#include <gtest/gtest.h>

#include "telemetry/pages.h"

namespace berth::telemetry {
namespace {

TEST(Sglang, CountsTheFirstRankAlone) {
  const EndpointReading endpoint = TheEndpoint(Scraped("sglang").ReadFile("sglang.txt"));
  EXPECT_EQ(endpoint.signals.running, 64);
  EXPECT_EQ(endpoint.signals.waiting, 5);
  EXPECT_EQ(endpoint.signals.cache_usage, 0.4);
  EXPECT_EQ(endpoint.signals.instances, 1);
  EXPECT_DOUBLE_EQ(endpoint.load, 0.75);
}

TEST(Sglang, EachDataParallelRankIsABatchOfItsOwn) {
  Scraped pod("sglang");
  const EndpointReading endpoint =
      TheEndpoint(pod.Read("sglang:num_running_reqs{dp_rank=\"0\",tp_rank=\"0\"} 128\n"
                           "sglang:num_running_reqs{dp_rank=\"1\",tp_rank=\"0\"} 0\n"
                           "sglang:num_queue_reqs{dp_rank=\"0\",tp_rank=\"0\"} 0\n"
                           "sglang:num_queue_reqs{dp_rank=\"1\",tp_rank=\"0\"} 0\n"));
  EXPECT_DOUBLE_EQ(endpoint.load, 0.25);
}

TEST(Sglang, IsRecognised) { EXPECT_EQ(RecogniseFile("sglang.txt"), "sglang"); }

}  // namespace
}  // namespace berth::telemetry
