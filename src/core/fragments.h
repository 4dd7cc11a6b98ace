// Fragmentation as "Beware of Fragmentation" (USENIX ATC 2023) defines it:
//
//   fragments = idle - what a typical pod could have of it, in the mean of typical pods
//
// Typical are the most frequent classes of cluster::Demand. Those that want the other kind of node,
// whole or shared, can have nothing of this one, as those that want another model.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "berth/cluster/demand.h"
#include "berth/cluster/node.h"
#include "berth/core/cycle.h"

namespace berth::core {

// What is idle on a node: whole devices, and parts of those that are in use.
struct Idle {
  int whole = 0;
  int opened = 0;                                // devices in use with something left
  std::array<int, cluster::kMaxDevices> left{};  // of those, in parts
  Millicores cpu;

  void Add(int parts);
  int parts() const;  // of all devices
};

// The node once a pod that asks for so much is on the chosen devices.
Idle IdleAfter(const NodeView& node, const cluster::DeviceDemand& demand, Millicores cpu,
               cluster::DeviceSet chosen);

// Measures nodes, and remembers which pods are typical of each sort of them. Not thread-safe.
class FragmentMeter {
 public:
  // `demand` knows of some pods; `products` are the snapshot's.
  FragmentMeter(std::shared_ptr<const cluster::Demand> demand, std::vector<std::string> products);

  // Devices that the mean typical pod cannot use.
  double FragmentsOf(const cluster::NodeRow& row, const Idle& idle);

 private:
  // A class of pods on nodes that it can go to.
  struct Typical {
    Millicores cpu;
    int parts = 0;  // of each of so many devices
    int devices = 0;
    double count = 0;
  };

  // What tells one node's typical pods from another's.
  struct Sort {
    cluster::NodeMode mode = cluster::NodeMode::kAbsent;
    std::uint16_t product = 0;
    MiB device_memory;                                             // their mean
    std::array<cluster::ClassId, cluster::kMaxClasses> classes{};  // the first class_count of them
    std::uint8_t class_count = 0;

    friend bool operator==(const Sort&, const Sort&) = default;
  };
  struct Known {
    Sort sort;
    std::vector<Typical> typical;
  };

  static Sort SortOf(const cluster::NodeRow& row);
  static int UsableBy(const Typical& pod, const Idle& idle);
  const std::vector<Typical>& TypicalOn(const cluster::NodeRow& row);
  std::vector<Typical> FindTypical(const cluster::NodeRow& row, const Sort& sort) const;

  std::shared_ptr<const cluster::Demand> demand_;
  std::vector<std::string> products_;
  std::size_t used_ = 0;  // of the demand's classes
  double pods_ = 0;       // of these classes
  std::vector<Known> known_;
};

}  // namespace berth::core
