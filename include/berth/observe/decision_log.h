// The decision log: who asked for what, what was decided and what was written, one JSON object per
// line, apart from the log. Nobody who decides waits for the file.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "berth/observe/log.h"
#include "berth/observe/readings.h"

namespace berth::observe {

struct DecisionLogOptions {
  double refusal_ratio = 1;  // shares of filter calls that are taken, evenly spread
  double answer_ratio = 0;
  std::size_t max_queued_bytes = std::size_t{8} << 20;  // beyond it lines are dropped
  std::size_t max_text_bytes = std::size_t{4} << 10;    // of one value; longer ones are cut
};

// Thread-safe, but for Run and Flush, which are one thread's.
class DecisionLog {
 public:
  // Takes whole lines with their newlines; false: they are lost. Called by Run and Flush only.
  using Sink = std::function<bool(std::string_view lines)>;

  // `clock` stamps the lines and outlives the log. `seed` tells this process's ids from others'.
  DecisionLog(DecisionLogOptions options, std::uint64_t seed, const Clock& clock, Sink sink);

  // For the annotation berth.dev/decision and the line that goes with it.
  std::string NewId();

  // Whether this filter call is to be written: the ratio's share of the calls, no chance in it.
  bool TakesRefusal() { return Takes(refusals_, options_.refusal_ratio); }
  bool TakesAnswer() { return Takes(answers_, options_.answer_ratio); }

  // Queues {"ts":"...", fields...}. Texts that are empty are left out.
  void Put(LogFields fields) BERTH_EXCLUDES(mu_);

  // Hands what is queued to the sink.
  void Flush() BERTH_EXCLUDES(mu_);
  // Flushes as lines come, and a last time when it is to stop.
  void Run(const std::stop_token& stop) BERTH_EXCLUDES(mu_);

  DecisionLogReading reading() const;

 private:
  static bool Takes(std::atomic<std::uint64_t>& seen, double ratio);

  const DecisionLogOptions options_;
  const std::uint64_t seed_;
  const Clock& clock_;
  const Sink sink_;
  std::atomic<std::uint64_t> ids_{0};
  std::atomic<std::uint64_t> refusals_{0};
  std::atomic<std::uint64_t> answers_{0};
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> dropped_{0};

  Mutex mu_;
  CondVar queued_or_stopped_;
  std::string queue_ BERTH_GUARDED_BY(mu_);
  std::uint64_t queued_lines_ BERTH_GUARDED_BY(mu_) = 0;
  bool stopping_ BERTH_GUARDED_BY(mu_) = false;
};

}  // namespace berth::observe
