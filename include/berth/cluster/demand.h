// What the pods of the cluster ask of its devices, and what that makes the room on a node worth.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "berth/base/units.h"
#include "berth/cluster/device.h"
#include "berth/cluster/residual_worth.h"

namespace berth::cluster {

// Nodes that every pod sees alike but for what is on them.
struct NodeKind {
  std::string product;              // lower case
  std::vector<WholeDevices> whole;  // of a whole node
  std::int32_t devices = 0;         // of a shared one
  MiB device_memory;                // their mean
  Millicores cpu;

  friend auto operator<=>(const NodeKind&, const NodeKind&) = default;
};

struct KindCount {
  NodeKind kind;
  std::int64_t nodes = 0;
};

// Pods that ask alike.
struct PodClass {
  DeviceDemand demand;
  std::vector<std::string> accelerators;  // lower case; empty: any will do
  Millicores cpu;

  friend auto operator<=>(const PodClass&, const PodClass&) = default;
};

struct ClassCount {
  PodClass pods;
  double count = 0;  // pods of long ago count for less than one

  friend bool operator==(const ClassCount&, const ClassCount&) = default;
};

// Immutable.
struct Demand {
  struct OfKind {
    // How scarce its devices are: what is asked of them, in the mean of all devices, less 1. -1:
    // nothing is.
    float price = 0;
    ResidualWorth worth{};  // of what is left of one of them
  };

  double pods = 0;                  // that it was learnt from, or that it was told of
  double told = 0;                  // of `pods`
  std::vector<ClassCount> classes;  // of pods; the most frequent first
  Millicores cpu_per_device;        // that pods ask beside a device
  std::vector<OfKind> kinds;        // as they were given; unknown where there are no nodes
};

// What a class asks spreads over the kinds that could take its pods, by the devices that these
// would fill there before the CPU is gone. What no kind could take does not count. Pure.
Demand DemandOf(std::vector<ClassCount> classes, const std::vector<KindCount>& kinds);

// What the share takes of a device with so much memory, by memory or compute, whichever is more:
// 1..kParts, or more than kParts when the device has not that much.
int PartsOf(const DeviceShare& share, MiB memory);

}  // namespace berth::cluster
