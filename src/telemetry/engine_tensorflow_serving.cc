// TensorFlow Serving (with a monitoring_config). It has no gauges: Little's law on latencies, which
// are histograms in microseconds. Queuing is there where batching is on.
#include <algorithm>
#include <array>

#include "engines.h"

namespace berth::telemetry {
namespace {

constexpr double kMicroseconds = 1e6;

enum Metric : std::size_t { kRequests, kRuntime, kRequestTime, kQueueSum, kQueueCount };

constexpr std::array<std::string_view, 5> kMetrics = {
    ":tensorflow:serving:request_count",
    ":tensorflow:serving:runtime_latency_sum",
    ":tensorflow:serving:request_latency_sum",
    ":tensorflow:serving:batching_session:queuing_latency_sum",
    ":tensorflow:serving:batching_session:queuing_latency_count",
};

class TensorflowServing final : public Engine {
 public:
  std::string_view name() const override { return "tensorflow-serving"; }
  std::span<const std::string_view> metrics() const override { return kMetrics; }
  std::size_t marks() const override { return 3; }

  EngineReading Read(PageView& page) const override {
    const auto requests = page.Rate(kRequests);
    const auto runtime = page.Rate(kRuntime);
    const auto request_time = page.Rate(kRequestTime);
    const auto queue_time = page.Rate(kQueueSum);
    const auto left = page.Rate(kQueueCount);
    const bool batches = page.Count(kQueueSum) > 0;
    const auto worked = runtime ? runtime : request_time;
    if (!worked || (batches && !queue_time)) {
      return {};
    }
    // Both latencies are taken around the batch: they contain the wait for it.
    const double waiting = queue_time.value_or(0) / kMicroseconds;
    Signals signals{.running = std::max(0.0, *worked / kMicroseconds - waiting),
                    .waiting = waiting,
                    .classic = true};
    signals.queue_seconds =
        QueueSeconds(waiting, waiting, batches ? left : requests, page.window_seconds());
    return {.endpoint = signals, .devices = {}};
  }
};

}  // namespace

std::unique_ptr<const Engine> MakeTensorflowServing() {
  return std::make_unique<TensorflowServing>();
}

}  // namespace berth::telemetry
