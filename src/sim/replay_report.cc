#include "berth/sim/replay_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
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

struct Range {
  int least = 0;
  int most = 0;

  double ShareOf(double value) const { return (value - least) / (most - least); }
  // Between two lines of a grid.
  int step() const {
    const int length = most - least;
    return length > 50 ? 10 : (length > 20 ? 5 : (length > 5 ? 2 : 1));
  }
};

// Where a chart's numbers lie on paper.
struct Axes {
  static constexpr int kLeft = 60;  // pixels, all of them
  static constexpr int kTop = 50;
  static constexpr int kWidth = 620;
  static constexpr int kHeight = 380;

  Range x;
  Range y;

  double X(double value) const { return kLeft + (kWidth * x.ShareOf(value)); }
  double Y(double value) const { return kTop + (kHeight * (1 - y.ShareOf(value))); }

  void Draw(std::string_view below, Svg& svg) const {
    for (int at = y.least; at <= y.most; at += y.step()) {
      svg.Line(kLeft, Y(at), kLeft + kWidth, Y(at), {.colour = "#e2e8f0"});
      svg.Text(kLeft - 8, Y(at) + 4, std::to_string(at), Svg::Anchor::kEnd);
    }
    for (int at = x.least; at <= x.most; at += x.step()) {
      svg.Text(X(at), kTop + kHeight + 20, std::to_string(at), Svg::Anchor::kMiddle);
    }
    svg.Text(kLeft + (kWidth / 2), kTop + kHeight + 44, below, Svg::Anchor::kMiddle);
  }
};

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

// Of what a policy's line in the legend tells.
double LegendValue(const ReplayRow& row, ReplayMode mode) {
  return mode == ReplayMode::kArrivals ? row.result.end_allocated
                                       : MeanOf(row.result.curve.allocated);
}

// Positions of rows as the legend lists them: the highest value first, as curves lie.
std::vector<std::size_t> LegendOrder(const std::vector<const ReplayRow*>& rows, ReplayMode mode) {
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater(),
                           [&](std::size_t i) { return LegendValue(*rows[i], mode); });
  return order;
}

// As curves that are so high at most are best seen.
int CeilingFor(double highest) {
  constexpr std::array kCeilings = {1, 2, 5, 10, 20, 50};
  const auto at = std::ranges::find_if(kCeilings, [&](int most) { return highest <= most; });
  return at == kCeilings.end() ? 100 : *at;
}

// Up to 80 % arrived all policies allocate what is asked, so where there is more the chart begins
// there.
Axes AxesFor(const std::vector<const ReplayRow*>& rows, ReplayMode mode) {
  int last = 1;
  for (const ReplayRow* row : rows) {
    last = std::max(last, row->result.curve.column.back());
  }
  const int first = mode == ReplayMode::kArrivals && last >= 100 ? 80 : 0;
  double lowest = 100;
  double highest = 0;
  for (const ReplayRow* row : rows) {
    const ReplayCurve& curve = row->result.curve;
    for (std::size_t i = 0; i < curve.column.size(); ++i) {
      lowest = curve.column[i] >= first ? std::min(lowest, curve.allocated[i]) : lowest;
    }
    highest = std::max(highest, MostOf(curve.allocated));
  }
  const int most = CeilingFor(highest);
  const int floor = most < 100 ? 0 : static_cast<int>(lowest / 10) * 10;
  return {.x = {.least = first, .most = last}, .y = {.least = std::min(floor, 90), .most = most}};
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
  // As far apart as may be, so that eleven policies need no dashes.
  constexpr std::array<std::string_view, 11> kColours = {"#2563eb", "#f59e0b", "#7c3aed", "#92400e",
                                                         "#db2777", "#38bdf8", "#dc2626", "#111827",
                                                         "#9ca3af", "#84cc16", "#047857"};
  constexpr int kLegend = 230;
  const std::vector<const ReplayRow*> rows = Shown(report.rows);
  const std::vector<std::size_t> ranks = LegendOrder(rows, report.mode);
  const Axes axes = AxesFor(rows, report.mode);
  const bool arrivals = report.mode == ReplayMode::kArrivals;
  Svg svg(Axes::kLeft + Axes::kWidth + kLegend, Axes::kTop + Axes::kHeight + 60,
          "Devices allocated, %; more is better");
  axes.Draw(arrivals ? "arrived demand, % of the devices" : "time, % of the trace", svg);
  // The highest last, on top of the others.
  for (std::size_t rank = rows.size(); rank-- > 0;) {
    const std::size_t i = ranks[rank];
    const ReplayCurve& curve = rows[i]->result.curve;
    const Svg::Stroke stroke{
        .colour = kColours[i % kColours.size()], .width = 2, .dashed = i >= kColours.size()};
    std::vector<std::pair<double, double>> points;
    for (std::size_t at = 0; at < curve.column.size(); ++at) {
      if (const double x = axes.X(curve.column[at]); x >= Axes::kLeft) {
        points.emplace_back(x, axes.Y(curve.allocated[at]));
      }
    }
    svg.Curve(points, stroke);
    const int line = Axes::kTop + 14 + (22 * static_cast<int>(rank));
    const int left = Axes::kLeft + Axes::kWidth + 20;
    svg.Line(left, line - 4, left + 24, line - 4, stroke);
    svg.Text(left + 32, line,
             fmt::format("{} {:.2f}", rows[i]->policy, LegendValue(*rows[i], report.mode)));
  }
  return std::move(svg).Finish();
}

}  // namespace berth::sim
