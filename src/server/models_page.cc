#include "models_page.h"

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace berth::server {
namespace {

using cluster::Catalog;
using cluster::Model;
using cluster::ModelVariant;

constexpr std::array<std::string_view, cluster::kTierCount> kTiers = {"device", "host", "disk",
                                                                      "peer", "remote"};
constexpr std::array<std::string_view, 8> kPrecisions = {"fp32", "fp16", "bf16",   "fp8",
                                                         "int8", "int4", "pruned", "distilled"};

// Nodes that hold what comes from the source, by the nearest tier.
Json CopiesJson(const cluster::Snapshot& snapshot, const std::string& source) {
  std::map<std::string_view, std::vector<std::string>> nodes;
  const auto& weights = snapshot.outlook().weights;
  cluster::NodeIndex last = snapshot.size();
  if (weights != nullptr) {
    for (const cluster::WeightCopy& copy : weights->Find(source)) {
      if (copy.node == last || copy.node >= snapshot.size() ||
          snapshot.facts(copy.node) == nullptr) {
        continue;
      }
      last = copy.node;
      const std::string_view tier =
          copy.ready_in > 0 ? "staging" : kTiers[static_cast<std::size_t>(copy.tier)];
      nodes[tier].push_back(snapshot.facts(copy.node)->name);
    }
  }
  Json copies = Json::object();
  for (const auto& [tier, names] : nodes) {
    copies[std::string(tier)] = names;
  }
  return copies;
}

Json VariantJson(const cluster::Snapshot& snapshot, const ModelVariant& variant) {
  Json item = {{"name", variant.name},
               {"precision", kPrecisions[static_cast<std::size_t>(variant.precision)]},
               {"source", variant.source},
               {"weightsBytes", variant.weights.count()},
               {"devices", variant.devices},
               {"memoryMiB", variant.memory.count()},
               {"coresPercent", variant.cores.count()},
               {"quality", variant.quality},
               {"speed", variant.speed}};
  if (!variant.accelerators.empty()) {
    item["accelerators"] = variant.accelerators;
  }
  item["nodes"] = CopiesJson(snapshot, variant.source);
  return item;
}

Json DatasetJson(const cluster::Snapshot& snapshot, const cluster::Dataset& dataset) {
  Json item = {
      {"name", dataset.name}, {"source", dataset.source}, {"sizeBytes", dataset.size.count()}};
  if (!dataset.zones.empty()) {
    item["zones"] = dataset.zones;
  }
  item["nodes"] = CopiesJson(snapshot, dataset.source);
  return item;
}

// A pod is outdated when the catalog has another version of its model by now, or no such variant.
bool Outdated(const Model* model, const state::PodView& pod) {
  return model == nullptr || cluster::FindVariant(*model, pod.variant) == nullptr ||
         model->version != pod.model_version;
}

Json PodJson(const Model* model, const state::PodView& pod) {
  return {{"namespace", pod.request.ns},     {"name", pod.request.name},
          {"uid", pod.request.uid},          {"node", pod.node},
          {"variant", pod.variant},          {"version", pod.model_version},
          {"outdated", Outdated(model, pod)}};
}

}  // namespace

Json ModelsPage(const state::Store& store) {
  const cluster::SnapshotPtr snapshot = store.snapshot();
  const std::shared_ptr<const Catalog> catalog = snapshot->outlook().catalog;
  std::map<std::string, std::vector<state::PodView>> pods;
  for (state::PodView& pod : store.ModelPods()) {
    pods[pod.request.model].push_back(std::move(pod));
  }
  Json items = Json::array();
  const auto append = [&](const std::string& name, const Model* model) {
    Json item = {{"name", name}};
    if (model != nullptr) {
      item["version"] = model->version;
      item["engine"] = model->engine;
      item["variants"] = Json::array();
      for (const ModelVariant& variant : model->variants) {
        item["variants"].push_back(VariantJson(*snapshot, variant));
      }
    } else {
      item["unknown"] = true;  // pods serve it, the catalog does not have it
    }
    item["pods"] = Json::array();
    for (const state::PodView& pod : pods[name]) {
      item["pods"].push_back(PodJson(model, pod));
    }
    pods.erase(name);
    items.push_back(std::move(item));
  };
  Json datasets = Json::array();
  if (catalog != nullptr) {
    for (const cluster::Dataset& dataset : catalog->datasets()) {
      datasets.push_back(DatasetJson(*snapshot, dataset));
    }
    for (const Model& model : catalog->models()) {
      append(model.name, &model);
    }
  }
  while (!pods.empty()) {
    append(std::string(pods.begin()->first), nullptr);
  }
  return {{"revision", catalog == nullptr ? "" : catalog->revision()},
          {"items", std::move(items)},
          {"datasets", std::move(datasets)}};
}

}  // namespace berth::server
