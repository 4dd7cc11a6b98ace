// A clock that a test moves by hand.
#pragma once

#include "berth/base/clock.h"
#include "berth/base/mutex.h"

namespace berth::tests {

// Thread-safe. Stands `elapsed` after 2026-11-24T05:20:31Z, and so long after the first Instant.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Duration elapsed = std::chrono::hours(1)) : elapsed_(elapsed) {}

  Instant Now() const override BERTH_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    return Instant(elapsed_);
  }
  WallTime WallNow() const override BERTH_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    return WallTime(std::chrono::seconds(1795497631) + elapsed_);
  }
  void Advance(Duration duration) BERTH_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    elapsed_ += duration;
  }

 private:
  mutable Mutex mutex_;
  Duration elapsed_ BERTH_GUARDED_BY(mutex_);
};

}  // namespace berth::tests
