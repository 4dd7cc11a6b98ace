#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "berth/telemetry/engine.h"

namespace berth::telemetry {
namespace {

constexpr double kMostBelievable = 1.5;  // of a share; beyond it the unit is another one

}  // namespace

std::optional<double> PageView::Valid(double value) {
  if (!std::isfinite(value) || value < 0) {
    ++discarded_;
    return std::nullopt;
  }
  return value;
}

std::optional<double> PageView::AsShare(double value, double full) {
  const double share = value / full;
  if (!std::isfinite(share) || share < 0 || share > kMostBelievable) {
    ++discarded_;
    return std::nullopt;
  }
  return std::min(share, 1.0);
}

std::optional<double> PageView::Sum(std::size_t metric, Keep keep) {
  std::optional<double> sum;
  for (const Sample& sample : samples_) {
    if (sample.metric == metric && (keep == nullptr || keep(sample.labels))) {
      if (const auto value = Valid(sample.value)) {
        sum = sum.value_or(0) + *value;
      }
    }
  }
  return sum;
}

std::optional<double> PageView::Share(std::size_t metric, Keep keep) {
  std::optional<double> largest;
  for (const Sample& sample : samples_) {
    if (sample.metric == metric && (keep == nullptr || keep(sample.labels))) {
      if (const auto value = AsShare(sample.value, 1)) {
        largest = std::max(largest.value_or(0), *value);
      }
    }
  }
  return largest;
}

std::optional<double> PageView::MeanShare(std::size_t metric, double full) {
  double sum = 0;
  int count = 0;
  for (const Sample& sample : samples_) {
    if (sample.metric == metric) {
      if (const auto value = AsShare(sample.value, full)) {
        sum += *value;
        ++count;
      }
    }
  }
  return count == 0 ? std::nullopt : std::optional(sum / count);
}

std::optional<double> PageView::SumOfLargest(std::size_t metric, std::string_view label,
                                             std::string_view second_label) {
  std::map<std::pair<std::string, std::string>, double> largest;
  for (const Sample& sample : samples_) {
    if (sample.metric == metric) {
      if (const auto value = Valid(sample.value)) {
        double& known = largest[{sample.labels.Find(label).value_or(""),
                                 sample.labels.Find(second_label).value_or("")}];
        known = std::max(known, *value);
      }
    }
  }
  std::optional<double> sum;
  for (const auto& [labels, value] : largest) {
    sum = sum.value_or(0) + value;
  }
  return sum;
}

double PageView::Count(std::size_t metric, Keep keep) const {
  return static_cast<double>(std::ranges::count_if(samples_, [&](const Sample& sample) {
    return sample.metric == metric && (keep == nullptr || keep(sample.labels));
  }));
}

std::optional<double> PageView::Rate(std::size_t metric, Keep keep) {
  const std::optional<double> total = Sum(metric, keep);
  now_.totals[metric] = total;
  const std::optional<double> before = before_.totals[metric];
  if (!total || !before || !before_.known || at_ <= before_.at || *total < *before) {
    return std::nullopt;
  }
  return (*total - *before) / window_seconds();
}

Readings ReadSamples(const Engine& engine, std::span<const Sample> samples, Instant at,
                     std::string_view pod_uid, std::string_view node, double max_batch,
                     const LoadModel& model, CounterMemory& memory) {
  PageView page(samples, memory, at);
  EngineReading reading = engine.Read(page);
  memory = page.memory();
  Readings readings{.endpoints = {}, .devices = {}, .discarded = page.discarded()};
  if (reading.endpoint) {
    const double load = NormalisedLoad(*reading.endpoint, max_batch, model);
    readings.endpoints.push_back(
        {.pod_uid = std::string(pod_uid), .signals = *reading.endpoint, .load = load, .at = at});
  }
  for (DeviceReading& device : reading.devices) {
    // An exporter may call the node by its own pod's name: where it runs is known better.
    if (!node.empty()) {
      device.node = node;
    }
    device.at = at;
    readings.devices.push_back(std::move(device));
  }
  return readings;
}

}  // namespace berth::telemetry
