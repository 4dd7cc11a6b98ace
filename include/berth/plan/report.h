// What an experiment found: one table, for people and for programs. The same report gives the same
// bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace berth::plan {

// How a column's numbers are shown to people. Programs get six significant digits of all.
enum class NumberForm : std::uint8_t {
  kWhole,
  kTwoDecimals,
  kFourDigits,  // significant ones, of what may be very small; six of large numbers
};

struct Column {
  std::string_view title;  // for people
  std::string_view name;   // for programs
  NumberForm form = NumberForm::kTwoDecimals;
  bool in_chart = false;
};

using Cell = std::variant<std::monostate, std::string, double>;  // monostate: there is none

// One number beside the rows, for programs; the notes tell it to people.
struct Figure {
  std::string_view name;
  double value = 0;
};

struct Report {
  std::string_view title;
  std::vector<Column> columns;  // texts come first
  std::vector<std::vector<Cell>> rows;
  std::vector<std::string> notes;  // a sentence or two each
  std::vector<Figure> figures;
};

// As kFourDigits shows it: "0.002209", "31.29", and from ten thousand on whole, with six digits:
// "61538", "124997000".
std::string FourDigits(double number);

// The title, the table lined up, the notes.
std::string ReportTable(const Report& report);
// {"title", "rows": [{column: value}], "figures": {name: value}, "notes"}; no figures where there
// are none.
std::string ReportJson(const Report& report);
// The rows, with a head line.
std::string ReportCsv(const Report& report);
// An SVG picture that needs nothing else: bars, a panel for each column that is to be in it.
std::string ReportChart(const Report& report);

}  // namespace berth::plan
