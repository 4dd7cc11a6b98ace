// Servers whose whole story is a few gauges: a table of names. Configured ones, and some built in.
#include <array>
#include <utility>

#include "engines.h"

namespace berth::telemetry {
namespace {

class Gauges final : public Engine {
 public:
  explicit Gauges(CustomMetrics custom) : custom_(std::move(custom)) {
    running_ = Add(custom_.running);
    waiting_ = Add(custom_.waiting);
    marks_ = names_.size();
    cache_ = Add(custom_.cache_usage);
    capacity_ = Add(custom_.capacity);
    if (!custom_.queue_seconds.empty()) {
      queue_sum_name_ = custom_.queue_seconds + "_sum";
      queue_count_name_ = custom_.queue_seconds + "_count";
      queue_sum_ = Add(queue_sum_name_);
      queue_count_ = Add(queue_count_name_);
    }
  }
  Gauges(const Gauges&) = delete;  // names_ look at the members
  Gauges& operator=(const Gauges&) = delete;

  std::string_view name() const override { return custom_.name; }
  std::span<const std::string_view> metrics() const override { return names_; }
  std::size_t marks() const override { return marks_; }

  EngineReading Read(PageView& page) const override {
    const auto waited = page.Rate(queue_sum_);
    const auto left = page.Rate(queue_count_);
    Signals signals{.running = page.Sum(running_), .waiting = page.Sum(waiting_)};
    if ((!custom_.running.empty() && !signals.running) ||
        (!custom_.waiting.empty() && !signals.waiting)) {
      return {};
    }
    signals.cache_usage = page.Share(cache_);
    signals.capacity = page.Sum(capacity_);
    signals.queue_seconds =
        QueueSeconds(signals.waiting.value_or(0), waited, left, page.window_seconds());
    signals.instances = page.Count(custom_.running.empty() ? waiting_ : running_);
    signals.classic = custom_.classic;
    return {.endpoint = signals, .devices = {}};
  }

 private:
  static constexpr std::size_t kNone = kMaxMetrics - 1;  // a metric that no sample has

  std::size_t Add(const std::string& metric) {
    if (metric.empty()) {
      return kNone;
    }
    names_.push_back(metric);
    return names_.size() - 1;
  }

  CustomMetrics custom_;
  std::string queue_sum_name_;
  std::string queue_count_name_;
  std::vector<std::string_view> names_;
  std::size_t marks_ = 0;
  std::size_t running_ = kNone;
  std::size_t waiting_ = kNone;
  std::size_t cache_ = kNone;
  std::size_t capacity_ = kNone;
  std::size_t queue_sum_ = kNone;
  std::size_t queue_count_ = kNone;
};

}  // namespace

std::unique_ptr<const Engine> MakeCustom(const CustomMetrics& custom) {
  return std::make_unique<Gauges>(custom);
}

}  // namespace berth::telemetry
