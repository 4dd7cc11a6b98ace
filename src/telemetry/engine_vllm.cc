// vLLM: names of both engine generations. V0 has one series; V1 one per engine of a data-parallel
// server, with the label `engine`. The cache's usage is 0..1 whatever its name says. NIMs that are
// built on vLLM may say their capacity without a prefix.
#include <array>

#include "engines.h"

namespace berth::telemetry {
namespace {

enum Metric : std::size_t {
  kRunning,
  kWaiting,
  kCache,
  kCacheBefore,
  kCapacity,
  kQueueSum,
  kQueueCount
};

constexpr std::array<std::string_view, 7> kMetrics = {
    "vllm:num_requests_running",
    "vllm:num_requests_waiting",
    "vllm:kv_cache_usage_perc",   // V1 from 0.9 on
    "vllm:gpu_cache_usage_perc",  // before, and for a while beside it
    "num_request_max",
    "vllm:request_queue_time_seconds_sum",
    "vllm:request_queue_time_seconds_count",
};

class Vllm final : public Engine {
 public:
  std::string_view name() const override { return "vllm"; }
  std::span<const std::string_view> metrics() const override { return kMetrics; }
  std::size_t marks() const override { return 2; }

  EngineReading Read(PageView& page) const override {
    const auto waited = page.Rate(kQueueSum);
    const auto left = page.Rate(kQueueCount);
    Signals signals{.running = page.Sum(kRunning), .waiting = page.Sum(kWaiting)};
    if (!signals.running || !signals.waiting) {
      return {};
    }
    signals.cache_usage = page.Share(kCache);
    if (!signals.cache_usage) {
      signals.cache_usage = page.Share(kCacheBefore);
    }
    signals.capacity = page.Sum(kCapacity);
    signals.queue_seconds = QueueSeconds(*signals.waiting, waited, left, page.window_seconds());
    signals.instances = page.Count(kRunning);
    return {.endpoint = signals, .devices = {}};
  }
};

}  // namespace

std::unique_ptr<const Engine> MakeVllm() { return std::make_unique<Vllm>(); }

}  // namespace berth::telemetry
