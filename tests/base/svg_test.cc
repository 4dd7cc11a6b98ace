#include "berth/base/svg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Svg, KeepsTextsFromBeingMarkup) {
  Svg svg(100, 50, "less < is & more");
  svg.Text(1, 2, "a<b>");
  const std::string picture = std::move(svg).Finish();
  EXPECT_THAT(picture, HasSubstr(">less &lt; is &amp; more</text>"));
  EXPECT_THAT(picture, HasSubstr("<text x=\"1\" y=\"2\" fill=\"#1a202c\">a&lt;b&gt;</text>"));
}

TEST(Svg, DrawsWholePixelsAsTheyAreAndOthersToATenth) {
  Svg svg(100, 50, "");
  svg.Line(1, 2.25, 3, 4.0, {.colour = "red", .width = 2, .dashed = true});
  svg.Curve({{1, 2}, {3.14, 4}}, {.colour = "blue"});
  const std::string picture = std::move(svg).Finish();
  EXPECT_THAT(picture, HasSubstr("<line x1=\"1\" y1=\"2.2\" x2=\"3\" y2=\"4.0\" stroke=\"red\" "
                                 "stroke-width=\"2\" stroke-dasharray=\"6 3\"/>"));
  EXPECT_THAT(picture,
              HasSubstr("<polyline points=\"1.0,2.0 3.1,4.0\" fill=\"none\" stroke=\"blue\"/>"));
}

TEST(Svg, BarsAreInProportionToTheLongest) {
  const std::string picture =
      DrawBars({.title = "t",
                .rows = {"a", "b", "c", "d"},
                .panels = {{.title = "p",
                            .colour = "red",
                            .bars = {{4, "four"}, {1, "one"}, {-1, "below"}, {{}, "-"}}}}});
  EXPECT_THAT(picture, HasSubstr("width=\"250.0\""));
  EXPECT_THAT(picture, HasSubstr("width=\"62.5\""));
  EXPECT_THAT(picture, HasSubstr("width=\"0.0\""));
  EXPECT_THAT(picture, Not(HasSubstr("width=\"-")));
  EXPECT_THAT(picture, HasSubstr(">below</text>"));
}

// X from 80 to 100 is 620 pixels from 60 on, Y from 90 to 100 is 380 from 50 on, downwards.
TEST(Svg, CurvesBeginWhereTheirRangeDoes) {
  const std::string picture = DrawCurves({.title = "t",
                                          .x_title = "x",
                                          .x = {.least = 80, .most = 100},
                                          .y = {.least = 90, .most = 100},
                                          .curves = {{"fgd", {{70, 91}, {80, 95}, {100, 100}}}}});
  EXPECT_THAT(picture, HasSubstr("points=\"60.0,240.0 680.0,50.0\""));
  EXPECT_THAT(picture, HasSubstr(">fgd</text>"));
}

TEST(Svg, CurvesBeyondTheColoursAreDashed) {
  LineChart chart{.x = {.most = 1}, .y = {.most = 1}, .curves = {}};
  chart.curves.resize(11);
  EXPECT_THAT(DrawCurves(chart), Not(HasSubstr("stroke-dasharray")));
  chart.curves.resize(12);
  EXPECT_THAT(DrawCurves(chart), HasSubstr("stroke-dasharray"));
}

TEST(Svg, CurvesAreListedTheHighestFirstAndDrawnLast) {
  const std::string picture = DrawCurves({.x = {.most = 1},
                                          .y = {.most = 1},
                                          .curves = {{.text = "low", .points = {}, .rank = 1},
                                                     {.text = "high", .points = {}, .rank = 2}}});
  EXPECT_THAT(picture, HasSubstr("y=\"64\" fill=\"#1a202c\">high</text>"));
  EXPECT_THAT(picture, HasSubstr("y=\"86\" fill=\"#1a202c\">low</text>"));
  EXPECT_LT(picture.find(">low<"), picture.find(">high<"));
}

TEST(Svg, OfNoRowsIsAHeadOnly) {
  EXPECT_THAT(DrawBars({.title = "none", .rows = {}, .panels = {}}), HasSubstr(">none</text>"));
}

}  // namespace
}  // namespace berth
