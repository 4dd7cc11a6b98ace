// A scrape in the making: samples go in as they come, the text comes out in the table's order.
#pragma once

#include <prometheus/metric_family.h>

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "berth/observe/metric_table.h"

namespace berth::observe {

class Page {
 public:
  void Add(prometheus::MetricFamily family);
  // A counter's or gauge's sample; the metric is in the table, the values are those of its labels.
  void Add(std::string_view metric, std::initializer_list<std::string_view> label_values,
           double value);

  std::string Text() &&;

 private:
  std::map<const MetricSpec*, prometheus::MetricFamily> families_;  // by place in the table
};

}  // namespace berth::observe
