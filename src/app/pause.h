// Waiting that a stop ends.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "berth/base/clock.h"

namespace berth::app {

// False when a stop was asked for, at once or while waiting.
inline bool Pause(const std::stop_token& stop, Duration duration) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock<std::mutex> lock(mutex);
  return !stopped.wait_for(lock, stop, duration, [&stop] { return stop.stop_requested(); });
}

// Calls `turn`, which says when to call it again, until a stop is asked for.
template <typename Turn>
void Repeat(const std::stop_token& stop, Duration first, Turn turn) {
  for (Duration wait = first; Pause(stop, wait);) {
    wait = turn();
  }
}

}  // namespace berth::app
