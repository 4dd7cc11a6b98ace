// TorchServe (metrics_mode: prometheus). Counters in microseconds: Little's law.
#include <array>

#include "engines.h"

namespace berth::telemetry {
namespace {

constexpr double kMicroseconds = 1e6;

enum Metric : std::size_t { kRequests, kInferenceTime, kQueueTime };

constexpr std::array<std::string_view, 3> kMetrics = {
    "ts_inference_requests_total",
    "ts_inference_latency_microseconds",
    "ts_queue_latency_microseconds",
};

class TorchServe final : public Engine {
 public:
  std::string_view name() const override { return "torchserve"; }
  std::span<const std::string_view> metrics() const override { return kMetrics; }
  std::size_t marks() const override { return 3; }

  EngineReading Read(PageView& page) const override {
    const auto requests = page.Rate(kRequests);
    const auto inference = page.Rate(kInferenceTime);
    const auto queue = page.Rate(kQueueTime);
    if (!inference || !queue) {
      return {};
    }
    const double waiting = *queue / kMicroseconds;
    Signals signals{.running = *inference / kMicroseconds, .waiting = waiting, .classic = true};
    signals.queue_seconds = QueueSeconds(waiting, waiting, requests, page.window_seconds());
    return {.endpoint = signals, .devices = {}};
  }
};

}  // namespace

std::unique_ptr<const Engine> MakeTorchServe() { return std::make_unique<TorchServe>(); }

}  // namespace berth::telemetry
