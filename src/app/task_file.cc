#include "task_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "berth/base/csv.h"
#include "berth/config/complaint.h"
#include "berth/config/task_list.h"
#include "berth/plan/instance.h"
#include "experiments.h"

namespace berth::app {
namespace {

using config::TaskSetting;

constexpr std::array kColumns = {CsvColumn{"demand", true}, CsvColumn{"count"}};

// The tasks so far, one by one.
class Demands {
 public:
  // What is wrong with them; empty: nothing, and they are in.
  std::string Add(const TaskSetting& tasks) {
    const auto all = static_cast<std::int64_t>(demands_.size());
    if (tasks.count > config::kMostTasks - all) {
      return fmt::format("more than {} tasks", config::kMostTasks);
    }
    if (tasks.demand > (plan::kMostDemand - sum_) / tasks.count) {
      return "all tasks together take longer than 73 years";
    }
    sum_ += tasks.demand * tasks.count;
    demands_.insert(demands_.end(), static_cast<std::size_t>(tasks.count), tasks.demand);
    return {};
  }

  Result<std::vector<Duration>> Take(std::string_view file) && {
    if (demands_.empty()) {
      return InvalidArgument(fmt::format("{}: holds no task", file));
    }
    return std::move(demands_);
  }

 private:
  std::vector<Duration> demands_;
  Duration sum_{};
};

Result<TaskSetting> ReadTasks(const CsvTable& table, const CsvRow& row) {
  const Result<Duration> demand =
      ReadDuration("demand", row.Text("demand"), Duration(1), config::kLongestTask);
  if (!demand.ok()) {
    return row.Wrong(demand.error().message);
  }
  TaskSetting tasks{.demand = *demand};
  if (table.Has("count")) {
    BERTH_ASSIGN_OR_RETURN(tasks.count, row.Integer("count", 1, config::kMostTasks));
  }
  return tasks;
}

Result<std::vector<Duration>> ParseCsv(std::string_view text, std::string_view file) {
  BERTH_ASSIGN_OR_RETURN(const CsvTable table, CsvTable::Parse(text, file, kColumns));
  Demands demands;
  for (std::size_t i = 0; i < table.size(); ++i) {
    BERTH_ASSIGN_OR_RETURN(const CsvRow row, table.Row(i));
    BERTH_ASSIGN_OR_RETURN(const TaskSetting tasks, ReadTasks(table, row));
    if (const std::string wrong = demands.Add(tasks); !wrong.empty()) {
      return row.Wrong(wrong);
    }
  }
  return std::move(demands).Take(file);
}

Result<std::vector<Duration>> ParseYaml(std::string_view text, std::string_view file) {
  const config::ParsedTaskList parsed = config::ParseTaskList(text);
  if (!parsed.ok()) {
    return config::Refused(parsed.complaints, file);
  }
  Demands demands;
  for (std::size_t i = 0; i < parsed.tasks.size(); ++i) {
    if (const std::string wrong = demands.Add(parsed.tasks[i]); !wrong.empty()) {
      return InvalidArgument(fmt::format("{}: tasks[{}]: {}", file, i, wrong));
    }
  }
  return std::move(demands).Take(file);
}

// The head line of a CSV file is names and commas.
bool IsYaml(std::string_view text) {
  for (const std::string_view line : LinesOf(text)) {
    const std::size_t first = line.find_first_not_of(" \t");
    if (first != std::string_view::npos && line[first] != '#') {
      return line.find(':') != std::string_view::npos || line[first] == '{' ||
             line.starts_with("---");
    }
  }
  return false;
}

}  // namespace

Result<std::vector<Duration>> ParseTasks(std::string_view text, std::string_view file) {
  return IsYaml(text) ? ParseYaml(text, file) : ParseCsv(text, file);
}

}  // namespace berth::app
