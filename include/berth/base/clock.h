// Time is an argument. Only the shell holds a Clock; everything below is handed an Instant.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace berth {

using Duration = std::chrono::nanoseconds;
using Instant =
    std::chrono::time_point<std::chrono::steady_clock, Duration>;  // for intervals; never goes back
using WallTime =
    std::chrono::time_point<std::chrono::system_clock, Duration>;  // for what people and APIs read

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant Now() const = 0;
  virtual WallTime WallNow() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant Now() const override { return std::chrono::steady_clock::now(); }
  WallTime WallNow() const override { return std::chrono::system_clock::now(); }
};

double Seconds(Duration duration);

// "2026-11-24T05:20:31Z", the form of Kubernetes' metav1.Time.
std::string FormatRfc3339(WallTime time);

// The same, with a fraction or an offset from UTC too; nullopt: it is none, or not from 1970 to
// 2200.
std::optional<WallTime> ParseRfc3339(std::string_view text);

}  // namespace berth
