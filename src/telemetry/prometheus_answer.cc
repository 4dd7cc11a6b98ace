#include "prometheus_answer.h"

#include <simdjson.h>

#include <utility>

#include "berth/net/http.h"

namespace berth::telemetry {
namespace {

using simdjson::dom::element;

static_assert(net::kBodyPadding >= simdjson::SIMDJSON_PADDING);

constexpr std::size_t kMaxSeries = 1U << 20;

bool ReadLabels(const element& item, Series& series) {
  simdjson::dom::object metric;
  if (item["metric"].get(metric) != simdjson::SUCCESS) {
    return false;
  }
  for (const simdjson::dom::key_value_pair label : metric) {
    std::string_view value;
    if (label.value.get(value) != simdjson::SUCCESS) {
      return false;
    }
    if (label.key == "__name__") {
      series.name = value;
    } else {
      AppendLabel(label.key, value, series.labels);
    }
  }
  return true;
}

}  // namespace

Result<Vector> ParseVector(std::string_view body) {
  simdjson::dom::parser parser;
  element root;
  if (const auto error = parser.parse(body.data(), body.size(), false).get(root)) {
    return InvalidArgument(std::string("no JSON: ") + simdjson::error_message(error));
  }
  std::string_view status;
  std::string_view type;
  simdjson::dom::array result;
  if (root["status"].get(status) != simdjson::SUCCESS || status != "success" ||
      root["data"]["resultType"].get(type) != simdjson::SUCCESS || type != "vector" ||
      root["data"]["result"].get(result) != simdjson::SUCCESS) {
    return InvalidArgument("expected a successful answer with a vector");
  }
  Vector vector;
  simdjson::dom::array warnings;
  vector.partial = root["warnings"].get(warnings) == simdjson::SUCCESS && warnings.size() > 0;
  for (const element item : result) {
    simdjson::dom::array pair;
    std::string_view text;
    if (item["value"].get(pair) != simdjson::SUCCESS) {
      continue;  // a native histogram
    }
    if (pair.at(1).get(text) != simdjson::SUCCESS) {
      return InvalidArgument("a series' value is no [time, \"value\"]");
    }
    const std::optional<double> value = ParseValue(text);
    Series series;
    if (!value || !ReadLabels(item, series)) {
      return InvalidArgument("a series has no number or no labels");
    }
    if (vector.series.size() == kMaxSeries) {
      return InvalidArgument("more series than any cluster has");
    }
    series.value = *value;
    vector.series.push_back(std::move(series));
  }
  return vector;
}

}  // namespace berth::telemetry
