// One metric with all its children, made from a row of the table.
#pragma once

#include <prometheus/client_metric.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "berth/observe/metric_table.h"

namespace berth::observe {

// Label values of one child, in the order of the metric's labels.
using LabelSet = std::vector<std::string_view>;

// Every combination, the last label running fastest.
std::vector<LabelSet> AllLabelSets(const MetricSpec& metric);

std::vector<prometheus::ClientMetric::Label> MakeLabels(const MetricSpec& metric,
                                                        std::span<const std::string_view> values);

// Name, help and type; no samples yet.
prometheus::MetricFamily MakeFamily(const MetricSpec& metric);

// Children stand in the order of their label sets, so that an enum is an index. They do not come
// through prometheus::Registry: it keeps them in a hash map and shows them in its order.
template <typename Child>
class Family {
 public:
  Family(const MetricSpec& metric, const std::vector<LabelSet>& label_sets) : metric_(metric) {
    for (const LabelSet& values : label_sets) {
      labels_.push_back(MakeLabels(metric, values));
      if constexpr (std::is_same_v<Child, prometheus::Histogram>) {
        children_.emplace_back(
            prometheus::Histogram::BucketBoundaries(metric.bounds.begin(), metric.bounds.end()));
      } else {
        children_.emplace_back();
      }
    }
  }
  explicit Family(const MetricSpec& metric) : Family(metric, AllLabelSets(metric)) {}

  Child& operator[](std::size_t index) { return children_[index]; }
  std::size_t size() const { return children_.size(); }

  prometheus::MetricFamily Collect() const {
    prometheus::MetricFamily family = MakeFamily(metric_);
    for (std::size_t i = 0; i < children_.size(); ++i) {
      family.metric.push_back(children_[i].Collect());
      family.metric.back().label = labels_[i];
    }
    return family;
  }

 private:
  const MetricSpec& metric_;
  std::vector<std::vector<prometheus::ClientMetric::Label>> labels_;
  std::deque<Child> children_;  // they hold atomics and cannot move
};

using CounterFamily = Family<prometheus::Counter>;
using GaugeFamily = Family<prometheus::Gauge>;
using HistogramFamily = Family<prometheus::Histogram>;

}  // namespace berth::observe
