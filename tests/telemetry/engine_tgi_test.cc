#include <gtest/gtest.h>

#include "telemetry/pages.h"

namespace berth::telemetry {
namespace {

TEST(Tgi, CountsTheTokensOfItsBudget) {
  const EndpointReading endpoint = TheEndpoint(Scraped("tgi").ReadFile("tgi.txt"));
  EXPECT_EQ(endpoint.signals.running, 16);
  EXPECT_EQ(endpoint.signals.waiting, 5);
  EXPECT_EQ(endpoint.signals.utilisation, 0.5);
  EXPECT_DOUBLE_EQ(endpoint.load, 0.75);
}

TEST(Tgi, AStalledQueueWaitsAtLeastAsLongAsItWasWatched) {
  Scraped pod("tgi");
  (void)pod.ReadFile("tgi.txt");
  EXPECT_EQ(TheEndpoint(pod.ReadFile("tgi.txt")).signals.queue_seconds, 15);
}

TEST(Tgi, IsIdleBeforeItsFirstRequest) {
  EXPECT_EQ(TheEndpoint(Scraped("tgi").Read("tgi_queue_size 0\n")).load, 0);
}

TEST(Tgi, IsRecognised) { EXPECT_EQ(RecogniseFile("tgi.txt"), "tgi"); }

}  // namespace
}  // namespace berth::telemetry
