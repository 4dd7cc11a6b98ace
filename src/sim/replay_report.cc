#include "berth/sim/replay_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/base/columns.h"
#include "berth/base/json_text.h"
#include "berth/base/svg.h"
#include "seed_text.h"

namespace berth::sim {
namespace {

// At which the table stops, of arrived demand.
constexpr std::array kStops = {50, 80, 90, 95, 100, 105, 110, 120, 130};

// A mean of counts need not be one.
std::string Count(double count) {
  return count == std::floor(count) ? fmt::format("{:.0f}", count) : fmt::format("{:.1f}", count);
}

double MeanOf(const std::vector<double>& values) {
  return values.empty() ? 0
                        : std::accumulate(values.begin(), values.end(), 0.0) /
                              static_cast<double>(values.size());
}

double MostOf(const std::vector<double>& values) {
  return values.empty() ? 0 : *std::ranges::max_element(values);
}

std::string TableOfArrivals(std::span<const ReplayRow> rows) {
  std::vector<int> stops;
  for (const int stop : kStops) {
    if (std::ranges::all_of(rows, [&](const ReplayRow& row) {
          return row.result.curve.AllocatedAt(stop).has_value();
        })) {
      stops.push_back(stop);
    }
  }
  std::vector<std::vector<std::string>> lines = {{"policy", "seed"}};
  for (const int stop : stops) {
    lines.front().push_back(fmt::format("at {} %", stop));
  }
  lines.front().insert(lines.front().end(), {"end", "fragmented", "failed"});
  for (const ReplayRow& row : rows) {
    const ReplayCurve& curve = row.result.curve;
    std::vector<std::string> line = {row.policy, SeedText(row.seed)};
    for (const int stop : stops) {
      line.push_back(fmt::format("{:.2f}", curve.AllocatedAt(stop).value_or(0)));
    }
    line.push_back(fmt::format("{:.2f}", row.result.end_allocated));
    line.push_back(fmt::format("{:.2f}", row.result.end_fragmented));
    line.push_back(Count(row.result.all_failed()));
    lines.push_back(std::move(line));
  }
  return AlignColumns(lines, 1);
}

std::string TableOfTime(std::span<const ReplayRow> rows) {
  std::vector<std::vector<std::string>> lines = {{"policy", "seed", "asked", "allocated",
                                                  "most asked", "most allocated", "fragmented",
                                                  "failed"}};
  for (const ReplayRow& row : rows) {
    const ReplayCurve& curve = row.result.curve;
    lines.push_back(
        {row.policy, SeedText(row.seed), fmt::format("{:.2f}", MeanOf(curve.asked)),
         fmt::format("{:.2f}", MeanOf(curve.allocated)), fmt::format("{:.2f}", MostOf(curve.asked)),
         fmt::format("{:.2f}", MostOf(curve.allocated)),
         fmt::format("{:.2f}", MeanOf(curve.fragmented)), Count(row.result.all_failed())});
  }
  return AlignColumns(lines, 1);
}

void AppendNumbers(std::string_view name, const std::vector<double>& values, std::string& json) {
  json += fmt::format(", \"{}\": [", name);
  for (const double& value : values) {
    json += fmt::format("{}{:.2f}", &value == values.data() ? "" : ", ", value);
  }
  json += "]";
}

void AppendPlacements(const ReplayRow& row, std::span<const TraceNode> nodes, std::string& json) {
  json += ",\n   \"placements\": [";
  for (const ReplayPlacement& placement : row.result.placements) {
    json += &placement == row.result.placements.data() ? "\n" : ",\n";
    json += fmt::format("    {{\"event\": {}, \"pod_row\": {}, \"node\": ", placement.arrival.event,
                        placement.arrival.pod);
    AppendJsonString(nodes[placement.spot.node].name, json);
    std::vector<int> devices;
    placement.spot.devices.ForEach([&](int device) { devices.push_back(device); });
    json += fmt::format(", \"devices\": [{}]}}", fmt::join(devices, ", "));
  }
  json += "]";
}

// What the chart shows of each policy: its mean, or its only seed. A mean of orders that have no
// column in common has nothing to show.
std::vector<const ReplayRow*> Shown(std::span<const ReplayRow> rows) {
  const bool has_means =
      std::ranges::any_of(rows, [](const ReplayRow& row) { return !row.seed.has_value(); });
  std::vector<const ReplayRow*> shown;
  for (const ReplayRow& row : rows) {
    if ((!has_means || !row.seed) && !row.result.curve.column.empty()) {
      shown.push_back(&row);
    }
  }
  return shown;
}

// As curves that are so high at most are best seen.
int CeilingFor(double highest) {
  constexpr std::array kCeilings = {1, 2, 5, 10, 20, 50};
  const auto at = std::ranges::find_if(kCeilings, [&](int most) { return highest <= most; });
  return at == kCeilings.end() ? 100 : *at;
}

// Up to 80 % arrived all policies allocate what is asked, so where there is more the chart begins
// there.
LineChart::Range ColumnsToShow(const std::vector<const ReplayRow*>& rows, ReplayMode mode) {
  int last = 1;
  for (const ReplayRow* row : rows) {
    last = std::max(last, row->result.curve.column.back());
  }
  return {.least = mode == ReplayMode::kArrivals && last >= 100 ? 80 : 0, .most = last};
}

// Up to a ceiling near the highest, or 100 % and then from a multiple of ten below all that is
// shown.
LineChart::Range PercentsToShow(const std::vector<const ReplayRow*>& rows, int first_column) {
  double lowest = 100;
  double highest = 0;
  for (const ReplayRow* row : rows) {
    const ReplayCurve& curve = row->result.curve;
    for (std::size_t i = 0; i < curve.column.size(); ++i) {
      lowest = curve.column[i] >= first_column ? std::min(lowest, curve.allocated[i]) : lowest;
    }
    highest = std::max(highest, MostOf(curve.allocated));
  }
  const int most = CeilingFor(highest);
  const int floor = most < 100 ? 0 : static_cast<int>(lowest / 10) * 10;
  return {.least = std::min(floor, 90), .most = most};
}

// What a policy's line in the legend tells.
double SummaryOf(const ReplayRow& row, ReplayMode mode) {
  return mode == ReplayMode::kArrivals ? row.result.end_allocated
                                       : MeanOf(row.result.curve.allocated);
}

LineChart::Curve CurveOf(const ReplayRow& row, ReplayMode mode) {
  const ReplayCurve& curve = row.result.curve;
  const double summary = SummaryOf(row, mode);
  LineChart::Curve drawn{
      .text = fmt::format("{} {:.2f}", row.policy, summary), .points = {}, .rank = summary};
  for (std::size_t i = 0; i < curve.column.size(); ++i) {
    drawn.points.emplace_back(curve.column[i], curve.allocated[i]);
  }
  return drawn;
}

}  // namespace

std::string ReplayTable(const ReplayReport& report) {
  return report.mode == ReplayMode::kArrivals ? TableOfArrivals(report.rows)
                                              : TableOfTime(report.rows);
}

std::string ReplayJson(const ReplayReport& report) {
  std::string json = "[";
  for (const ReplayRow& row : report.rows) {
    const ReplayCurve& curve = row.result.curve;
    json += &row == report.rows.data() ? "\n  {\"policy\": " : ",\n  {\"policy\": ";
    AppendJsonString(row.policy, json);
    json += ", \"seed\": " + SeedJson(row.seed);
    if (report.mode == ReplayMode::kArrivals) {
      json += fmt::format(",\n   \"arrived\": [{}]", fmt::join(curve.column, ", "));
    } else {
      json += fmt::format(",\n   \"time\": [{}]", fmt::join(curve.column, ", "));
      AppendNumbers("arrived", curve.asked, json);
    }
    AppendNumbers("allocated", curve.allocated, json);
    AppendNumbers("fragmented", curve.fragmented, json);
    json += fmt::format(",\n   \"failed\": {}, \"failed_by_class\": {{",
                        Count(row.result.all_failed()));
    for (std::size_t i = 0; i < kPodClasses; ++i) {
      json += fmt::format("{}\"{}\": {}", i == 0 ? "" : ", ", PodClassName(i),
                          Count(row.result.failed[i]));
    }
    json += "},\n   \"idle\": {";
    for (std::size_t i = 0; i < kIdleUses; ++i) {
      json += fmt::format("{}\"{}\": {:.2f}", i == 0 ? "" : ", ", IdleUseName(i),
                          row.result.end_idle[i]);
    }
    json += "}";
    if (row.seed) {
      AppendPlacements(row, report.nodes, json);
    }
    json += "}";
  }
  return json + "\n]\n";
}

std::string ReplayCsv(const ReplayReport& report) {
  std::string csv = "policy,seed,at,arrived,allocated,fragmented\n";
  for (const ReplayRow& row : report.rows) {
    const ReplayCurve& curve = row.result.curve;
    for (std::size_t i = 0; i < curve.column.size(); ++i) {
      csv += fmt::format("{},{},{},{:.2f},{:.2f},{:.2f}\n", row.policy, SeedText(row.seed),
                         curve.column[i], curve.asked[i], curve.allocated[i], curve.fragmented[i]);
    }
  }
  return csv;
}

std::string ReplayChart(const ReplayReport& report) {
  const std::vector<const ReplayRow*> rows = Shown(report.rows);
  LineChart chart{.title = "Devices allocated, %; more is better",
                  .x_title = report.mode == ReplayMode::kArrivals
                                 ? "arrived demand, % of the devices"
                                 : "time, % of the trace",
                  .x = ColumnsToShow(rows, report.mode),
                  .curves = {}};
  chart.y = PercentsToShow(rows, chart.x.least);
  for (const ReplayRow* row : rows) {
    chart.curves.push_back(CurveOf(*row, report.mode));
  }
  return DrawCurves(chart);
}

}  // namespace berth::sim
