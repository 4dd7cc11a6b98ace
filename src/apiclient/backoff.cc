#include "berth/apiclient/backoff.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <utility>

namespace berth::apiclient {

Random SeededFromSystem() {
  return [engine = std::mt19937_64(std::random_device()())]() mutable {
    return static_cast<double>(engine() >> 11) * 0x1p-53;  // 53 bits: exact, and never 1
  };
}

void SleepUntilStopped(Duration duration, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, duration, [] { return false; });
}

Backoff::Backoff(Duration min, Duration max, Random random)
    : min_(min), max_(max), random_(std::move(random)), base_(min) {}

Duration Backoff::Next() {
  const auto jitter =
      Duration(static_cast<Duration::rep>(static_cast<double>(base_.count()) * random_()));
  const Duration delay = std::min(base_ + jitter, max_);
  base_ = std::min(base_ * 2, max_ / 2);
  return delay;
}

}  // namespace berth::apiclient
