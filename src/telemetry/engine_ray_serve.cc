// Ray Serve. Queues are counted where the caller is, not where the replica is, and are left out:
// what a replica works at is what can be told of its node.
#include <array>

#include "engines.h"

namespace berth::telemetry {
namespace {

enum Metric : std::size_t { kProcessing, kOngoing, kUtilisation };

constexpr std::array<std::string_view, 3> kMetrics = {
    "ray_serve_replica_processing_queries",
    "ray_serve_num_ongoing_requests_at_replicas",
    "ray_serve_replica_utilization_percent",
};

class RayServe final : public Engine {
 public:
  std::string_view name() const override { return "ray-serve"; }
  std::span<const std::string_view> metrics() const override { return kMetrics; }
  std::size_t marks() const override { return 3; }

  EngineReading Read(PageView& page) const override {
    Signals signals{.running = page.Sum(kProcessing), .classic = true};
    signals.instances = page.Count(kProcessing);
    if (!signals.running) {
      signals.running = page.Sum(kOngoing);
      signals.instances = page.Count(kOngoing);
    }
    if (!signals.running) {
      // A mean of ten minutes (RAY_SERVE_REPLICA_UTILIZATION_WINDOW_S): what is going on now says
      // more.
      signals.utilisation = page.MeanShare(kUtilisation, 100);
    }
    if (!signals.running && !signals.utilisation) {
      return {};
    }
    return {.endpoint = signals, .devices = {}};
  }
};

}  // namespace

std::unique_ptr<const Engine> MakeRayServe() { return std::make_unique<RayServe>(); }

}  // namespace berth::telemetry
