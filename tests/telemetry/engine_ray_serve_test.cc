#include <gtest/gtest.h>

#include "telemetry/pages.h"

namespace berth::telemetry {
namespace {

TEST(RayServe, CountsWhatTheReplicasWorkAt) {
  const EndpointReading endpoint = TheEndpoint(Scraped("ray-serve").ReadFile("ray-serve.txt"));
  EXPECT_EQ(endpoint.signals.running, 4);
  EXPECT_EQ(endpoint.signals.utilisation, 0.4);
  EXPECT_DOUBLE_EQ(endpoint.load, 0.4);  // 4 of 2 x 8 are less
}

TEST(RayServe, TheCallersQueueIsNotTheReplicas) {
  const EndpointReading endpoint = TheEndpoint(Scraped("ray-serve").ReadFile("ray-serve.txt"));
  EXPECT_EQ(endpoint.signals.waiting, std::nullopt);
}

TEST(RayServe, WithoutUtilisationTheRequestsCount) {
  Scraped pod("ray-serve");
  EXPECT_DOUBLE_EQ(
      TheEndpoint(pod.Read("ray_serve_num_ongoing_requests_at_replicas{replica=\"a\"} 2\n")).load,
      0.25);
}

TEST(RayServe, IsRecognised) { EXPECT_EQ(RecogniseFile("ray-serve.txt"), "ray-serve"); }

}  // namespace
}  // namespace berth::telemetry
