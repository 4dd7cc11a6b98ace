// Whatever the text: complaints that have a place and say something, or a catalog whose models are
// whole: named once each, with variants that ask for something and within the ranges.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "berth/base/check.h"
#include "berth/cluster/device.h"
#include "berth/config/catalog.h"

namespace {

using namespace berth;

void CheckModel(const cluster::Catalog& catalog, const cluster::Model& model) {
  BERTH_CHECK(!model.name.empty() && model.name.find('@') == std::string::npos);
  BERTH_CHECK(catalog.Find(model.name) == &model);
  BERTH_CHECK(!model.variants.empty());
  for (const cluster::ModelVariant& variant : model.variants) {
    BERTH_CHECK(cluster::FindVariant(model, variant.name) == &variant);
    BERTH_CHECK(!variant.source.empty());
    BERTH_CHECK(variant.weights > Bytes(0));
    BERTH_CHECK(variant.memory > MiB(0) && variant.memory <= cluster::kMaxDeviceMemory);
    BERTH_CHECK(variant.devices >= 1 && variant.devices <= cluster::kMaxDevices);
    BERTH_CHECK(variant.quality > 0 && variant.quality <= 1 && variant.speed > 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const config::ParsedCatalog parsed = config::ParseCatalog(text);
  for (const config::Complaint& complaint : parsed.complaints) {
    BERTH_CHECK(complaint.line >= 1 && complaint.column >= 1 && !complaint.message.empty());
  }
  BERTH_CHECK(parsed.ok() != parsed.catalog.revision().empty());
  for (const cluster::Model& model : parsed.catalog.models()) {
    CheckModel(parsed.catalog, model);
  }
  for (const cluster::Dataset& dataset : parsed.catalog.datasets()) {
    BERTH_CHECK(parsed.catalog.FindDataset(dataset.name) == &dataset);
    BERTH_CHECK(!dataset.source.empty() && dataset.size > Bytes(0));
  }
  return 0;
}
