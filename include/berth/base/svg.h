// Pictures that need nothing else to be shown: SVG, as text. The same picture is the same bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth {

// A place or a length, in pixels: whole ones as they are, others to a tenth.
class Pixels {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): numbers are meant
  Pixels(int whole) : value_(whole), is_whole_(true) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  Pixels(double fraction) : value_(fraction), is_whole_(false) {}

  std::string text() const;

 private:
  double value_;
  bool is_whole_;
};

class Svg {
 public:
  enum class Anchor : std::uint8_t { kStart, kMiddle, kEnd };
  struct Stroke {
    std::string_view colour;
    int width = 1;
    bool dashed = false;
  };

  // White, with the title at the top. `height` and `width` in pixels.
  Svg(int width, int height, std::string_view title);

  void Text(Pixels x, Pixels y, std::string_view text, Anchor anchor = Anchor::kStart);
  void Box(Pixels x, Pixels y, Pixels width, Pixels height, std::string_view colour);
  void Line(Pixels x1, Pixels y1, Pixels x2, Pixels y2, const Stroke& stroke);
  void Curve(const std::vector<std::pair<double, double>>& points, const Stroke& stroke);

  std::string Finish() &&;

 private:
  std::string text_;
};

// Bars side by side: a row per label, a panel per measure.
struct BarChart {
  struct Bar {
    std::optional<double> value;  // nullopt: there is none
    std::string text;             // behind the bar
  };
  struct Panel {
    std::string title;
    std::string_view colour;
    std::vector<Bar> bars;  // by row; the longest is as wide as the panel, none is below 0
  };
  std::string_view title;
  std::vector<std::string> rows;
  std::vector<Panel> panels;
};

std::string DrawBars(const BarChart& chart);

// Curves over each other, with a grid below them and a legend beside.
struct LineChart {
  struct Range {  // from `least` to `most`, which is more
    int least = 0;
    int most = 0;
  };
  struct Curve {
    std::string text;                               // in the legend
    std::vector<std::pair<double, double>> points;  // x grows; left of its range none is drawn
    double rank = 0;                                // the legend lists the highest first
  };
  std::string_view title;
  std::string_view x_title;
  Range x;
  Range y;
  std::vector<Curve> curves;
};

std::string DrawCurves(const LineChart& chart);

}  // namespace berth
