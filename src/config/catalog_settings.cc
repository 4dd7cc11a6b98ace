#include "catalog_settings.h"

#include <array>
#include <chrono>
#include <cstddef>

#include "berth/base/clock.h"
#include "berth/cluster/device.h"

namespace berth::config {
namespace {

using cluster::Dataset;
using cluster::Model;
using cluster::ModelVariant;

constexpr std::int64_t kKi = 1024;
constexpr std::int64_t kGi = kKi * kKi * kKi;
constexpr std::int64_t kTi = kKi * kGi;
constexpr std::int64_t kMaxMemory = ToBytes(cluster::kMaxDeviceMemory).count();

constexpr std::array<std::string_view, 10> kEngines = {
    "vllm",       "triton",    "tgi", "sglang",   "tensorflow-serving",
    "torchserve", "ray-serve", "nim", "training", "other"};
// In the order of the enum's values.
constexpr std::array<std::string_view, 8> kPrecisions = {"fp32", "fp16", "bf16",   "fp8",
                                                         "int8", "int4", "pruned", "distilled"};

constexpr auto kModelSettings = std::to_array<Setting<ModelSetting>>({
    {{.path = "name",
      .type = SettingType::kModelName,
      .required = true,
      .help = "What the annotation `berth.dev/model` names."},
     Field<&ModelSetting::model, &Model::name>()},
    {{.path = "version",
      .type = SettingType::kId,
      .help = "A change of it makes the pods that dock with another one outdated."},
     Field<&ModelSetting::model, &Model::version>()},
    {{.path = "engine",
      .type = SettingType::kWord,
      .choices = kEngines,
      .help = "What serves the model, and so how its load is read."},
     Field<&ModelSetting::model, &Model::engine>()},
    {{.path = "source",
      .type = SettingType::kId,
      .help = "Canonical id or URI of the weights, such as `hf://org/model@revision`; where it "
              "names no "
              "revision, `@` and the model's version are added. When left out: the name."},
     Field<&ModelSetting::source>()},
    {{.path = "zones",
      .type = SettingType::kNames,
      .help = "Zones in which the source is stored; none: it is as far from every node."},
     Field<&ModelSetting::zones>()},
    {{.path = "start",
      .type = SettingType::kDuration,
      .min = 0,
      .max = Duration(std::chrono::hours(24)).count(),
      .help = "From the weights in device memory to ready."},
     Field<&ModelSetting::model, &Model::start>()},
});

constexpr auto kVariantSettings = std::to_array<Setting<VariantSetting>>({
    {{.path = "name",
      .type = SettingType::kName,
      .required = true,
      .help = "What `berth.dev/model: name@variant` pins and `berth.dev/model-variant` tells."},
     Field<&VariantSetting::variant, &ModelVariant::name>()},
    {{.path = "precision",
      .type = SettingType::kChoice,
      .choices = kPrecisions,
      .help = "How the variant was made smaller or faster."},
     Field<&VariantSetting::variant, &ModelVariant::precision>()},
    {{.path = "source",
      .type = SettingType::kId,
      .help =
          "Canonical id of these weights; equal ids are equal weights. When left out: the model's "
          "source, `#` and the variant's name."},
     Field<&VariantSetting::variant, &ModelVariant::source>()},
    {{.path = "weights",
      .type = SettingType::kSize,
      .min = kKi,
      .max = 64 * kTi,
      .required = true,
      .help = "Bytes moved at a cold start, over all devices."},
     Field<&VariantSetting::variant, &ModelVariant::weights>()},
    {{.path = "devices",
      .type = SettingType::kCount,
      .min = 1,
      .max = cluster::kMaxDevices,
      .help = "Devices that the weights are split over evenly."},
     Field<&VariantSetting::variant, &ModelVariant::devices>()},
    {{.path = "deviceMemory",
      .type = SettingType::kSize,
      .min = 0,
      .max = kMaxMemory,
      .help =
          "Memory needed on each device; 0: derived from the weights and the three that follow."},
     Field<&VariantSetting::device_memory>()},
    {{.path = "concurrentSequences",
      .type = SettingType::kCount,
      .min = 1,
      .max = 65'536,
      .help = "Sequences that are to be served at one time."},
     Field<&VariantSetting::concurrent_sequences>()},
    {{.path = "kvCachePerSequence",
      .type = SettingType::kSize,
      .min = 0,
      .max = kTi,
      .help = "Cache of one sequence of the usual length, over all devices."},
     Field<&VariantSetting::cache_per_sequence>()},
    {{.path = "reserve",
      .type = SettingType::kSize,
      .min = 0,
      .max = kMaxMemory,
      .help = "Whatever else the engine takes on each device: context, activations, graphs."},
     Field<&VariantSetting::reserve>()},
    {{.path = "cores",
      .type = SettingType::kCount,
      .min = 0,
      .max = 100,
      .help = "Percent of each device's compute; 0: not said."},
     Field<&VariantSetting::variant, &ModelVariant::cores>()},
    {{.path = "accelerators",
      .type = SettingType::kProducts,
      .help = "Device models that can run it, as in the annotation `berth.dev/accelerators`; none: "
              "any."},
     Field<&VariantSetting::variant, &ModelVariant::accelerators>()},
    {{.path = "quality",
      .type = SettingType::kDecimal,
      .min = 0,
      .max = 1,
      .above_min = true,
      .help = "How good its answers are, relative to the model's best."},
     Field<&VariantSetting::variant, &ModelVariant::quality>()},
    {{.path = "speed",
      .type = SettingType::kDecimal,
      .min = 0,
      .max = 1000,
      .above_min = true,
      .help = "How fast it serves, relative to the model's first variant."},
     Field<&VariantSetting::variant, &ModelVariant::speed>()},
});

constexpr auto kDatasetSettings = std::to_array<Setting<Dataset>>({
    {{.path = "name",
      .type = SettingType::kName,
      .required = true,
      .help = "What the annotation `berth.dev/data` names."},
     Field<&Dataset::name>()},
    {{.path = "source",
      .type = SettingType::kId,
      .help = "Canonical id or URI of the data, such as `s3://bucket/imagenet`, "
              "`pvc://namespace/claim` or `fluid://namespace/dataset`. When left out: the name."},
     Field<&Dataset::source>()},
    {{.path = "size",
      .type = SettingType::kSize,
      .min = kKi,
      .max = 1024 * kTi,
      .required = true,
      .help = "Bytes that a pod reads of it."},
     Field<&Dataset::size>()},
    {{.path = "zones",
      .type = SettingType::kNames,
      .help = "Zones in which the source is stored; none: it is as far from every node."},
     Field<&Dataset::zones>()},
});

}  // namespace

std::string_view Name(cluster::Precision precision) {
  return kPrecisions.at(static_cast<std::size_t>(precision));
}

std::span<const Setting<ModelSetting>> ModelSettings() { return kModelSettings; }
std::span<const Setting<VariantSetting>> VariantSettings() { return kVariantSettings; }
std::span<const Setting<cluster::Dataset>> DatasetSettings() { return kDatasetSettings; }

}  // namespace berth::config
