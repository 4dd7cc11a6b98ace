#include "berth/base/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <numeric>

namespace berth {
namespace {

constexpr std::string_view kInk = "#1a202c";

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string_view AttributeOf(Svg::Anchor anchor) {
  constexpr std::array<std::string_view, 3> kAttributes = {"", " text-anchor=\"middle\"",
                                                           " text-anchor=\"end\""};
  return kAttributes.at(static_cast<std::size_t>(anchor));
}

std::string AttributesOf(const Svg::Stroke& stroke) {
  std::string text = fmt::format("stroke=\"{}\"", stroke.colour);
  if (stroke.width != 1) {
    text += fmt::format(" stroke-width=\"{}\"", stroke.width);
  }
  return stroke.dashed ? text + " stroke-dasharray=\"6 3\"" : text;
}

// Where a line chart's numbers lie on paper.
class Axes {
 public:
  static constexpr int kLeft = 60;  // pixels, all of them
  static constexpr int kTop = 50;
  static constexpr int kWidth = 620;
  static constexpr int kHeight = 380;

  Axes(LineChart::Range x, LineChart::Range y) : x_(x), y_(y) {}

  double X(double value) const { return kLeft + (kWidth * ShareOf(x_, value)); }
  double Y(double value) const { return kTop + (kHeight * (1 - ShareOf(y_, value))); }

  void Draw(std::string_view x_title, Svg& svg) const {
    for (int at = y_.least; at <= y_.most; at += StepOf(y_)) {
      svg.Line(kLeft, Y(at), kLeft + kWidth, Y(at), {.colour = "#e2e8f0"});
      svg.Text(kLeft - 8, Y(at) + 4, std::to_string(at), Svg::Anchor::kEnd);
    }
    for (int at = x_.least; at <= x_.most; at += StepOf(x_)) {
      svg.Text(X(at), kTop + kHeight + 20, std::to_string(at), Svg::Anchor::kMiddle);
    }
    svg.Text(kLeft + (kWidth / 2), kTop + kHeight + 44, x_title, Svg::Anchor::kMiddle);
  }

  std::vector<std::pair<double, double>> OnPaper(const LineChart::Curve& curve) const {
    std::vector<std::pair<double, double>> points;
    for (const auto& [x, y] : curve.points) {
      if (x >= x_.least) {
        points.emplace_back(X(x), Y(y));
      }
    }
    return points;
  }

 private:
  static double ShareOf(LineChart::Range range, double value) {
    return (value - range.least) / (range.most - range.least);
  }
  // Between two lines of a grid.
  static int StepOf(LineChart::Range range) {
    const int length = range.most - range.least;
    return length > 50 ? 10 : (length > 20 ? 5 : (length > 5 ? 2 : 1));
  }

  LineChart::Range x_;
  LineChart::Range y_;
};

double LongestOf(const BarChart::Panel& panel) {
  double longest = 0;
  for (const BarChart::Bar& bar : panel.bars) {
    longest = std::max(longest, bar.value.value_or(0));
  }
  return longest;
}

// Positions of curves, of equal ranks the first first.
std::vector<std::size_t> HighestFirst(const std::vector<LineChart::Curve>& curves) {
  std::vector<std::size_t> order(curves.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater(), [&](std::size_t i) { return curves[i].rank; });
  return order;
}

}  // namespace

std::string Pixels::text() const {
  return is_whole_ ? fmt::format("{:.0f}", value_) : fmt::format("{:.1f}", value_);
}

Svg::Svg(int width, int height, std::string_view title)
    : text_(fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
                        "viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\" font-size=\"13\">\n"
                        "<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n"
                        "<text x=\"16\" y=\"26\" font-size=\"16\" fill=\"{2}\">{3}</text>\n",
                        width, height, kInk, Escaped(title))) {}

void Svg::Text(Pixels x, Pixels y, std::string_view text, Anchor anchor) {
  text_ += fmt::format("<text x=\"{}\" y=\"{}\"{} fill=\"{}\">{}</text>\n", x.text(), y.text(),
                       AttributeOf(anchor), kInk, Escaped(text));
}

void Svg::Box(Pixels x, Pixels y, Pixels width, Pixels height, std::string_view colour) {
  text_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\n",
                       x.text(), y.text(), width.text(), height.text(), colour);
}

void Svg::Line(Pixels x1, Pixels y1, Pixels x2, Pixels y2, const Stroke& stroke) {
  text_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" {}/>\n", x1.text(), y1.text(),
                       x2.text(), y2.text(), AttributesOf(stroke));
}

void Svg::Curve(const std::vector<std::pair<double, double>>& points, const Stroke& stroke) {
  std::string list;
  for (const auto& [x, y] : points) {
    list += fmt::format("{}{:.1f},{:.1f}", list.empty() ? "" : " ", x, y);
  }
  text_ += fmt::format("<polyline points=\"{}\" fill=\"none\" {}/>\n", list, AttributesOf(stroke));
}

std::string Svg::Finish() && { return std::move(text_) + "</svg>\n"; }

std::string DrawBars(const BarChart& chart) {
  constexpr int kLabels = 270;  // pixels, all of them
  constexpr int kBar = 250;
  constexpr int kGap = 90;
  constexpr int kRow = 26;
  constexpr int kHead = 74;
  constexpr int kThickness = 18;
  constexpr int kBaseline = 14;  // of a text, below the top of its bar
  const int rows = static_cast<int>(chart.rows.size());
  Svg svg(kLabels + (static_cast<int>(chart.panels.size()) * (kBar + kGap)),
          kHead + (kRow * rows) + 16, chart.title);
  int left = kLabels;
  for (const BarChart::Panel& panel : chart.panels) {
    svg.Text(left, 56, panel.title);
    const double longest = LongestOf(panel);
    int top = kHead;
    for (const BarChart::Bar& bar : panel.bars) {
      const double length = longest > 0 ? kBar * std::max(bar.value.value_or(0), 0.0) / longest : 0;
      svg.Box(left, top, length, kThickness, panel.colour);
      svg.Text(left + length + 6, top + kBaseline, bar.text);
      top += kRow;
    }
    left += kBar + kGap;
  }
  for (int row = 0; row < rows; ++row) {
    svg.Text(kLabels - 10, kHead + (kRow * row) + kBaseline,
             chart.rows[static_cast<std::size_t>(row)], Svg::Anchor::kEnd);
  }
  return std::move(svg).Finish();
}

std::string DrawCurves(const LineChart& chart) {
  // As far apart as may be, so that eleven curves need no dashes.
  constexpr std::array<std::string_view, 11> kColours = {"#2563eb", "#f59e0b", "#7c3aed", "#92400e",
                                                         "#db2777", "#38bdf8", "#dc2626", "#111827",
                                                         "#9ca3af", "#84cc16", "#047857"};
  constexpr int kLegend = 230;  // pixels, all of them
  constexpr int kRow = 22;
  constexpr int kLeft = Axes::kLeft + Axes::kWidth + 20;
  Svg svg(Axes::kLeft + Axes::kWidth + kLegend, Axes::kTop + Axes::kHeight + 60, chart.title);
  const Axes axes(chart.x, chart.y);
  axes.Draw(chart.x_title, svg);
  const std::vector<std::size_t> order = HighestFirst(chart.curves);
  for (std::size_t row = order.size(); row-- > 0;) {  // the highest last, on top of the others
    const std::size_t i = order[row];
    const Svg::Stroke stroke{
        .colour = kColours.at(i % kColours.size()), .width = 2, .dashed = i >= kColours.size()};
    svg.Curve(axes.OnPaper(chart.curves[i]), stroke);
    const int baseline = Axes::kTop + 14 + (kRow * static_cast<int>(row));
    svg.Line(kLeft, baseline - 4, kLeft + 24, baseline - 4, stroke);
    svg.Text(kLeft + 32, baseline, chart.curves[i].text);
  }
  return std::move(svg).Finish();
}

}  // namespace berth
