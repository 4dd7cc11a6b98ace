#include "page.h"

#include <prometheus/text_serializer.h>

#include <utility>
#include <vector>

#include "berth/base/check.h"
#include "family.h"

namespace berth::observe {

void Page::Add(prometheus::MetricFamily family) {
  const MetricSpec* metric = FindMetric(family.name);
  BERTH_CHECK(metric != nullptr);
  families_.insert_or_assign(metric, std::move(family));
}

void Page::Add(std::string_view metric, std::initializer_list<std::string_view> label_values,
               double value) {
  const MetricSpec* spec = FindMetric(metric);
  BERTH_CHECK(spec != nullptr);
  prometheus::ClientMetric sample;
  sample.label = MakeLabels(*spec, label_values);
  if (spec->type == MetricType::kCounter) {
    sample.counter.value = value;
  } else {
    sample.gauge.value = value;
  }
  families_.try_emplace(spec, MakeFamily(*spec)).first->second.metric.push_back(std::move(sample));
}

std::string Page::Text() && {
  std::vector<prometheus::MetricFamily> families;
  families.reserve(families_.size());
  for (auto& [metric, family] : families_) {
    families.push_back(std::move(family));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace berth::observe
