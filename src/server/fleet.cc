#include "berth/server/fleet.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "node_resources.h"

namespace berth::server {
namespace {

struct ModelSums {
  observe::FleetReading::Model model;
  Bytes free;
  Bytes free_in_part;

  void Add(const NodeSums& node) {
    model.memory_capacity += node.resources.memory_capacity;
    model.memory_allocated += node.resources.memory_allocated;
    model.devices += node.resources.devices;
    model.devices_allocated += node.resources.devices_allocated;
    free += node.memory_free;
    free_in_part += node.memory_free_in_part;
  }
  void Add(const ModelSums& other) {
    model.memory_capacity += other.model.memory_capacity;
    model.memory_allocated += other.model.memory_allocated;
    model.devices += other.model.devices;
    model.devices_allocated += other.model.devices_allocated;
    free += other.free;
    free_in_part += other.free_in_part;
  }
};

// Label values are bounded: the models with the fewest devices go under one name.
void FoldRare(std::map<std::string, ModelSums, std::less<>>& models) {
  if (models.size() <= observe::kMaxGpuModels) {
    return;
  }
  std::vector<std::pair<std::int64_t, std::string>> by_devices;  // most first, then by name
  by_devices.reserve(models.size());
  for (const auto& [name, sums] : models) {
    by_devices.emplace_back(-sums.model.devices, name);
  }
  std::ranges::sort(by_devices);
  ModelSums other;
  for (std::size_t i = observe::kMaxGpuModels - 1; i < by_devices.size(); ++i) {
    const auto at = models.find(by_devices[i].second);
    other.Add(at->second);
    models.erase(at);
  }
  models["other"].Add(other);
}

}  // namespace

observe::FleetReading FleetOf(const cluster::Snapshot& snapshot) {
  std::map<std::string, ModelSums, std::less<>> models;
  for (cluster::NodeIndex i = 0; i < snapshot.size(); ++i) {
    const auto sums = SumsOf(snapshot, i);
    if (!sums) {
      continue;
    }
    const std::string& product = snapshot.facts(i)->product;
    const std::string_view name = product.empty() ? std::string_view("unknown") : product;
    auto at = models.find(name);
    if (at == models.end()) {
      at = models.emplace(name, ModelSums{}).first;
    }
    at->second.Add(*sums);
  }
  FoldRare(models);
  observe::FleetReading reading;
  for (auto& [name, sums] : models) {
    sums.model.gpu_model = name;
    if (sums.free > Bytes(0)) {
      sums.model.fragmentation =
          static_cast<double>(sums.free_in_part.count()) / static_cast<double>(sums.free.count());
    }
    reading.models.push_back(std::move(sums.model));
  }
  return reading;
}

}  // namespace berth::server
