// A node as two values: the facts that its Node object states, and the row of numbers that a
// decision scans.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "berth/base/units.h"
#include "berth/cluster/device.h"
#include "berth/cluster/requirements.h"

namespace berth::cluster {

using NodeIndex = std::uint32_t;

// A node serves whole devices or shared ones, never both.
enum class NodeMode : std::uint8_t {
  kAbsent,   // no such node (any more)
  kNone,     // no devices
  kWhole,    // the device plugin advertises devices, the kubelet picks: Berth counts
  kShared,   // Berth picks, by index or UUID
  kMixed,    // labelled as shared and advertises whole devices too: offered to nobody
  kInvalid,  // its device facts contradict themselves or are missing: offered to nobody
  kForeign,  // its devices belong to another scheduler's protocol: offered to nobody
};

// Immutable; replaced when the Node object changes.
struct NodeFacts {
  std::string name;
  NodeMode mode = NodeMode::kNone;
  std::string problem;          // what is wrong, for people; kMixed, kInvalid, kForeign have one
  std::string product;          // "NVIDIA-A100-SXM4-80GB", empty when unknown
  std::string zone;             // topology.kubernetes.io/zone
  std::string rack;             // of the zone; empty when not labelled
  ClassId device_class = 0;     // of `devices`
  std::vector<Device> devices;  // shared nodes, at most kMaxDevices
  std::vector<WholeDevices> whole;  // whole nodes, allocatable, at most kMaxClasses
  RequirementSet requirements_met = 0;
  MiB whole_memory;       // of each whole device, 0 when unknown
  Millicores cpu;         // allocatable
  Bytes memory;           // allocatable
  std::int64_t pods = 0;  // allocatable
  bool ready = false;
  bool unschedulable = false;
  bool prefer_no_schedule = false;

  friend bool operator==(const NodeFacts&, const NodeFacts&) = default;
};

inline constexpr int kMaxClasses = 4;  // kinds of whole devices on one node

// What is left of one class of whole devices.
struct WholeRoom {
  ClassId device_class = 0;
  std::uint16_t capacity = 0;
  std::int16_t free = 0;  // below zero: promised beyond capacity
};

// The numbers a decision needs, two cache lines. Devices beyond device_count are zero.
struct alignas(64) NodeRow {
  NodeMode mode = NodeMode::kAbsent;
  std::uint8_t device_count = 0;
  std::uint8_t class_count = 0;
  bool prefer_no_schedule = false;
  DeviceSet usable;                  // healthy devices
  DeviceSet pristine;                // devices that nobody holds a part of
  std::uint16_t product = 0;         // Snapshot::products
  std::uint16_t zone = 0;            // Snapshot::zones
  std::int32_t memory_capacity = 0;  // MiB, over usable devices
  std::int32_t memory_free = 0;      // MiB, over usable devices
  std::array<WholeRoom, 2> whole_low{};
  std::array<std::int32_t, kMaxDevices> free_memory{};  // MiB per device, never below zero
  std::array<std::uint8_t, kMaxDevices> free_cores{};   // percent per device
  std::array<WholeRoom, 2> whole_high{};
  std::int16_t overcommitted = 0;  // devices promised beyond their capacity; must be 0
  std::uint16_t rack = 0;          // Snapshot::racks

  const WholeRoom& whole(int i) const {
    return i < 2 ? whole_low[static_cast<unsigned>(i)] : whole_high[static_cast<unsigned>(i - 2)];
  }
  WholeRoom& whole(int i) {
    return i < 2 ? whole_low[static_cast<unsigned>(i)] : whole_high[static_cast<unsigned>(i - 2)];
  }
};
static_assert(sizeof(NodeRow) == 128);

// Beside the row of a node, of a decision that prices it by the CPU which its devices will need.
struct HostRow {
  Millicores cpu;          // free; below zero: promised beyond capacity
  std::uint32_t kind = 0;  // Demand::kinds
};

// What is left of the node for its pods' containers. kube-scheduler judges it; bind looks again.
struct HostRoom {
  Millicores cpu;
  Bytes memory;
  std::int64_t pods = 0;
};

}  // namespace berth::cluster
