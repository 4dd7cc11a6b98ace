#include <gtest/gtest.h>

#include "telemetry/pages.h"

namespace berth::telemetry {
namespace {

TEST(RayServe, CountsWhatTheReplicasWorkAt) {
  const EndpointReading endpoint = TheEndpoint(Scraped("ray-serve").ReadFile("ray-serve.txt"));
  EXPECT_EQ(endpoint.signals.running, 4);
  EXPECT_EQ(endpoint.signals.utilisation, std::nullopt);  // 0.4, of the last ten minutes
  EXPECT_DOUBLE_EQ(endpoint.load, 0.25);                  // 4 of 2 x 8
}

TEST(RayServe, ReadsARecordedPage) {
  const EndpointReading endpoint =
      TheEndpoint(Scraped("ray-serve").MaxBatch(4).ReadFile("ray-serve-recorded.txt"));
  EXPECT_EQ(endpoint.signals.running, 2);
  EXPECT_DOUBLE_EQ(endpoint.load, 0.5);
}

TEST(RayServe, WithoutRequestsUtilisationCounts) {
  Scraped pod("ray-serve");
  EXPECT_DOUBLE_EQ(
      TheEndpoint(pod.Read("ray_serve_replica_utilization_percent{replica=\"a\"} 60\n")).load, 0.6);
}

TEST(RayServe, TheCallersQueueIsNotTheReplicas) {
  const EndpointReading endpoint = TheEndpoint(Scraped("ray-serve").ReadFile("ray-serve.txt"));
  EXPECT_EQ(endpoint.signals.waiting, std::nullopt);
}

TEST(RayServe, RequestsAtTheCallersCountForReplicas) {
  Scraped pod("ray-serve");
  EXPECT_DOUBLE_EQ(
      TheEndpoint(pod.Read("ray_serve_num_ongoing_requests_at_replicas{replica=\"a\"} 2\n")).load,
      0.25);
}

TEST(RayServe, IsRecognised) {
  EXPECT_EQ(RecogniseFile("ray-serve.txt"), "ray-serve");
  EXPECT_EQ(RecogniseFile("ray-serve-recorded.txt"), "ray-serve");
}

}  // namespace
}  // namespace berth::telemetry
