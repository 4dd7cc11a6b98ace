#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <vector>

#include "berth/base/columns.h"
#include "berth/base/units.h"
#include "berth/config/catalog.h"
#include "catalog_settings.h"

namespace berth::config {
namespace {

constexpr std::size_t kTextColumns = 3;

std::string Size(Bytes bytes) {
  constexpr double kMi = 1 << 20;
  const auto mib = static_cast<double>(bytes.count()) / kMi;
  return mib < 1024 ? fmt::format("{:.0f} MiB", mib) : fmt::format("{:.1f} GiB", mib / 1024);
}

std::vector<std::string> RowOf(const cluster::Model& model, const cluster::ModelVariant& variant) {
  return {model.name,
          variant.name,
          std::string(Name(variant.precision)),
          std::to_string(variant.devices),
          Size(ToBytes(variant.memory)),
          Size(variant.weights),
          fmt::format("{}", variant.quality),
          fmt::format("{}", variant.speed)};
}

std::string ModelTable(const cluster::Catalog& catalog) {
  std::vector<std::vector<std::string>> rows = {{"MODEL", "VARIANT", "PRECISION", "DEVICES",
                                                 "MEMORY ON EACH", "WEIGHTS", "QUALITY", "SPEED"}};
  for (const cluster::Model& model : catalog.models()) {
    for (const cluster::ModelVariant& variant : model.variants) {
      rows.push_back(RowOf(model, variant));
    }
  }
  return AlignColumns(rows, kTextColumns);
}

std::string DatasetTable(const cluster::Catalog& catalog) {
  std::vector<std::vector<std::string>> rows = {{"DATASET", "SOURCE", "SIZE"}};
  for (const cluster::Dataset& dataset : catalog.datasets()) {
    rows.push_back({dataset.name, dataset.source, Size(dataset.size)});
  }
  return AlignColumns(rows, 2);
}

}  // namespace

std::string CatalogTable(const cluster::Catalog& catalog) {
  if (catalog.datasets().empty()) {
    return ModelTable(catalog);
  }
  const std::string datasets = DatasetTable(catalog);
  return catalog.models().empty() ? datasets : ModelTable(catalog) + "\n" + datasets;
}

}  // namespace berth::config
