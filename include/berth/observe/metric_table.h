// Every metric there is, declared once. A new one is a row here and a line that records it; the
// children, the help texts and docs/metrics.md follow.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace berth::observe {

enum class MetricType : std::uint8_t { kCounter, kGauge, kHistogram };
enum class MetricPage : std::uint8_t {
  kMetrics,    // /metrics
  kResources,  // /metrics/resources: series per node
};

struct MetricLabel {
  std::string_view name;
  std::span<const std::string_view> values;  // all there are; empty: not known beforehand
};

struct MetricSpec {
  std::string_view name;
  MetricType type = MetricType::kGauge;
  std::span<const MetricLabel> labels;
  std::span<const double> bounds;  // of histogram buckets, seconds, without +Inf
  std::string_view help;
  MetricPage page = MetricPage::kMetrics;
};

// In the order in which the page shows them.
std::span<const MetricSpec> MetricTable();

// nullptr when there is none.
const MetricSpec* FindMetric(std::string_view name);

// The table as Markdown, docs/metrics.md.
std::string MetricsReference();

}  // namespace berth::observe
