// text-generation-inference. The batch is bounded by tokens: their share of the budget counts.
#include <array>

#include "engines.h"

namespace berth::telemetry {
namespace {

enum Metric : std::size_t { kRunning, kWaiting, kTokens, kMaxTokens, kQueueSum, kQueueCount };

constexpr std::array<std::string_view, 6> kMetrics = {
    "tgi_batch_current_size",         "tgi_queue_size",
    "tgi_batch_current_max_tokens",   "tgi_batch_max_total_tokens",
    "tgi_request_queue_duration_sum", "tgi_request_queue_duration_count",
};

class Tgi final : public Engine {
 public:
  std::string_view name() const override { return "tgi"; }
  std::span<const std::string_view> metrics() const override { return kMetrics; }
  std::size_t marks() const override { return 2; }

  EngineReading Read(PageView& page) const override {
    const auto waited = page.Rate(kQueueSum);
    const auto left = page.Rate(kQueueCount);
    Signals signals{.running = page.Sum(kRunning), .waiting = page.Sum(kWaiting)};
    // Before the first request the batch has no gauge yet; the queue has.
    if (!signals.waiting) {
      return {};
    }
    const auto tokens = page.Sum(kTokens);
    const auto max_tokens = page.Sum(kMaxTokens);
    if (tokens && max_tokens.value_or(0) > 0) {
      signals.utilisation = page.AsShare(*tokens, *max_tokens);
    }
    signals.queue_seconds = QueueSeconds(*signals.waiting, waited, left, page.window_seconds());
    return {.endpoint = signals, .devices = {}};
  }
};

}  // namespace

std::unique_ptr<const Engine> MakeTgi() { return std::make_unique<Tgi>(); }

}  // namespace berth::telemetry
