#include "berth/base/csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

namespace berth {
namespace {

// Quotes would be taken for a part of what they quote: no model is called "T4.
std::optional<Error> CheckQuotes(std::string_view file, std::size_t line,
                                 const std::vector<std::string_view>& cells) {
  const auto quoted = std::ranges::find_if(
      cells, [](std::string_view cell) { return cell.find('"') != std::string_view::npos; });
  if (quoted == cells.end()) {
    return std::nullopt;
  }
  return InvalidArgument(
      fmt::format("{}:{}: expected cells without quotes, found '{}'", file, line, *quoted));
}

std::optional<Error> CheckHead(std::string_view file, const std::vector<std::string_view>& head,
                               std::span<const CsvColumn> columns) {
  for (const std::string_view name : head) {
    if (std::ranges::find(columns, name, &CsvColumn::name) == columns.end()) {
      std::vector<std::string_view> known;
      for (const CsvColumn& column : columns) {
        known.push_back(column.name);
      }
      return InvalidArgument(fmt::format("{}:1: there is no column '{}'; there are: {}", file, name,
                                         fmt::join(known, ", ")));
    }
    if (std::ranges::count(head, name) > 1) {
      return InvalidArgument(fmt::format("{}:1: column '{}' comes twice", file, name));
    }
  }
  for (const CsvColumn& column : columns) {
    if (column.needed && std::ranges::find(head, column.name) == head.end()) {
      return InvalidArgument(fmt::format("{}:1: column '{}' is missing", file, column.name));
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string_view> CommaSeparated(std::string_view text) {
  std::vector<std::string_view> cells;
  for (;;) {
    const std::size_t comma = text.find(',');
    cells.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) {
      return cells;
    }
    text.remove_prefix(comma + 1);
  }
}

std::vector<std::string_view> LinesOf(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    lines.push_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::string CsvCell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    return std::string(text);
  }
  std::string cell = "\"";
  for (const char c : text) {
    cell += c == '"' ? "\"\"" : std::string(1, c);
  }
  return cell + '"';
}

std::string_view CsvRow::Text(std::string_view column) const {
  const auto at = table_.PositionOf(column);
  return at ? cells_[*at] : std::string_view();
}

Result<std::int64_t> CsvRow::Integer(std::string_view column, std::int64_t least,
                                     std::int64_t most) const {
  const std::string_view text = Text(column);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  if (!is_whole || number < least || number > most) {
    return Wrong(column, fmt::format("expected a whole number from {} to {}, found '{}'", least,
                                     most, text));
  }
  return number;
}

Error CsvRow::Wrong(std::string_view message) const {
  return InvalidArgument(fmt::format("{}:{}: {}", table_.file_, line_, message));
}

Error CsvRow::Wrong(std::string_view column, std::string_view message) const {
  return Wrong(fmt::format("{}: {}", column, message));
}

Result<CsvTable> CsvTable::Parse(std::string_view text, std::string_view file,
                                 std::span<const CsvColumn> columns) {
  std::vector<std::string_view> lines = LinesOf(text);
  if (lines.empty()) {
    return InvalidArgument(fmt::format("{}:1: expected a line that names the columns", file));
  }
  std::vector<std::string_view> head = CommaSeparated(lines.front());
  if (auto error = CheckQuotes(file, 1, head)) {
    return *error;
  }
  if (auto error = CheckHead(file, head, columns)) {
    return *error;
  }
  lines.erase(lines.begin());
  return CsvTable(file, std::move(head), std::move(lines));
}

Result<CsvRow> CsvTable::Row(std::size_t index) const {
  const std::size_t line = index + 2;  // counted from 1, after the head
  std::vector<std::string_view> cells = CommaSeparated(lines_[index]);
  if (auto error = CheckQuotes(file_, line, cells)) {
    return *error;
  }
  if (cells.size() != head_.size()) {
    return InvalidArgument(fmt::format("{}:{}: expected {} columns, found {}", file_, line,
                                       head_.size(), cells.size()));
  }
  return CsvRow(*this, line, std::move(cells));
}

std::optional<std::size_t> CsvTable::PositionOf(std::string_view column) const {
  const auto at = std::ranges::find(head_, column);
  return at == head_.end() ? std::nullopt
                           : std::optional(static_cast<std::size_t>(at - head_.begin()));
}

}  // namespace berth
