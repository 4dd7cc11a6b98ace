#include "berth/plan/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <optional>

#include "berth/base/columns.h"
#include "berth/base/csv.h"
#include "berth/base/json_text.h"
#include "berth/base/svg.h"

namespace berth::plan {
namespace {

std::string Formatted(double number, NumberForm form) {
  switch (form) {
    case NumberForm::kWhole:
      return fmt::format("{:.0f}", number);
    case NumberForm::kTwoDecimals:
      return fmt::format("{:.2f}", number);
    case NumberForm::kFourDigits:
      return FourDigits(number);
  }
  return {};
}

std::string CellText(const Cell& cell, NumberForm form) {
  if (const auto* const number = std::get_if<double>(&cell)) {
    return Formatted(*number, form);
  }
  const auto* const text = std::get_if<std::string>(&cell);
  return text != nullptr ? *text : "-";
}

// JSON and CSV: at least six digits, whole numbers whole.
std::string Exact(double number) {
  const bool is_whole = number == static_cast<double>(static_cast<std::int64_t>(number));
  return is_whole ? fmt::format("{:.0f}", number) : fmt::format("{:.6g}", number);
}

std::string CellJson(const Cell& cell) {
  if (const auto* const number = std::get_if<double>(&cell)) {
    return Exact(*number);
  }
  const auto* const text = std::get_if<std::string>(&cell);
  if (text == nullptr) {
    return "null";
  }
  std::string json;
  AppendJsonString(*text, json);
  return json;
}

std::string CellCsv(const Cell& cell) {
  if (const auto* const number = std::get_if<double>(&cell)) {
    return Exact(*number);
  }
  const auto* const text = std::get_if<std::string>(&cell);
  return text != nullptr ? CsvCell(*text) : "";
}

std::size_t TextColumns(const Report& report) {
  if (report.rows.empty()) {
    return 0;
  }
  const auto is_text = [](const Cell& cell) { return std::holds_alternative<std::string>(cell); };
  return static_cast<std::size_t>(std::ranges::find_if_not(report.rows.front(), is_text) -
                                  report.rows.front().begin());
}

// What tells a row from the others: its texts.
std::string LabelOf(const std::vector<Cell>& row) {
  std::string label;
  for (const Cell& cell : row) {
    if (const auto* const text = std::get_if<std::string>(&cell)) {
      label += (label.empty() ? "" : ", ") + *text;
    }
  }
  return label;
}

BarChart::Panel PanelOf(const Report& report, std::size_t column) {
  BarChart::Panel panel{
      .title = std::string(report.columns[column].title), .colour = "#2b6cb0", .bars = {}};
  for (const std::vector<Cell>& row : report.rows) {
    const auto* const number = std::get_if<double>(&row[column]);
    panel.bars.push_back({.value = number != nullptr ? std::optional(*number) : std::nullopt,
                          .text = CellText(row[column], report.columns[column].form)});
  }
  return panel;
}

}  // namespace

std::string FourDigits(double number) {
  constexpr double kShort = 9999.5;  // rounded it has five digits
  constexpr double kLong = 1e15;
  const double size = std::abs(number);
  if (size < kShort || size >= kLong) {
    return fmt::format("{:.4g}", number);
  }
  const std::string six = fmt::format("{:.5e}", number);
  double rounded = 0;
  std::from_chars(six.data(), six.data() + six.size(), rounded);
  return fmt::format("{:.0f}", rounded);
}

std::string ReportTable(const Report& report) {
  std::vector<std::vector<std::string>> lines(1);
  for (const Column& column : report.columns) {
    lines.front().emplace_back(column.title);
  }
  for (const std::vector<Cell>& row : report.rows) {
    std::vector<std::string>& line = lines.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      line.push_back(CellText(row[i], report.columns[i].form));
    }
  }
  std::string table = fmt::format("{}\n", report.title);
  if (!report.rows.empty()) {
    table += "\n" + AlignColumns(lines, TextColumns(report));
  }
  for (const std::string& note : report.notes) {
    table += fmt::format("\n{}\n", note);
  }
  return table;
}

std::string ReportJson(const Report& report) {
  std::string json = "{\n  \"title\": ";
  AppendJsonString(report.title, json);
  json += ",\n  \"rows\": [";
  for (std::size_t row = 0; row < report.rows.size(); ++row) {
    json += row == 0 ? "\n    {" : ",\n    {";
    for (std::size_t i = 0; i < report.columns.size(); ++i) {
      json += fmt::format("{}\"{}\": {}", i == 0 ? "" : ", ", report.columns[i].name,
                          CellJson(report.rows[row][i]));
    }
    json += "}";
  }
  json += "\n  ],";
  for (const Figure& figure : report.figures) {
    json +=
        fmt::format("{}\"{}\": {}", &figure == report.figures.data() ? "\n  \"figures\": {" : ", ",
                    figure.name, Exact(figure.value));
  }
  json += report.figures.empty() ? "" : "},";
  json += "\n  \"notes\": [";
  for (std::size_t i = 0; i < report.notes.size(); ++i) {
    json += i == 0 ? "\n    " : ",\n    ";
    AppendJsonString(report.notes[i], json);
  }
  return json + (report.notes.empty() ? "]\n}\n" : "\n  ]\n}\n");
}

std::string ReportCsv(const Report& report) {
  std::string csv;
  for (const Column& column : report.columns) {
    csv += fmt::format("{}{}", csv.empty() ? "" : ",", column.name);
  }
  csv += "\n";
  for (const std::vector<Cell>& row : report.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      csv += (i == 0 ? "" : ",") + CellCsv(row[i]);
    }
    csv += "\n";
  }
  return csv;
}

std::string ReportChart(const Report& report) {
  BarChart chart{.title = report.title, .rows = {}, .panels = {}};
  std::ranges::transform(report.rows, std::back_inserter(chart.rows), &LabelOf);
  for (std::size_t i = 0; i < report.columns.size(); ++i) {
    if (report.columns[i].in_chart) {
      chart.panels.push_back(PanelOf(report, i));
    }
  }
  return DrawBars(chart);
}

}  // namespace berth::plan
