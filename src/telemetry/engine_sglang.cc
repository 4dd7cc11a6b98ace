// SGLang (with --enable-metrics). Ranks beyond the first may report the same requests again.
#include <array>

#include "engines.h"

namespace berth::telemetry {
namespace {

enum Metric : std::size_t { kRunning, kWaiting, kTokenUsage, kQueueSum, kQueueCount };

constexpr std::array<std::string_view, 5> kMetrics = {
    "sglang:num_running_reqs",       "sglang:num_queue_reqs",           "sglang:token_usage",
    "sglang:queue_time_seconds_sum", "sglang:queue_time_seconds_count",
};

bool IsFirstRank(const Labels& labels) {
  return (!labels.Has("tp_rank") || labels.Is("tp_rank", "0")) &&
         (!labels.Has("pp_rank") || labels.Is("pp_rank", "0"));
}

class Sglang final : public Engine {
 public:
  std::string_view name() const override { return "sglang"; }
  std::span<const std::string_view> metrics() const override { return kMetrics; }
  std::size_t marks() const override { return 2; }

  EngineReading Read(PageView& page) const override {
    const auto waited = page.Rate(kQueueSum, IsFirstRank);
    const auto left = page.Rate(kQueueCount, IsFirstRank);
    Signals signals{.running = page.Sum(kRunning, IsFirstRank),
                    .waiting = page.Sum(kWaiting, IsFirstRank)};
    if (!signals.running || !signals.waiting) {
      return {};
    }
    signals.cache_usage = page.Share(kTokenUsage, IsFirstRank);
    signals.queue_seconds = QueueSeconds(*signals.waiting, waited, left, page.window_seconds());
    signals.instances = page.Count(kRunning, IsFirstRank);  // one per dp_rank
    return {.endpoint = signals, .devices = {}};
  }
};

}  // namespace

std::unique_ptr<const Engine> MakeSglang() { return std::make_unique<Sglang>(); }

}  // namespace berth::telemetry
