#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <string>
#include <vector>

#include "berth/base/units.h"
#include "berth/config/catalog.h"
#include "catalog_settings.h"

namespace berth::config {
namespace {

constexpr std::size_t kColumns = 8;
constexpr std::size_t kTextColumns = 3;  // the first ones; numbers stand to the right
using Row = std::array<std::string, kColumns>;

std::string Size(Bytes bytes) {
  constexpr double kMi = 1 << 20;
  const auto mib = static_cast<double>(bytes.count()) / kMi;
  return mib < 1024 ? fmt::format("{:.0f} MiB", mib) : fmt::format("{:.1f} GiB", mib / 1024);
}

Row RowOf(const cluster::Model& model, const cluster::ModelVariant& variant) {
  return {model.name,
          variant.name,
          std::string(Name(variant.precision)),
          std::to_string(variant.devices),
          Size(ToBytes(variant.memory)),
          Size(variant.weights),
          fmt::format("{}", variant.quality),
          fmt::format("{}", variant.speed)};
}

}  // namespace

std::string CatalogTable(const cluster::Catalog& catalog) {
  std::vector<Row> rows = {{"MODEL", "VARIANT", "PRECISION", "DEVICES", "MEMORY ON EACH", "WEIGHTS",
                            "QUALITY", "SPEED"}};
  for (const cluster::Model& model : catalog.models()) {
    for (const cluster::ModelVariant& variant : model.variants) {
      rows.push_back(RowOf(model, variant));
    }
  }
  std::array<std::size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string out;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      fmt::format_to(std::back_inserter(out),
                     fmt::runtime(i < kTextColumns ? "{}{:<{}}" : "{}{:>{}}"), i == 0 ? "" : "  ",
                     row[i], widths[i]);
    }
    out += '\n';
  }
  return out;
}

}  // namespace berth::config
