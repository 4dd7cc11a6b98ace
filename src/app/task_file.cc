#include "task_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "berth/plan/instance.h"
#include "experiments.h"

namespace berth::app {
namespace {

constexpr Duration kLongestTask = std::chrono::hours(8760);

// Which column is which; "demand" is always there.
struct Head {
  std::size_t columns = 0;
  std::size_t demand = 0;
  std::optional<std::size_t> count;
};

class Reader {
 public:
  explicit Reader(std::string_view file) : file_(file) {}

  Status Read(std::string_view text) {
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(text.size(), line.size() + 1));
      ++line_;
      BERTH_RETURN_IF_ERROR(
          ReadLine(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line));
    }
    return demands_.empty() ? Wrong("holds no task") : Status();
  }

  std::vector<Duration> Take() && { return std::move(demands_); }

 private:
  Error Wrong(std::string_view message) const {
    return InvalidArgument(fmt::format("{}:{}: {}", file_, std::max(line_, 1), message));
  }

  Status ReadLine(std::string_view line) {
    if (line.empty() || line.starts_with('#')) {
      return {};
    }
    const std::vector<std::string_view> cells = Split(line);
    return head_.columns > 0 ? ReadTask(cells) : ReadHead(cells);
  }

  Status ReadHead(const std::vector<std::string_view>& cells) {
    Head head{.columns = cells.size()};
    bool has_demand = false;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (cells[i] == "demand" && !has_demand) {
        head.demand = i;
        has_demand = true;
      } else if (cells[i] == "count" && !head.count) {
        head.count = i;
      } else {
        return Wrong(fmt::format(
            "expected a head line of the columns demand and, if any, count; found '{}'", cells[i]));
      }
    }
    if (!has_demand) {
      return Wrong("the head line names no column demand");
    }
    head_ = head;
    return {};
  }

  Status ReadTask(const std::vector<std::string_view>& cells) {
    if (cells.size() != head_.columns) {
      return Wrong(fmt::format("expected {} values, found {}", head_.columns, cells.size()));
    }
    const Result<Duration> demand =
        ReadDuration("demand", cells[head_.demand], Duration(1), kLongestTask);
    if (!demand.ok()) {
      return Wrong(demand.error().message);
    }
    std::size_t count = 1;
    if (head_.count) {
      const Result<std::size_t> read =
          ReadNumber<std::size_t>("count", cells[*head_.count], 1, kMostTasks);
      if (!read.ok()) {
        return Wrong(read.error().message);
      }
      count = *read;
    }
    return Add(*demand, count);
  }

  Status Add(Duration demand, std::size_t count) {
    if (count > kMostTasks - demands_.size()) {
      return Wrong(fmt::format("more than {} tasks", kMostTasks));
    }
    if (demand > (plan::kMostDemand - sum_) / static_cast<std::int64_t>(count)) {
      return Wrong("all tasks together take longer than 73 years");
    }
    sum_ += demand * static_cast<std::int64_t>(count);
    demands_.insert(demands_.end(), count, demand);
    return {};
  }

  const std::string_view file_;
  int line_ = 0;
  Head head_;  // without columns: not read yet
  std::vector<Duration> demands_;
  Duration sum_{};
};

}  // namespace

Result<std::vector<Duration>> ParseTasks(std::string_view text, std::string_view file) {
  Reader reader(file);
  BERTH_RETURN_IF_ERROR(reader.Read(text));
  return std::move(reader).Take();
}

}  // namespace berth::app
