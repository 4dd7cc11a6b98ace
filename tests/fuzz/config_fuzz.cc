// Whatever the text: complaints that have a place and say something, or values that survive being
// written and read again; JSON that is JSON, of bounded size, or an error that has a place.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/check.h"
#include "berth/config/configuration.h"
#include "berth/config/document_kind.h"
#include "berth/config/kube_scheduler.h"
#include "berth/config/yaml.h"

namespace {

using namespace berth::config;

void CheckPlaces(const std::vector<Complaint>& complaints) {
  for (const Complaint& complaint : complaints) {
    BERTH_CHECK(complaint.line >= 1);
    BERTH_CHECK(complaint.column >= 1);
    BERTH_CHECK(!complaint.message.empty());
  }
}

void CheckConfiguration(std::string_view text) {
  const Parsed parsed = ParseConfiguration(text);
  CheckPlaces(parsed.complaints);
  if (parsed.ok()) {
    const std::string yaml = ToYaml(parsed.configuration);
    const Parsed again = ParseConfiguration(yaml);
    BERTH_CHECK(again.ok() && ToYaml(again.configuration) == yaml);
  }
}

void CheckJson(std::string_view text) {
  constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
  constexpr std::ptrdiff_t kSurelyShallow = 400;  // below every limit of nesting
  const berth::Result<std::string> json = YamlToJson(text, kMaxBytes);
  if (!json.ok()) {
    BERTH_CHECK(json.error().message.find(": ") != std::string::npos);
    return;
  }
  BERTH_CHECK(json->size() <= kMaxBytes + text.size() + 2);
  const auto brackets = std::ranges::count_if(*json, [](char c) { return c == '[' || c == '{'; });
  if (brackets < kSurelyShallow) {
    const berth::Result<std::string> again = YamlToJson(*json, 2 * kMaxBytes);
    BERTH_CHECK(again.ok() && *again == "[" + *json + "]");  // passed through, so it was JSON
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckConfiguration(text);
  CheckJson(text);
  CheckPlaces(CheckKubeSchedulerConfiguration(text));
  BERTH_CHECK(!Name(DetectKind(text)).empty());
  return 0;
}
