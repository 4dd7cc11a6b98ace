// What is measured, as rows for people and programs.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace berth::bench {

// What does not apply is absent.
struct Row {
  std::string name;
  int nodes = 0;
  std::string mode;
  std::optional<double> cpu_us;    // of the server, per request
  std::optional<double> floor_us;  // the same for the floor
  std::optional<double> p50_us;
  std::optional<double> p99_us;
  std::optional<double> rss_mib;
};

// One JSON object, in one line.
std::string ToJson(const Row& row);

// The p-th part of the values in order; 0.5 is the median. Not of none.
inline double Quantile(std::vector<double> values, double p) {
  const auto at = static_cast<std::ptrdiff_t>(p * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, values.begin() + at);
  return values[static_cast<std::size_t>(at)];
}

}  // namespace berth::bench
