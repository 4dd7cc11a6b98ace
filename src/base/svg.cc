#include "berth/base/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

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

double LongestOf(const BarChart::Panel& panel) {
  double longest = 0;
  for (const BarChart::Bar& bar : panel.bars) {
    longest = std::max(longest, bar.value.value_or(0));
  }
  return longest;
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

}  // namespace berth
