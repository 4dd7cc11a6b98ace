#include "berth/config/task_list.h"

#include <array>
#include <cstddef>
#include <string>
#include <utility>

#include "setting.h"
#include "table_reader.h"

namespace berth::config {
namespace {

constexpr std::string_view kTasks = "tasks";
constexpr std::size_t kMostItems = 100'000;

constexpr auto kTaskSettings = std::to_array<Setting<TaskSetting>>({
    {{.path = "demand",
      .type = SettingType::kDuration,
      .min = 1,
      .max = kLongestTask.count(),
      .required = true,
      .help = "How long the task takes."},
     Field<&TaskSetting::demand>()},
    {{.path = "count",
      .type = SettingType::kCount,
      .min = 1,
      .max = kMostTasks,
      .help = "How many tasks are alike."},
     Field<&TaskSetting::count>()},
});

}  // namespace

ParsedTaskList ParseTaskList(std::string_view text) {
  ParsedTaskList parsed;
  TableReader reader;
  const std::span<const Setting<TaskSetting>> settings(kTaskSettings);
  const auto read_task = [&](const Node& item, const std::string& path) {
    reader.ReadMap(item, path, settings, parsed.tasks.emplace_back());
  };
  bool has_tasks = false;
  const std::array<Nested, 1> nested = {{
      {.key = kTasks,
       .read =
           [&](const Node& list, const std::string& path) {
             has_tasks = true;
             reader.EachItem(list, path, kTasks, KeysBelow(SpecsOf(settings), ""), kMostItems,
                             read_task);
           }},
  }};
  struct NoSettings {
  } none;
  if (const Node* const root = reader.Open(text, {.what = "a list of tasks"})) {
    reader.ReadMap(*root, "", std::span<const Setting<NoSettings>>(), none, nested);
    if (!has_tasks) {
      reader.Complain(PlaceOf(*root), kTasks, "is missing, expected a list of tasks");
    }
  }
  parsed.complaints = reader.TakeComplaints();
  return parsed;
}

}  // namespace berth::config
