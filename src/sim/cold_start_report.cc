#include "berth/sim/cold_start_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/base/columns.h"
#include "berth/base/json_text.h"

namespace berth::sim {
namespace {

using cluster::Tier;

struct Column {
  std::string_view title;  // of the table
  std::string_view name;   // for programs
  double (*value)(const ColdStartRow&);
  bool is_share = false;
};

template <Tier tier>
double From(const ColdStartRow& row) {
  return row.from[static_cast<std::size_t>(tier)];
}

constexpr std::array<Column, 6> kColumns = {{
    {"mean s", "mean_s", [](const ColdStartRow& row) { return row.mean; }},
    {"p50 s", "p50_s", [](const ColdStartRow& row) { return row.p50; }},
    {"p95 s", "p95_s", [](const ColdStartRow& row) { return row.p95; }},
    {"p99 s", "p99_s", [](const ColdStartRow& row) { return row.p99; }},
    {"start SLO %", "start_slo", [](const ColdStartRow& row) { return row.in_time; }, true},
    {"goodput %", "goodput", [](const ColdStartRow& row) { return row.goodput; }, true},
}};

// There are no peers in this experiment.
constexpr std::array<Column, 4> kTiers = {{
    {"device %", "device", &From<Tier::kDevice>, true},
    {"host %", "host", &From<Tier::kHost>, true},
    {"disk %", "disk", &From<Tier::kDisk>, true},
    {"remote %", "remote", &From<Tier::kRemote>, true},
}};

std::string SeedOf(const ColdStartRow& row) {
  return row.seed ? std::to_string(*row.seed) : "mean";
}

std::string Cell(const Column& column, const ColdStartRow& row) {
  return column.is_share ? fmt::format("{:.1f}", 100 * column.value(row))
                         : fmt::format("{:.2f}", column.value(row));
}

std::string Number(const Column& column, const ColdStartRow& row) {
  return fmt::format("{:.4f}", column.value(row));
}

}  // namespace

std::string ColdStartTable(std::span<const ColdStartRow> rows) {
  std::vector<std::vector<std::string>> lines = {{"policy", "seed"}};
  for (const auto& columns : {std::span<const Column>(kColumns), std::span<const Column>(kTiers)}) {
    for (const Column& column : columns) {
      lines.front().emplace_back(column.title);
    }
  }
  for (const ColdStartRow& row : rows) {
    std::vector<std::string> line = {row.policy, SeedOf(row)};
    for (const auto& columns :
         {std::span<const Column>(kColumns), std::span<const Column>(kTiers)}) {
      for (const Column& column : columns) {
        line.push_back(Cell(column, row));
      }
    }
    lines.push_back(std::move(line));
  }
  return AlignColumns(lines, 1);
}

std::string ColdStartJson(std::span<const ColdStartRow> rows) {
  std::string json = "[";
  for (const ColdStartRow& row : rows) {
    json += &row == rows.data() ? "\n  {\"policy\": " : ",\n  {\"policy\": ";
    AppendJsonString(row.policy, json);
    json += row.seed ? fmt::format(", \"seed\": {}", *row.seed) : ", \"seed\": \"mean\"";
    for (const Column& column : kColumns) {
      json += fmt::format(", \"{}\": {}", column.name, Number(column, row));
    }
    json += ", \"from\": {";
    for (const Column& tier : kTiers) {
      json += fmt::format("{}\"{}\": {}", &tier == kTiers.data() ? "" : ", ", tier.name,
                          Number(tier, row));
    }
    json += "}}";
  }
  return json + "\n]\n";
}

std::string ColdStartCsv(std::span<const ColdStartRow> rows) {
  std::string csv = "policy,seed";
  for (const Column& column : kColumns) {
    csv += fmt::format(",{}", column.name);
  }
  for (const Column& tier : kTiers) {
    csv += fmt::format(",from_{}", tier.name);
  }
  csv += "\n";
  for (const ColdStartRow& row : rows) {
    csv += row.policy + "," + SeedOf(row);
    for (const Column& column : kColumns) {
      csv += "," + Number(column, row);
    }
    for (const Column& tier : kTiers) {
      csv += "," + Number(tier, row);
    }
    csv += "\n";
  }
  return csv;
}

std::string ColdStartChart(std::span<const ColdStartRow> rows) {
  std::vector<const ColdStartRow*> means;
  for (const ColdStartRow& row : rows) {
    if (!row.seed) {
      means.push_back(&row);
    }
  }
  struct Panel {
    std::string_view title;
    double (*value)(const ColdStartRow&);
    std::string_view colour;
    int left = 0;
  };
  constexpr int kLabels = 210;  // pixels, all of them
  constexpr int kBar = 250;
  constexpr int kGap = 90;
  constexpr int kRow = 30;
  constexpr int kHead = 74;
  constexpr std::array<Panel, 2> kPanels = {{
      {"mean", [](const ColdStartRow& row) { return row.mean; }, "#2b6cb0", kLabels},
      {"99th percentile", [](const ColdStartRow& row) { return row.p99; }, "#c05621",
       kLabels + kBar + kGap},
  }};
  const int width = kLabels + (2 * (kBar + kGap));
  const int height = kHead + (kRow * static_cast<int>(means.size())) + 16;

  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
      "{1}\" font-family=\"sans-serif\" font-size=\"13\">\n"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n"
      "<text x=\"16\" y=\"26\" font-size=\"16\" fill=\"#1a202c\">Cold start: seconds from pod to "
      "ready, mean over seeds; less is better</text>\n",
      width, height);
  for (const Panel& panel : kPanels) {
    double most = 0;
    for (const ColdStartRow* row : means) {
      most = std::max(most, panel.value(*row));
    }
    svg += fmt::format("<text x=\"{}\" y=\"56\" fill=\"#1a202c\">{}, s</text>\n", panel.left,
                       panel.title);
    for (std::size_t i = 0; i < means.size(); ++i) {
      const double value = panel.value(*means[i]);
      const int top = kHead + (kRow * static_cast<int>(i));
      const double length = most > 0 ? kBar * value / most : 0;
      svg += fmt::format(
          "<rect x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"20\" fill=\"{}\"/>\n"
          "<text x=\"{:.1f}\" y=\"{}\" fill=\"#1a202c\">{:.2f}</text>\n",
          panel.left, top, length, panel.colour, panel.left + length + 6, top + 15, value);
    }
  }
  for (std::size_t i = 0; i < means.size(); ++i) {
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#1a202c\">{}</text>\n",
                       kLabels - 10, kHead + (kRow * static_cast<int>(i)) + 15, means[i]->policy);
  }
  return svg + "</svg>\n";
}

}  // namespace berth::sim
