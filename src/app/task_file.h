// Tasks that somebody wants to be scheduled: comma-separated values.
//
//   demand,count
//   0.5ms,600
//   2s,1
//
// The head line names the columns: `demand`, a duration, and, where many tasks are alike, `count`.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/result.h"

namespace berth::app {

inline constexpr std::size_t kMostTasks = 10'000'000;

// In the order of the text, at least one. The Error says "FILE:LINE: ...".
Result<std::vector<Duration>> ParseTasks(std::string_view text, std::string_view file);

}  // namespace berth::app
