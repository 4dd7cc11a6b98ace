// Catalogs and tables around a snapshot.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "berth/cluster/snapshot.h"

namespace berth::core {

inline cluster::ModelVariant Variant(const std::string& name, Bytes weights, MiB memory,
                                     double quality = 1) {
  return {.name = name,
          .source = "hf://org/llama#" + name,
          .weights = weights,
          .memory = memory,
          .quality = quality};
}

inline std::shared_ptr<const cluster::Catalog> Models(std::vector<cluster::ModelVariant> variants,
                                                      std::vector<cluster::Dataset> datasets = {}) {
  std::vector<cluster::Model> models;
  models.push_back({.name = "llama", .version = "1", .variants = std::move(variants)});
  return std::make_shared<const cluster::Catalog>(std::move(models), "test", std::move(datasets));
}

// The snapshot with more known about it.
inline cluster::Snapshot With(const cluster::Snapshot& snapshot, cluster::Outlook outlook) {
  cluster::Snapshot::Parts parts{
      .version = snapshot.version(),
      .names = snapshot.names_ptr(),
      .products = std::make_shared<const std::vector<std::string>>(snapshot.products()),
      .zones = std::make_shared<const std::vector<std::string>>(snapshot.zones()),
      .racks = std::make_shared<const std::vector<std::string>>(snapshot.racks()),
      .requirements = std::make_shared<const std::vector<std::string>>(snapshot.requirements()),
      .outlook = std::move(outlook)};
  for (cluster::NodeIndex i = 0; i < snapshot.size(); i += cluster::kBlockSize) {
    parts.rows.push_back(snapshot.row_block(i / cluster::kBlockSize));
    auto facts = std::make_shared<cluster::FactsBlock>();
    for (cluster::NodeIndex j = i; j < snapshot.size() && j < i + cluster::kBlockSize; ++j) {
      facts->facts[j - i] = snapshot.facts_ptr(j);
    }
    parts.facts.push_back(std::move(facts));
  }
  return cluster::Snapshot(std::move(parts));
}

// Loads of the first devices of each node, everything measured.
inline std::shared_ptr<const cluster::LoadTable> LoadsOf(const cluster::Snapshot& snapshot,
                                                         std::vector<std::vector<float>> by_node) {
  auto table = std::make_shared<cluster::LoadTable>(
      cluster::LoadTable{.names = snapshot.names_ptr(), .fresh_share = 1});
  for (std::size_t node = 0; node < by_node.size(); ++node) {
    cluster::NodeLoad load{
        .free_memory = snapshot.row(static_cast<cluster::NodeIndex>(node)).free_memory,
        .confidence = 1};
    for (std::size_t d = 0; d < by_node[node].size(); ++d) {
      load.load[d] = by_node[node][d];
    }
    table->nodes.push_back(load);
  }
  return table;
}

}  // namespace berth::core
