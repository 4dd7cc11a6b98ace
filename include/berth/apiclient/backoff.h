// How long to wait before trying again.
#pragma once

#include <functional>
#include <stop_token>

#include "berth/base/clock.h"

namespace berth::apiclient {

// Numbers in [0, 1).
using Random = std::function<double()>;
Random SeededFromSystem();  // not thread-safe: one per user

// Returns after the duration, or at once when a stop is requested.
using Sleep = std::function<void(Duration, const std::stop_token&)>;
void SleepUntilStopped(Duration duration, const std::stop_token& stop);

// Doubles from `min` with each failure in a row; each delay is drawn from [d, 2d), so that many
// clients do not come back together, and no delay is longer than `max`.
class Backoff {
 public:
  Backoff(Duration min, Duration max, Random random);

  Duration Next();  // of one more failure
  void Reset() { base_ = min_; }

 private:
  const Duration min_;
  const Duration max_;
  const Random random_;
  Duration base_;
};

}  // namespace berth::apiclient
