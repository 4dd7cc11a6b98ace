#include "packings.h"

#include <algorithm>
#include <array>
#include <memory>

namespace berth::core {

DevicePricer PublishedPacking::PrepareDevices(const Cycle& /*cycle*/) const { return {}; }

namespace {

struct Row {
  Packing packing;
  std::unique_ptr<const PublishedPacking> rule;
};

}  // namespace

const PublishedPacking* FindPublished(Packing packing) {
  static const std::array<Row, 4> rows = {{
      {Packing::kFirstFit, MakeFirstFit()},
      {Packing::kBestFit, MakeBestFit()},
      {Packing::kDotProduct, MakeDotProduct()},
      {Packing::kFgd, MakeFgd()},
  }};
  const auto at = std::ranges::find(rows, packing, &Row::packing);
  return at == rows.end() ? nullptr : at->rule.get();
}

}  // namespace berth::core
