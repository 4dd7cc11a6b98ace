// The models that pods may name, and what each of their variants needs; the data that they read.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/units.h"

namespace berth::cluster {

// How a variant was made smaller or faster.
enum class Precision : std::uint8_t {
  kFp32,
  kFp16,
  kBf16,
  kFp8,
  kInt8,
  kInt4,
  kPruned,
  kDistilled,
};

struct ModelVariant {
  std::string name;  // "int8"; unique within the model
  Precision precision = Precision::kFp16;
  // Canonical id of the weights, "hf://org/model@revision#int8". Equal ids are equal weights.
  std::string source;
  std::vector<std::string> zones;  // where the source is stored; empty: as far from every node
  Bytes weights;                   // moved at a cold start, over all devices
  std::int32_t devices = 1;        // that the weights are split over evenly
  MiB memory;                      // on each device: weights, cache of the concurrent sequences
  Percent cores;                   // on each device; 0: not said
  std::vector<std::string> accelerators;  // lower case; empty: any will do
  double quality = 1;                     // 0..1, relative to the model's best
  double speed = 1;                       // above 0, relative to the model's first variant

  friend bool operator==(const ModelVariant&, const ModelVariant&) = default;
};

struct Model {
  std::string name;
  std::string version;  // a change of it makes pods that dock with another one outdated
  std::string engine;   // "vllm"; empty: unknown
  Duration start{};     // from weights in device memory to ready
  std::vector<ModelVariant> variants;  // at least one; as listed

  friend bool operator==(const Model&, const Model&) = default;
};

// nullptr: the model has no variant of that name.
const ModelVariant* FindVariant(const Model& model, std::string_view name);

// What pods read, and where it comes from.
struct Dataset {
  std::string name;                // what berth.dev/data names
  std::string source;              // canonical id, as of ModelVariant: "pvc://ml/imagenet"
  Bytes size;                      // that a pod reads of it
  std::vector<std::string> zones;  // where the source is stored; empty: as far from every node

  friend bool operator==(const Dataset&, const Dataset&) = default;
};

// Immutable.
class Catalog {
 public:
  Catalog() = default;
  // Names are unique among models, and among datasets. `revision` tells catalogs apart for people,
  // "fnv:1f2e3d...".
  Catalog(std::vector<Model> models, std::string revision, std::vector<Dataset> datasets = {});

  const Model* Find(std::string_view name) const;                  // nullptr: unknown
  std::span<const Model> models() const { return models_; }        // by name
  const Dataset* FindDataset(std::string_view name) const;         // nullptr: unknown
  std::span<const Dataset> datasets() const { return datasets_; }  // by name
  const std::string& revision() const { return revision_; }

 private:
  std::vector<Model> models_;
  std::vector<Dataset> datasets_;
  std::string revision_;
};

}  // namespace berth::cluster
