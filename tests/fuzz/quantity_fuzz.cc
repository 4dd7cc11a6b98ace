// Whatever the text: the three ways to read it agree.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "berth/base/check.h"
#include "berth/kube/quantity.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using berth::kube::ParseCount;
  using berth::kube::ParseQuantity;
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  const auto units = ParseQuantity(text, 1);
  const auto milli = ParseQuantity(text, 1000);
  const auto count = ParseCount(text);
  BERTH_CHECK(units.ok() == milli.ok());
  BERTH_CHECK(units.ok() || !count.ok());
  if (count.ok()) {
    BERTH_CHECK(*count >= 0 && *count == *units);
  }
  if (units.ok()) {
    const std::int64_t sign = *units < 0 ? -1 : 1;
    if (*milli != kMax && *milli != std::numeric_limits<std::int64_t>::min()) {
      const std::int64_t rounded = *milli / 1000 + (*milli % 1000 != 0 ? sign : 0);
      BERTH_CHECK(rounded == *units);
      BERTH_CHECK(!count.ok() || *milli % 1000 == 0);
    }
  }
  return 0;
}
