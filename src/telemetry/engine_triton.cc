// Triton. With the TensorRT-LLM backend its batch manager has gauges; otherwise Little's law gives
// the requests at work from the time they took, in microseconds: time that passed in requests per
// second of time is requests.
#include <algorithm>
#include <array>

#include "engines.h"

namespace berth::telemetry {
namespace {

constexpr double kMicroseconds = 1e6;

enum Metric : std::size_t {
  kRequests,
  kRequestTime,
  kTrtllmRequests,
  kQueueTime,
  kPending,
  kTrtllmCache
};

constexpr std::array<std::string_view, 6> kMetrics = {
    "nv_inference_request_success",       "nv_inference_request_duration_us",
    "nv_trt_llm_request_metrics",         "nv_inference_queue_duration_us",
    "nv_inference_pending_request_count", "nv_trt_llm_kv_cache_block_metrics",
};

bool IsScheduled(const Labels& labels) { return labels.Is("request_type", "scheduled"); }
bool IsWaiting(const Labels& labels) { return labels.Is("request_type", "waiting"); }
bool IsActive(const Labels& labels) { return labels.Is("request_type", "active"); }
bool IsMax(const Labels& labels) { return labels.Is("request_type", "max"); }
bool IsFraction(const Labels& labels) { return labels.Is("kv_cache_block_type", "fraction"); }

class Triton final : public Engine {
 public:
  std::string_view name() const override { return "triton"; }
  std::span<const std::string_view> metrics() const override { return kMetrics; }
  std::size_t marks() const override { return 3; }

  EngineReading Read(PageView& page) const override {
    const auto requests = page.Rate(kRequests);
    const auto request_time = page.Rate(kRequestTime);
    const auto queue_time = page.Rate(kQueueTime);
    const auto queued = queue_time ? std::optional(*queue_time / kMicroseconds) : std::nullopt;

    Signals signals;
    if (const auto scheduled = page.Sum(kTrtllmRequests, IsScheduled)) {
      signals.running = scheduled;
      signals.waiting = page.Sum(kTrtllmRequests, IsWaiting);
      if (!signals.waiting) {  // before the gauge was there
        const double active = page.Sum(kTrtllmRequests, IsActive).value_or(0);
        signals.waiting = std::max(0.0, active - *scheduled);
      }
      signals.capacity = page.Sum(kTrtllmRequests, IsMax);
      signals.cache_usage = page.Share(kTrtllmCache, IsFraction);
    } else {
      if (!request_time || !queued) {
        return {};
      }
      // A model on two devices has two series of the same queue.
      const auto pending = page.SumOfLargest(kPending, "model", "version");
      signals.running = std::max(0.0, *request_time / kMicroseconds - *queued);
      signals.waiting = pending ? pending : queued;
      signals.classic = true;
    }
    signals.queue_seconds = QueueSeconds(*signals.waiting, queued, requests, page.window_seconds());
    return {.endpoint = signals, .devices = {}};
  }
};

}  // namespace

std::unique_ptr<const Engine> MakeTriton() { return std::make_unique<Triton>(); }

}  // namespace berth::telemetry
