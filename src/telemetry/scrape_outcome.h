// What scrapes and queries have in common.
#pragma once

#include <algorithm>
#include <cmath>

#include "berth/base/clock.h"
#include "berth/base/result.h"
#include "berth/telemetry/collector.h"

namespace berth::telemetry {

// An exchange that took all of its time timed out, whatever broke then.
ScrapeResult ResultOf(const Error& error, Duration elapsed, Duration timeout);

// Seconds as a duration, within a year either way: beyond that nothing is told apart.
inline Duration FromSeconds(double seconds) {
  constexpr double kYear = 365.0 * 24 * 3600;
  const double bounded = std::isnan(seconds) ? kYear : std::clamp(seconds, -kYear, kYear);
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(bounded));
}

// Of a sample with a timestamp; negative: from the future.
inline Duration AgeOf(double unix_seconds, WallTime now) {
  const double seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
  return FromSeconds(seconds - unix_seconds);
}

}  // namespace berth::telemetry
