#include "task_file.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdint>

#include "berth/base/csv.h"
#include "berth/plan/instance.h"
#include "experiments.h"

namespace berth::app {
namespace {

constexpr Duration kLongestTask = std::chrono::hours(8760);
constexpr std::array kColumns = {CsvColumn{"demand", true}, CsvColumn{"count"}};

// Tasks that are alike.
struct Tasks {
  Duration demand{};
  std::int64_t count = 1;
};

Result<Tasks> ReadTasks(const CsvTable& table, const CsvRow& row) {
  const Result<Duration> demand =
      ReadDuration("demand", row.Text("demand"), Duration(1), kLongestTask);
  if (!demand.ok()) {
    return row.Wrong(demand.error().message);
  }
  Tasks tasks{.demand = *demand};
  if (table.Has("count")) {
    BERTH_ASSIGN_OR_RETURN(tasks.count, row.Integer("count", 1, kMostTasks));
  }
  return tasks;
}

}  // namespace

Result<std::vector<Duration>> ParseTasks(std::string_view text, std::string_view file) {
  BERTH_ASSIGN_OR_RETURN(const CsvTable table, CsvTable::Parse(text, file, kColumns));
  std::vector<Duration> demands;
  Duration sum{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    BERTH_ASSIGN_OR_RETURN(const CsvRow row, table.Row(i));
    BERTH_ASSIGN_OR_RETURN(const Tasks tasks, ReadTasks(table, row));
    if (static_cast<std::size_t>(tasks.count) > kMostTasks - demands.size()) {
      return row.Wrong(fmt::format("more than {} tasks", kMostTasks));
    }
    if (tasks.demand > (plan::kMostDemand - sum) / tasks.count) {
      return row.Wrong("all tasks together take longer than 73 years");
    }
    sum += tasks.demand * tasks.count;
    demands.insert(demands.end(), static_cast<std::size_t>(tasks.count), tasks.demand);
  }
  if (demands.empty()) {
    return InvalidArgument(fmt::format("{}: holds no task", file));
  }
  return demands;
}

}  // namespace berth::app
