#include "shapes.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace berth::sim {
namespace {

ModelId Intern(std::vector<std::string>& models, const std::string& model) {
  const auto at = std::ranges::find(models, model);
  if (at == models.end()) {
    models.push_back(model);
    return static_cast<ModelId>(models.size() - 1);
  }
  return static_cast<ModelId>(at - models.begin());
}

NodeRoom EmptyRoom(const TraceNode& node, ModelId model) {
  NodeRoom room{.cpu = node.cpu, .memory = node.memory, .devices = node.devices, .model = model};
  std::fill_n(room.free.begin(), node.devices, kWholeDevice);
  return room;
}

PodShape ShapeOf(const TracePod& pod, const std::vector<std::string>& models) {
  PodShape shape{.cpu = pod.cpu,
                 .memory = pod.memory,
                 .devices = pod.devices,
                 .share = pod.share,
                 .any_model = pod.models.empty()};
  for (const std::string& model : models) {
    shape.models.push_back(std::ranges::find(pod.models, model) != pod.models.end());
  }
  return shape;
}

}  // namespace

Shapes ShapesOf(std::span<const TraceNode> nodes, std::span<const TracePod> pods) {
  Shapes all;
  for (const TraceNode& node : nodes) {
    all.empty_nodes.push_back(EmptyRoom(node, Intern(all.models, node.model)));
  }
  const auto key = [](const PodShape& shape) {
    return std::tuple(shape.cpu, shape.memory, shape.devices, shape.share, shape.any_model,
                      shape.models);
  };
  std::map<decltype(key(PodShape())), std::uint32_t> known;
  for (const TracePod& pod : pods) {
    PodShape shape = ShapeOf(pod, all.models);
    const auto [at, is_new] =
        known.emplace(key(shape), static_cast<std::uint32_t>(all.shapes.size()));
    if (is_new) {
      all.shapes.push_back(std::move(shape));
    }
    all.of_pod.push_back(at->second);
  }
  return all;
}

}  // namespace berth::sim
