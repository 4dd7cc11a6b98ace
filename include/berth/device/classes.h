// What a resource name means. A vendor is a row of this table, not code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/result.h"
#include "berth/cluster/device.h"

namespace berth::device {

// In what a memory label counts.
enum class MemoryUnit : std::uint8_t {
  kMiB,
  kGiB,  // rounded, perhaps up ("192G" for 191.98): half a GiB is taken off
  kBytes,
};

// Whole devices of one kind, as a device plugin advertises them, and the node labels that describe
// them. A label that the vendor does not publish is empty.
struct DeviceClass {
  std::string resource;        // "nvidia.com/gpu"
  std::string product_label;   // "nvidia.com/gpu.product"
  std::string memory_label;    // of one device
  std::string count_label;     // physical devices on the node
  std::string replicas_label;  // how often each of them is advertised; 0 and absent mean once
  MemoryUnit memory_unit = MemoryUnit::kMiB;
  bool memory_of_node = false;  // memory_label is the sum over the node's devices
  bool partition = false;       // already a part of a device: never shared again
};

inline constexpr std::size_t kMaxTableSize = 250;

// Immutable after construction. Ids are positions.
class ClassTable {
 public:
  // The operator's own classes, then the built-in ones (NVIDIA GPUs, time-sliced and MIG, AMD,
  // Intel, Gaudi, TPU, Neuron, ...) whose resource is not among them. kInvalidArgument: more than
  // kMaxTableSize, a resource that is named twice, is no "domain/name" or is Berth's.
  static Result<ClassTable> Create(std::vector<DeviceClass> own);
  static ClassTable BuiltIn();

  std::optional<cluster::ClassId> Find(std::string_view resource) const;
  // Whether a label of that key describes the devices of some class.
  bool IsLabel(std::string_view key) const;
  const DeviceClass& operator[](cluster::ClassId id) const { return classes_[id]; }
  std::span<const DeviceClass> all() const& { return classes_; }
  std::span<const DeviceClass> all() const&& = delete;

 private:
  explicit ClassTable(std::vector<DeviceClass> classes);

  std::vector<DeviceClass> classes_;
  std::vector<cluster::ClassId> by_resource_;  // sorted by the resource's name
  std::vector<std::string> labels_;            // keys, sorted
};

}  // namespace berth::device
