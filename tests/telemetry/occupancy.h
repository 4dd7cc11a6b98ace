// Who holds what, for tests of the load book.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/telemetry/load_book.h"

namespace berth::telemetry {

// Of one shared device with half of it, ready since long ago, unless told otherwise.
inline Holder Server(std::string uid, std::string model = "llama") {
  Holder holder;
  holder.uid = std::move(uid);
  holder.ns = "ml";
  holder.name = "pod-" + holder.uid;
  holder.devices = cluster::DeviceSet::Only(0);
  holder.memory = 40_GiB;
  holder.model = std::move(model);
  holder.serves = true;
  holder.ready = true;
  return holder;
}

inline Holder Batch(std::string uid, MiB memory = 40_GiB) {
  Holder holder = Server(std::move(uid), "");
  holder.serves = false;
  holder.memory = memory;
  return holder;
}

inline Holder OnDevices(Holder holder, cluster::DeviceSet devices) {
  holder.devices = devices;
  return holder;
}

inline Holder OfWhole(Holder holder, int devices) {
  holder.devices = {};
  holder.memory = MiB(0);
  holder.whole = devices;
  return holder;
}

inline Holder Starting(Holder holder, Instant bound_at) {
  holder.bound_at = bound_at;
  holder.ready = false;
  return holder;
}

class World {
 public:
  // Two devices of 80 GiB, GPU-0 and GPU-1.
  World& SharedNode(std::string name, std::vector<Holder> holders) {
    return Add({.name = std::move(name),
                .mode = cluster::NodeMode::kShared,
                .devices = {{.id = "GPU-0", .memory = 80_GiB}, {.id = "GPU-1", .memory = 80_GiB}}},
               std::move(holders));
  }
  World& WholeNode(std::string name, std::vector<Holder> holders) {
    return Add({.name = std::move(name),
                .mode = cluster::NodeMode::kWhole,
                .whole = {{.device_class = 0, .count = 8}}},
               std::move(holders));
  }
  World& Add(cluster::NodeFacts facts, std::vector<Holder> holders) {
    NodeOccupancy node{.facts = std::make_shared<const cluster::NodeFacts>(std::move(facts)),
                       .holders = std::move(holders)};
    node.free_memory[0] = 12345;
    nodes_.push_back(std::move(node));
    return *this;
  }
  Occupancy Build() const {
    std::vector<std::string_view> names;
    for (const NodeOccupancy& node : nodes_) {
      names.emplace_back(node.facts->name);
    }
    return {.names = std::make_shared<const cluster::NameTable>(names), .nodes = nodes_};
  }

 private:
  std::vector<NodeOccupancy> nodes_;
};

}  // namespace berth::telemetry
