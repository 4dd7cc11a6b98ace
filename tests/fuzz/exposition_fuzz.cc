// Pages of exporters and inference servers. The first byte chooses the format.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "berth/base/check.h"
#include "berth/telemetry/exposition.h"

namespace berth::telemetry {
namespace {

constexpr std::array<std::string_view, 3> kWanted = {"up", "vllm:num_requests_running", "x"};

void Check(const Sample& sample, std::string_view page) {
  BERTH_CHECK(sample.metric < kWanted.size());
  const std::string_view labels = sample.labels.text();
  BERTH_CHECK(labels.empty() || (labels.data() >= page.data() &&
                                 labels.data() + labels.size() <= page.data() + page.size()));
  // What is found is found again when it is written anew.
  if (const auto value = sample.labels.Find("a")) {
    std::string text;
    AppendLabel("a", *value, text);
    BERTH_CHECK(Labels(text).Find("a") == *value);
  }
}

}  // namespace
}  // namespace berth::telemetry

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace berth::telemetry;  // NOLINT(google-build-using-namespace)
  if (size == 0) {
    return 0;
  }
  const std::string page(reinterpret_cast<const char*>(data) + 1, size - 1);
  const PageFormat format = data[0] == 'o' ? PageFormat::kOpenMetrics : PageFormat::kText;
  std::uint64_t samples = 0;
  const PageCounts counts = WalkPage(page, format, kWanted, [&](const Sample& sample) {
    ++samples;
    Check(sample, page);
  });
  BERTH_CHECK(counts.samples == samples);
  BERTH_CHECK(counts.malformed <= page.size());
  return 0;
}
