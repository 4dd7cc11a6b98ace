#include "berth/sim/cold_start_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/base/columns.h"
#include "berth/base/json_text.h"
#include "berth/base/svg.h"
#include "seed_text.h"

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
    std::vector<std::string> line = {row.policy, SeedText(row.seed)};
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
    json += ", \"seed\": " + SeedJson(row.seed);
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
    csv += row.policy + "," + SeedText(row.seed);
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
  BarChart chart{.title = "Cold start: seconds from pod to ready, mean over seeds; less is better",
                 .rows = {},
                 .panels = {{.title = "mean, s", .colour = "#2b6cb0", .bars = {}},
                            {.title = "99th percentile, s", .colour = "#c05621", .bars = {}}}};
  for (const ColdStartRow& row : rows) {
    if (!row.seed) {
      chart.rows.push_back(row.policy);
      chart.panels[0].bars.push_back({.value = row.mean, .text = fmt::format("{:.2f}", row.mean)});
      chart.panels[1].bars.push_back({.value = row.p99, .text = fmt::format("{:.2f}", row.p99)});
    }
  }
  return DrawBars(chart);
}

}  // namespace berth::sim
