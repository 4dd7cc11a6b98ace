// Comma-separated values with a head line, read strictly: what a reader does not know is an error,
// for it may be a slip of the pen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/result.h"

namespace berth {

// What stands between commas.
std::vector<std::string_view> CommaSeparated(std::string_view text);

// Lines of a text, without their ends ("\n" or "\r\n") and without the byte order mark that
// spreadsheets put before the first. Nothing follows the last end.
std::vector<std::string_view> LinesOf(std::string_view text);

// What is written between commas for `text`: quoted where it could not be told from two cells or
// two lines otherwise (RFC 4180).
std::string CsvCell(std::string_view text);

struct CsvColumn {
  std::string_view name;
  bool needed = false;
};

class CsvTable;

// Borrows the table.
class CsvRow {
 public:
  CsvRow(const CsvTable& table, std::size_t line, std::vector<std::string_view> cells)
      : table_(table), line_(line), cells_(std::move(cells)) {}

  // Empty where the file has no such column.
  std::string_view Text(std::string_view column) const;
  Result<std::int64_t> Integer(std::string_view column, std::int64_t least,
                               std::int64_t most) const;
  // "pods.csv:17: <message>", and with the column "pods.csv:17: gpu_milli: <message>".
  Error Wrong(std::string_view message) const;
  Error Wrong(std::string_view column, std::string_view message) const;

 private:
  const CsvTable& table_;
  std::size_t line_;
  std::vector<std::string_view> cells_;
};

// Borrows the text.
class CsvTable {
 public:
  static Result<CsvTable> Parse(std::string_view text, std::string_view file,
                                std::span<const CsvColumn> columns);

  bool Has(std::string_view column) const { return PositionOf(column).has_value(); }
  std::size_t size() const { return lines_.size(); }
  // An Error when the row has more or fewer cells than the head line, or quotes.
  Result<CsvRow> Row(std::size_t index) const;

 private:
  friend class CsvRow;
  CsvTable(std::string_view file, std::vector<std::string_view> head,
           std::vector<std::string_view> lines)
      : file_(file), head_(std::move(head)), lines_(std::move(lines)) {}
  std::optional<std::size_t> PositionOf(std::string_view column) const;

  std::string file_;
  std::vector<std::string_view> head_;
  std::vector<std::string_view> lines_;
};

}  // namespace berth
