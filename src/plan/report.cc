#include "berth/plan/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "berth/base/columns.h"
#include "berth/base/json_text.h"

namespace berth::plan {
namespace {

std::string Formatted(double number, NumberForm form) {
  switch (form) {
    case NumberForm::kWhole:
      return fmt::format("{:.0f}", number);
    case NumberForm::kTwoDecimals:
      return fmt::format("{:.2f}", number);
    case NumberForm::kFourDigits:
      return fmt::format("{:.4g}", number);
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
  return text != nullptr ? *text : "";
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

struct Panel {
  const Column& column;
  std::size_t position = 0;  // among the columns
  std::size_t left = 0;
};

// Pixels.
constexpr std::size_t kLabels = 270;
constexpr std::size_t kBar = 250;
constexpr std::size_t kGap = 90;
constexpr std::size_t kRow = 26;
constexpr std::size_t kHead = 74;

std::vector<Panel> PanelsOf(const Report& report) {
  std::vector<Panel> panels;
  for (std::size_t i = 0; i < report.columns.size(); ++i) {
    if (report.columns[i].in_chart) {
      panels.push_back({report.columns[i], i, kLabels + (panels.size() * (kBar + kGap))});
    }
  }
  return panels;
}

std::string DrawPanel(const Report& report, const Panel& panel) {
  double most = 0;
  for (const std::vector<Cell>& row : report.rows) {
    if (const auto* const number = std::get_if<double>(&row[panel.position])) {
      most = std::max(most, *number);
    }
  }
  std::string svg = fmt::format("<text x=\"{}\" y=\"56\" fill=\"#1a202c\">{}</text>\n", panel.left,
                                panel.column.title);
  for (std::size_t i = 0; i < report.rows.size(); ++i) {
    const auto* const number = std::get_if<double>(&report.rows[i][panel.position]);
    const double length = number != nullptr && most > 0 ? kBar * std::max(*number, 0.0) / most : 0;
    const std::size_t top = kHead + (kRow * i);
    svg += fmt::format(
        "<rect x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"18\" fill=\"#2b6cb0\"/>\n"
        "<text x=\"{:.1f}\" y=\"{}\" fill=\"#1a202c\">{}</text>\n",
        panel.left, top, length, static_cast<double>(panel.left) + length + 6, top + 14,
        CellText(report.rows[i][panel.position], panel.column.form));
  }
  return svg;
}

}  // namespace

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
  const std::vector<Panel> panels = PanelsOf(report);
  const std::size_t width = kLabels + (panels.size() * (kBar + kGap));
  const std::size_t height = kHead + (kRow * report.rows.size()) + 16;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
      "{1}\" font-family=\"sans-serif\" font-size=\"13\">\n"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n"
      "<text x=\"16\" y=\"26\" font-size=\"16\" fill=\"#1a202c\">{2}</text>\n",
      width, height, report.title);
  for (const Panel& panel : panels) {
    svg += DrawPanel(report, panel);
  }
  for (std::size_t i = 0; i < report.rows.size(); ++i) {
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#1a202c\">{}</text>\n",
                       kLabels - 10, kHead + (kRow * i) + 14, LabelOf(report.rows[i]));
  }
  return svg + "</svg>\n";
}

}  // namespace berth::plan
