// Model servers and exporters by what their metric pages say. A new one is a file
// src/telemetry/engine_x.cc, a line in engines.cc and a test.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/result.h"
#include "berth/telemetry/exposition.h"
#include "berth/telemetry/load_model.h"
#include "berth/telemetry/reading.h"

namespace berth::telemetry {

inline constexpr std::size_t kMaxMetrics = 16;  // that one engine reads

// The counters of a target at its last scrape; rates are what changed since.
struct CounterMemory {
  std::array<std::optional<double>, kMaxMetrics> totals{};  // by metric
  Instant at;
  bool known = false;
};

// The samples of one page, with what reading them takes. A sample that cannot be is left out and
// counted: NaN, infinite, negative, a share beyond 1.5. Not thread-safe.
class PageView {
 public:
  using Keep = bool (*)(const Labels&);

  // `samples` have their metrics by position in Engine::metrics().
  PageView(std::span<const Sample> samples, const CounterMemory& before, Instant at)
      : samples_(samples), before_(before), at_(at), now_{.at = at, .known = true} {}

  std::span<const Sample> samples() const { return samples_; }

  // Nothing: the page has no such sample, or none that can be.
  std::optional<double> Sum(std::size_t metric, Keep keep = nullptr);
  std::optional<double> Share(std::size_t metric, Keep keep = nullptr);  // the largest, 0..1
  std::optional<double> MeanShare(std::size_t metric, double full);      // of values 0..full
  // Of the values, the largest among series alike in both labels; summed.
  std::optional<double> SumOfLargest(std::size_t metric, std::string_view label,
                                     std::string_view second_label);
  double Count(std::size_t metric, Keep keep = nullptr) const;  // series
  // Of a counter, per second, all its series together. Nothing at the first scrape and after a
  // reset.
  std::optional<double> Rate(std::size_t metric, Keep keep = nullptr);
  // Since the last scrape; 0 at the first.
  double window_seconds() const { return before_.known ? Seconds(at_ - before_.at) : 0; }

  // A value as a share of `full`, capped at 1. Nothing (and counted): beyond 1.5, or no number.
  std::optional<double> AsShare(double value, double full);

  std::uint64_t discarded() const { return discarded_; }
  // For the next scrape. The same as before when no time has passed.
  CounterMemory memory() const { return before_.known && at_ <= before_.at ? before_ : now_; }

 private:
  std::optional<double> Valid(double value);

  std::span<const Sample> samples_;
  const CounterMemory& before_;
  Instant at_;
  CounterMemory now_;
  std::uint64_t discarded_ = 0;
};

struct EngineReading {
  std::optional<Signals> endpoint;  // nothing: not told (yet: rates need a second scrape)
  std::vector<DeviceReading> devices;
};

// Immutable.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string_view name() const = 0;  // "vllm"; also in berth.dev/engine
  // What it reads, at most kMaxMetrics. The first marks() of them each show who wrote the page.
  virtual std::span<const std::string_view> metrics() const = 0;
  virtual std::size_t marks() const = 0;
  // It tells of a node's devices instead of an endpoint.
  virtual bool is_exporter() const { return false; }
  virtual EngineReading Read(PageView& page) const = 0;
};

// The built-in ones. A page is of the first whose mark it has.
std::span<const std::unique_ptr<const Engine>> Engines();

// A server that none of the built-in ones knows, by the names of its metrics. Empty: it has none.
struct CustomMetrics {
  std::string name;  // of the engine
  std::string running;
  std::string waiting;
  std::string cache_usage;    // gauge, 0..1
  std::string capacity;       // gauge, requests
  std::string queue_seconds;  // histogram or summary, without _sum and _count
  bool classic = false;
};

// Built-in engines and configured ones. Immutable.
class EngineTable {
 public:
  // kInvalidArgument: a name that is taken.
  static Result<EngineTable> Create(const std::vector<CustomMetrics>& custom);
  static EngineTable BuiltIn();

  // By its name or what other projects call it ("triton-tensorrt-llm"); nullptr: unknown.
  const Engine* Find(std::string_view name) const;
  // nullptr: no engine's page.
  const Engine* Recognise(std::string_view page, PageFormat format) const;
  std::span<const Engine* const> all() const { return all_; }

 private:
  EngineTable() = default;

  std::vector<std::shared_ptr<const Engine>> custom_;
  std::vector<const Engine*> all_;  // custom ones first
  std::vector<std::string_view> marks_;
  std::vector<const Engine*> owners_;  // of each mark
};

// Reads samples of one pod's page and updates `memory` of its counters.
Readings ReadSamples(const Engine& engine, std::span<const Sample> samples, Instant at,
                     std::string_view pod_uid, std::string_view node, double max_batch,
                     const LoadModel& model, CounterMemory& memory);

}  // namespace berth::telemetry
