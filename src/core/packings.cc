#include "packings.h"

#include <algorithm>
#include <array>
#include <memory>

namespace berth::core {

DevicePricer PublishedPacking::PrepareDevices(const Cycle& /*cycle*/) const { return {}; }

const PublishedPacking* FindPublished(Packing packing) {
  struct Row {
    Packing packing;
    std::unique_ptr<const PublishedPacking> rule;
  };
  static const std::array<Row, 4> kRows = {{
      {Packing::kFirstFit, MakeFirstFit()},
      {Packing::kBestFit, MakeBestFit()},
      {Packing::kDotProduct, MakeDotProduct()},
      {Packing::kFgd, MakeFgd()},
  }};
  const auto at = std::ranges::find(kRows, packing, &Row::packing);
  return at == kRows.end() ? nullptr : at->rule.get();
}

}  // namespace berth::core
