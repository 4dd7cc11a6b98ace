// Metric pages as large as real ones, with the names that the engines document.
#pragma once

#include <string>
#include <vector>

namespace berth::bench {

struct MetricPage {
  std::string engine;
  double share = 0;  // of the targets that have it
  std::string text;
};

// The mix of the bar: mostly large language models, device exporters, some classic servers.
std::vector<MetricPage> MetricPages();

}  // namespace berth::bench
