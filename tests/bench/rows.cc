#include "rows.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

namespace berth::bench {

std::string ToJson(const Row& row) {
  std::string json = fmt::format(R"({{"name":"{}")", row.name);
  if (row.nodes > 0) {
    fmt::format_to(std::back_inserter(json), R"(,"nodes":{})", row.nodes);
  }
  if (!row.mode.empty()) {
    fmt::format_to(std::back_inserter(json), R"(,"mode":"{}")", row.mode);
  }
  const auto number = [&](std::string_view key, const std::optional<double>& value) {
    if (value) {
      fmt::format_to(std::back_inserter(json), R"(,"{}":{:.1f})", key, *value);
    }
  };
  number("cpu_us", row.cpu_us);
  number("floor_us", row.floor_us);
  number("p50_us", row.p50_us);
  number("p99_us", row.p99_us);
  number("rss_mib", row.rss_mib);
  return json + "}";
}

}  // namespace berth::bench
