#include "berth/cluster/catalog.h"

#include <algorithm>
#include <utility>

namespace berth::cluster {

const ModelVariant* FindVariant(const Model& model, std::string_view name) {
  const auto at = std::ranges::find(model.variants, name, &ModelVariant::name);
  return at == model.variants.end() ? nullptr : &*at;
}

Catalog::Catalog(std::vector<Model> models, std::string revision, std::vector<Dataset> datasets)
    : models_(std::move(models)), datasets_(std::move(datasets)), revision_(std::move(revision)) {
  std::ranges::sort(models_, {}, &Model::name);
  std::ranges::sort(datasets_, {}, &Dataset::name);
}

const Model* Catalog::Find(std::string_view name) const {
  const auto at = std::ranges::lower_bound(models_, name, {}, &Model::name);
  return at != models_.end() && at->name == name ? &*at : nullptr;
}

const Dataset* Catalog::FindDataset(std::string_view name) const {
  const auto at = std::ranges::lower_bound(datasets_, name, {}, &Dataset::name);
  return at != datasets_.end() && at->name == name ? &*at : nullptr;
}

}  // namespace berth::cluster
