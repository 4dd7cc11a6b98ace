// Policies that choose where a pod goes, to be compared in one and the same world. A new one is a
// function and one line in Policies().
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "berth/cluster/device.h"
#include "berth/cluster/pod.h"
#include "berth/cluster/snapshot.h"

namespace berth::sim {

struct Spot {
  cluster::NodeIndex node = 0;
  cluster::DeviceSet devices;
};

// nullopt: no node has room. Loads, weights and the catalog are in the snapshot's outlook. May draw
// random numbers of its own, so that the order of the calls matters.
using Placer =
    std::function<std::optional<Spot>(const cluster::Snapshot&, const cluster::PodRequest&)>;

struct Policy {
  std::string_view name;
  std::string_view help;
  // True when it books the compute of a pod as well as its memory.
  bool books_cores = false;
  Placer (*make)(std::uint64_t seed) = nullptr;
};

// In the order of tables: Berth's own first.
std::span<const Policy> Policies();

}  // namespace berth::sim
