// Every field of a model catalog, declared once: a new one is a member here or in cluster::Model,
// cluster::ModelVariant or cluster::Dataset, and a row.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/units.h"
#include "berth/cluster/catalog.h"
#include "setting.h"

namespace berth::config {

// A model as written: what its variants take over, too.
struct ModelSetting {
  cluster::Model model;
  std::string source;
  std::vector<std::string> zones;
};

// A variant as written: what its memory is derived from, too.
struct VariantSetting {
  cluster::ModelVariant variant;
  Bytes device_memory;  // on each device; 0: derived
  std::int64_t concurrent_sequences = 1;
  Bytes cache_per_sequence;  // over all devices
  Bytes reserve;             // on each device
};

std::span<const Setting<ModelSetting>> ModelSettings();
std::span<const Setting<VariantSetting>> VariantSettings();
std::span<const Setting<cluster::Dataset>> DatasetSettings();

std::string_view Name(cluster::Precision precision);  // as the catalog spells it

inline constexpr std::string_view kCatalogKind = "ModelCatalog";
inline constexpr std::string_view kModels = "models";
inline constexpr std::string_view kVariants = "variants";
inline constexpr std::string_view kDatasets = "datasets";
inline constexpr std::size_t kMaxModels = 4096;
inline constexpr std::size_t kMaxVariants = 32;  // of one model
inline constexpr std::size_t kMaxDatasets = 4096;

}  // namespace berth::config
