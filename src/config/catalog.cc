#include "berth/config/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "berth/base/arithmetic.h"
#include "berth/cluster/device.h"
#include "berth/cluster/product.h"
#include "berth/config/revision.h"
#include "catalog_settings.h"
#include "quantities.h"
#include "settings.h"
#include "table_reader.h"

namespace berth::config {
namespace {

static_assert(kMaxCatalogText == kMaxText);

// The variant's memory on each device: the cache of all sequences is split over the devices as the
// weights are. Cannot overflow within the settings' ranges.
MiB MemoryOf(const VariantSetting& setting) {
  std::int64_t bytes = setting.device_memory.count();
  if (bytes == 0) {
    bytes = DivideUp(setting.variant.weights.count() +
                         setting.concurrent_sequences * setting.cache_per_sequence.count(),
                     setting.variant.devices) +
            setting.reserve.count();
  }
  return RoundedUp(Bytes(bytes));
}

class CatalogReader {
 public:
  ParsedCatalog Read(std::string_view text) {
    const Node* const root =
        reader_.Open(text, {.api_version = kApiVersion, .kind = kCatalogKind, .what = "a catalog"});
    if (root != nullptr) {
      ReadRoot(*root);
    }
    ParsedCatalog parsed{.catalog = {}, .complaints = reader_.TakeComplaints()};
    if (root == nullptr && parsed.complaints.empty()) {
      parsed.complaints.push_back(
          {1, 1, "", "is empty, expected a map with apiVersion, kind, models"});
    }
    if (parsed.ok()) {
      parsed.catalog = cluster::Catalog(std::move(models_), RevisionOf(text), std::move(datasets_));
    }
    return parsed;
  }

 private:
  void ReadRoot(const Node& root) {
    bool has_any = false;
    const std::array<Nested, 4> nested = {{
        {.key = kModels,
         .read =
             [&](const Node& list, const std::string& path) {
               has_any = true;
               reader_.EachItem(
                   list, path, "models", KeysOf(ModelSettings(), kVariants), kMaxModels,
                   [this](const Node& item, const std::string& at) { ReadModel(item, at); });
             }},
        {.key = kDatasets,
         .read =
             [&](const Node& list, const std::string& path) {
               has_any = true;
               reader_.EachItem(
                   list, path, "datasets", KeysOf(DatasetSettings()), kMaxDatasets,
                   [this](const Node& item, const std::string& at) { ReadDataset(item, at); });
             }},
        {.key = "apiVersion", .read = {}},
        {.key = "kind", .read = {}},
    }};
    struct NoSettings {
    } none;
    reader_.ReadMap(root, "", std::span<const Setting<NoSettings>>(), none, nested);
    if (!has_any) {
      reader_.Complain(PlaceOf(root), kModels, "is missing, expected a list of models");
    }
  }

  template <typename Owner>
  static std::vector<std::string> KeysOf(std::span<const Setting<Owner>> table,
                                         std::string_view also = "") {
    std::vector<std::string> keys = KeysBelow(SpecsOf(table), "");
    if (!also.empty()) {
      keys.emplace_back(also);
    }
    return keys;
  }

  void ReadModel(const Node& item, const std::string& path) {
    ModelSetting setting;
    std::vector<VariantSetting> variants;
    bool has_variants = false;
    const std::array<Nested, 1> nested = {{
        {.key = kVariants,
         .read =
             [&](const Node& list, const std::string& at) {
               has_variants = list.kind != Node::Kind::kList || !list.items.empty();
               variants = ReadVariants(list, at);
             }},
    }};
    reader_.ReadMap(item, path, ModelSettings(), setting, nested);
    names_.Add(reader_, path, "name", setting.model.name);
    if (!has_variants) {
      reader_.Complain(PlaceOf(item), Child(path, kVariants),
                       "is missing or empty, expected at least one variant");
    }
    if (setting.source.empty()) {
      setting.source = setting.model.name;
    }
    // Another version is other weights, unless the source says itself which they are.
    if (!setting.model.version.empty() && setting.source.find('@') == std::string::npos) {
      setting.source += "@" + setting.model.version;
    }
    for (VariantSetting& variant : variants) {
      setting.model.variants.push_back(Finish(setting, std::move(variant)));
    }
    models_.push_back(std::move(setting.model));
  }

  void ReadDataset(const Node& item, const std::string& path) {
    cluster::Dataset dataset;
    reader_.ReadMap(item, path, DatasetSettings(), dataset);
    dataset_names_.Add(reader_, path, "name", dataset.name);
    if (dataset.source.empty()) {
      dataset.source = dataset.name;
    }
    datasets_.push_back(std::move(dataset));
  }

  std::vector<VariantSetting> ReadVariants(const Node& list, const std::string& path) {
    std::vector<VariantSetting> variants;
    TableReader::Names names;
    reader_.EachItem(list, path, "variants", KeysOf(VariantSettings()), kMaxVariants,
                     [&](const Node& item, const std::string& at) {
                       VariantSetting setting;
                       reader_.ReadMap(item, at, VariantSettings(), setting);
                       names.Add(reader_, at, "name", setting.variant.name);
                       CheckMemory(item, at, setting);
                       variants.push_back(std::move(setting));
                     });
    return variants;
  }

  void CheckMemory(const Node& item, const std::string& path, const VariantSetting& setting) {
    const std::string memory = Child(path, "deviceMemory");
    const std::string cache = Child(path, "kvCachePerSequence");
    const bool says_memory = setting.device_memory > Bytes(0);
    if (says_memory && setting.cache_per_sequence > Bytes(0)) {
      reader_.Complain(reader_.PlaceOfSetting(cache, PlaceOf(item)), cache,
                       "deviceMemory and kvCachePerSequence exclude each other: the one says what "
                       "the other is there to derive");
      return;
    }
    for (const std::string_view key : {"concurrentSequences", "reserve"}) {
      const std::string at = Child(path, key);
      if (says_memory && reader_.IsGiven(at)) {
        Warn(at, "has no effect beside deviceMemory");
      } else if (key == "concurrentSequences" && reader_.IsGiven(at) && !reader_.IsGiven(cache)) {
        Warn(at, "has no effect without kvCachePerSequence");
      }
    }
    if (AnyMalformed(path)) {
      return;  // the sums would be of other numbers than are meant
    }
    if (MemoryOf(setting) > cluster::kMaxDeviceMemory) {
      reader_.Complain(PlaceOf(item), path,
                       fmt::format("needs {} MiB on each device, more than the {} that any has",
                                   MemoryOf(setting).count(), cluster::kMaxDeviceMemory.count()));
    }
    const std::int64_t share = setting.variant.weights.count() / setting.variant.devices;
    if (says_memory && setting.device_memory.count() < share) {
      Warn(memory, fmt::format("{} is less than each device's share of the weights, {} bytes",
                               FormatSize(setting.device_memory.count()), share));
    }
  }

  bool AnyMalformed(const std::string& path) const {
    return std::ranges::any_of(VariantSettings(), [&](const Setting<VariantSetting>& setting) {
      return reader_.IsMalformed(Child(path, setting.spec.path));
    });
  }

  void Warn(const std::string& path, std::string message) {
    reader_.Complain(reader_.PlaceOfSetting(path, {}), path, std::move(message),
                     Severity::kWarning);
  }

  static cluster::ModelVariant Finish(const ModelSetting& model, VariantSetting setting) {
    const MiB memory = MemoryOf(setting);
    cluster::ModelVariant variant = std::move(setting.variant);
    variant.memory = memory;
    variant.zones = model.zones;
    if (variant.source.empty()) {
      variant.source = fmt::format("{}#{}", model.source, variant.name);
    }
    std::ranges::transform(variant.accelerators, variant.accelerators.begin(), cluster::LowerCase);
    return variant;
  }

  TableReader reader_;
  TableReader::Names names_;
  TableReader::Names dataset_names_;
  std::vector<cluster::Model> models_;
  std::vector<cluster::Dataset> datasets_;
};

}  // namespace

ParsedCatalog ParseCatalog(std::string_view text) { return CatalogReader().Read(text); }

}  // namespace berth::config
