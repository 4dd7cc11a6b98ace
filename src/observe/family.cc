#include "family.h"

#include "berth/base/check.h"

namespace berth::observe {
namespace {

prometheus::MetricType TypeOf(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return prometheus::MetricType::Counter;
    case MetricType::kGauge:
      return prometheus::MetricType::Gauge;
    case MetricType::kHistogram:
      break;
  }
  return prometheus::MetricType::Histogram;
}

}  // namespace

std::vector<LabelSet> AllLabelSets(const MetricSpec& metric) {
  std::vector<LabelSet> sets = {{}};
  for (const MetricLabel& label : metric.labels) {
    std::vector<LabelSet> longer;
    for (const LabelSet& set : sets) {
      for (const std::string_view value : label.values) {
        longer.push_back(set);
        longer.back().push_back(value);
      }
    }
    sets = std::move(longer);
  }
  return sets;
}

std::vector<prometheus::ClientMetric::Label> MakeLabels(const MetricSpec& metric,
                                                        std::span<const std::string_view> values) {
  BERTH_CHECK(values.size() == metric.labels.size());
  std::vector<prometheus::ClientMetric::Label> labels;
  labels.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    labels.push_back({std::string(metric.labels[i].name), std::string(values[i])});
  }
  return labels;
}

prometheus::MetricFamily MakeFamily(const MetricSpec& metric) {
  return {.name = std::string(metric.name),
          .help = std::string(metric.help),
          .type = TypeOf(metric.type),
          .metric = {}};
}

}  // namespace berth::observe
