// Prometheus' text format (version 0.0.4, and what OpenMetrics adds to it), read without copying:
// pages of inference servers are large, and a handful of their lines is wanted.
// https://prometheus.io/docs/instrumenting/exposition_formats/
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace berth::telemetry {

inline constexpr std::size_t kMaxPageBytes = std::size_t{16} << 20;
inline constexpr std::size_t kMaxPageSamples = 65536;  // wanted ones

// The labels of a sample, as they stand on the page.
class Labels {
 public:
  Labels() = default;
  // `text` is what stands between the braces. Looking for a label ends where the text is malformed.
  explicit Labels(std::string_view text) : text_(text) {}

  // The value with its escapes undone; nothing when there is no such label.
  std::optional<std::string> Find(std::string_view name) const;
  // Whether the label is there with this value, which needs no escapes.
  bool Is(std::string_view name, std::string_view value) const;
  bool Has(std::string_view name) const { return Raw(name).has_value(); }

  std::string_view text() const { return text_; }

 private:
  std::optional<std::string_view> Raw(std::string_view name) const;

  std::string_view text_;
};

// Appends name="value" with the escapes that it needs, behind a comma where something is there.
void AppendLabel(std::string_view name, std::string_view value, std::string& text);

// Views are into the page.
struct Sample {
  std::size_t metric = 0;  // position of its name among the wanted ones
  Labels labels;
  double value = 0;                      // may be NaN or infinite
  std::optional<double> unix_seconds{};  // of the sample, where the page says it
};

enum class PageFormat : std::uint8_t {
  kText,         // timestamps are milliseconds
  kOpenMetrics,  // timestamps are seconds, "# EOF" ends the page
};
PageFormat FormatOf(std::string_view content_type);

// A double as Prometheus writes it: also "NaN", "+Inf", "-Inf". Nothing when it is none.
std::optional<double> ParseValue(std::string_view text);

struct PageCounts {
  std::uint64_t samples = 0;    // handed out
  std::uint64_t malformed = 0;  // lines skipped: wanted, but not to be understood; or no metric
  bool too_large = false;       // beyond kMaxPageBytes (nothing was read) or kMaxPageSamples
};

// Hands out the samples whose metric is one of `wanted`, in the order of the page. Lines of other
// metrics are passed over by their first bytes; that they are well formed is not checked. A last
// line without its line feed is malformed: the page was cut, and so may be the number.
PageCounts WalkPage(std::string_view page, PageFormat format,
                    std::span<const std::string_view> wanted,
                    const std::function<void(const Sample&)>& on_sample);

}  // namespace berth::telemetry
