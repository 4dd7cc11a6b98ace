// Tasks that somebody wants to be scheduled, as YAML:
//
//   tasks:
//   - {demand: 0.5ms, count: 600}
//   - {demand: 2s}
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/config/complaint.h"

namespace berth::config {

inline constexpr Duration kLongestTask = std::chrono::hours(8760);
inline constexpr std::int64_t kMostTasks = 10'000'000;

// Tasks that are alike.
struct TaskSetting {
  Duration demand{};       // above 0
  std::int64_t count = 1;  // above 0
};

struct ParsedTaskList {
  std::vector<TaskSetting> tasks;  // in the order of the text
  std::vector<Complaint> complaints;

  bool ok() const { return !HasErrors(complaints); }
};

// Reads the YAML text of one document, as strictly as ParseConfiguration.
ParsedTaskList ParseTaskList(std::string_view text);

}  // namespace berth::config
