// Whatever a server answers to a query: series whose labels are found again, or an error that says
// something; the same whatever bytes follow.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "berth/base/check.h"
#include "berth/net/http.h"
#include "prometheus_answer.h"

namespace berth::telemetry {
namespace {

Result<Vector> Parse(std::string_view text, char padding) {
  std::string padded(text);
  padded.append(net::kBodyPadding, padding);
  return ParseVector(std::string_view(padded).substr(0, text.size()));
}

void Check(const Series& series) {
  // Labels of JSON need not be labels of a page; then looking for one ends there.
  (void)Labels(series.labels).Find("pod");
}

}  // namespace
}  // namespace berth::telemetry

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace berth::telemetry;  // NOLINT(google-build-using-namespace)
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto first = Parse(input, ' ');
  const auto second = Parse(input, '}');
  BERTH_CHECK(first.ok() == second.ok());
  if (!first) {
    BERTH_CHECK(!first.error().message.empty());
    return 0;
  }
  BERTH_CHECK(first->series.size() == second->series.size() && first->partial == second->partial);
  for (const Series& series : first->series) {
    Check(series);
  }
  return 0;
}
