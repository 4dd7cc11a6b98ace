// Tasks that somebody wants to be scheduled: comma-separated values, or YAML (config/task_list.h).
//
//   demand,count
//   0.5ms,600
//   2s,1
//
// The head line names the columns: `demand`, a duration, and, where many tasks are alike, `count`.
#pragma once

#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/result.h"

namespace berth::app {

// In the order of the text, at least one. It is YAML where its first line that says something has a
// colon, or is all that a document may begin with. The Error says "FILE:LINE: ...".
Result<std::vector<Duration>> ParseTasks(std::string_view text, std::string_view file);

}  // namespace berth::app
