// Builders of what a decision looks at.
//   const Snapshot snapshot = MakeSnapshot()
//                                 .Node("a").Zone("z1").Gpu(40_GiB).Held(24_GiB).Gpu(40_GiB)
//                                 .Node("b").Whole(kGpu, 8, 6)
//                                 .Build();
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/base/check.h"
#include "berth/cluster/pod.h"
#include "berth/cluster/room.h"
#include "berth/cluster/snapshot.h"

namespace berth::tests {

inline constexpr cluster::ClassId kGpu = 0;  // a class of whole devices
inline constexpr cluster::ClassId kTpu = 1;  // another

// Index of a node is its position in the order of the calls.
class MakeSnapshot {
 public:
  // One more node, without devices. What follows is about it.
  MakeSnapshot& Node(std::string name) {
    nodes_.push_back(
        {.row = {.mode = cluster::NodeMode::kNone}, .facts = {.name = std::move(name)}});
    return *this;
  }
  // An index that no node has.
  MakeSnapshot& Gap() {
    nodes_.emplace_back();
    return *this;
  }
  MakeSnapshot& Zone(std::string zone) {
    node().row.zone = IndexOf(zones_, zone);
    node().facts.zone = std::move(zone);
    return InRack();
  }
  MakeSnapshot& Rack(std::string rack) {
    node().facts.rack = std::move(rack);
    return InRack();
  }
  // The first requirement is called "r0".
  MakeSnapshot& Meets(cluster::RequirementSet requirements) {
    node().facts.requirements_met = requirements;
    return *this;
  }
  MakeSnapshot& Product(std::string product) {
    std::string lower = product;
    std::ranges::transform(lower, lower.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    node().row.product = IndexOf(products_, lower);
    node().facts.product = std::move(product);
    return *this;
  }
  MakeSnapshot& Mode(cluster::NodeMode mode) {
    node().facts.mode = mode;
    node().row.mode = mode;
    return *this;
  }

  MakeSnapshot& FreeCpu(Millicores cpu) {
    node().host.cpu = cpu;
    return *this;
  }
  // Of those that Asked tells of.
  MakeSnapshot& Kind(std::uint32_t kind) {
    node().host.kind = kind;
    return *this;
  }
  // What pods ask for, of all nodes.
  MakeSnapshot& Asked(cluster::Demand demand) {
    demand_ = std::make_shared<const cluster::Demand>(std::move(demand));
    return *this;
  }

  // One more device of a shared node.
  MakeSnapshot& Gpu(MiB memory) {
    Mode(cluster::NodeMode::kShared);
    cluster::NodeRow& row = node().row;
    const auto i = static_cast<int>(row.device_count++);
    node().facts.devices.push_back({.id = std::to_string(i), .memory = memory});
    row.free_memory[static_cast<unsigned>(i)] = static_cast<std::int32_t>(memory.count());
    row.free_cores[static_cast<unsigned>(i)] = 100;
    row.usable.Add(i);
    row.pristine.Add(i);
    row.memory_capacity += static_cast<std::int32_t>(memory.count());
    row.memory_free += static_cast<std::int32_t>(memory.count());
    return *this;
  }
  // Somebody has this much of the last device.
  MakeSnapshot& Held(MiB memory, Percent cores = Percent(0)) {
    cluster::Charge(node().row, {.share = cluster::DeviceShare{.memory = memory, .cores = cores}},
                    LastDevice());
    return *this;
  }
  MakeSnapshot& Unhealthy() {
    cluster::NodeRow& row = node().row;
    cluster::Device& device = node().facts.devices.back();
    device.healthy = false;
    row.usable = row.usable - LastDevice();
    row.memory_capacity -= static_cast<std::int32_t>(device.memory.count());
    row.memory_free -= row.free_memory[row.device_count - 1U];
    return *this;
  }

  // So many devices of the class, `free` of them left.
  MakeSnapshot& Whole(cluster::ClassId device_class, int capacity, int free) {
    Mode(cluster::NodeMode::kWhole);
    node().facts.whole.push_back({.device_class = device_class, .count = capacity});
    node().row.whole(node().row.class_count++) = {.device_class = device_class,
                                                  .capacity = static_cast<std::uint16_t>(capacity),
                                                  .free = static_cast<std::int16_t>(free)};
    return *this;
  }

  cluster::Snapshot Build() const {
    std::vector<std::string_view> names;
    cluster::Snapshot::Parts parts{
        .version = 1,
        .products = std::make_shared<const std::vector<std::string>>(products_),
        .zones = std::make_shared<const std::vector<std::string>>(zones_),
        .racks = std::make_shared<const std::vector<std::string>>(racks_),
        .requirements =
            std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"r0", "r1"}),
        .outlook = {.demand = demand_}};
    for (std::size_t begin = 0; begin < nodes_.size(); begin += cluster::kBlockSize) {
      auto rows = std::make_shared<cluster::RowBlock>();
      auto facts = std::make_shared<cluster::FactsBlock>();
      const std::size_t end = std::min(nodes_.size(), begin + cluster::kBlockSize);
      for (std::size_t i = begin; i < end; ++i) {
        const Entry& entry = nodes_[i];
        names.push_back(entry.facts.name);
        rows->rows[i - begin] = entry.row;
        rows->hosts[i - begin] = entry.host;
        if (entry.row.mode != cluster::NodeMode::kAbsent) {
          facts->facts[i - begin] = std::make_shared<const cluster::NodeFacts>(entry.facts);
        }
      }
      parts.rows.push_back(std::move(rows));
      parts.facts.push_back(std::move(facts));
    }
    parts.names = std::make_shared<const cluster::NameTable>(names);
    return cluster::Snapshot(std::move(parts));
  }

 private:
  struct Entry {
    cluster::NodeRow row;
    cluster::HostRow host;
    cluster::NodeFacts facts;
  };

  Entry& node() {
    BERTH_CHECK(!nodes_.empty());
    return nodes_.back();
  }
  cluster::DeviceSet LastDevice() {
    BERTH_CHECK(node().row.device_count > 0);
    return cluster::DeviceSet::Only(node().row.device_count - 1);
  }
  MakeSnapshot& InRack() {
    const cluster::NodeFacts& facts = node().facts;
    node().row.rack = IndexOf(racks_, facts.zone + '/' + facts.rack);
    return *this;
  }
  static std::uint16_t IndexOf(std::vector<std::string>& words, const std::string& word) {
    const auto at = std::ranges::find(words, word);
    const auto index = static_cast<std::uint16_t>(at - words.begin());
    if (at == words.end()) {
      words.push_back(word);
    }
    return index;
  }

  std::vector<Entry> nodes_;
  std::shared_ptr<const cluster::Demand> demand_;
  std::vector<std::string> products_{""};
  std::vector<std::string> zones_{""};
  std::vector<std::string> racks_{""};
};

inline cluster::PodRequest SharePod(MiB memory, Percent cores = Percent(0), int count = 1) {
  return {
      .ns = "ml",
      .name = "llm-0",
      .uid = "uid-of-llm-0",
      .demand = {.share = cluster::DeviceShare{.memory = memory, .cores = cores, .count = count}}};
}

inline cluster::PodRequest WholePod(std::vector<cluster::WholeDevices> whole) {
  return {.ns = "ml",
          .name = "train-0",
          .uid = "uid-of-train-0",
          .demand = {.whole = std::move(whole)}};
}

}  // namespace berth::tests
