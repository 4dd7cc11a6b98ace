// What a resource name means. A vendor is a row of this table, not code.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/result.h"
#include "berth/cluster/device.h"

namespace berth::device {

enum class MemoryUnit : std::uint8_t { kMiB, kGiB, kBytes };

// Whole devices of one kind, as a device plugin advertises them, and the labels that describe them.
struct DeviceClass {
  std::string resource;       // "nvidia.com/gpu"
  std::string product_label;  // empty: not published
  std::string memory_label;   // of one device
  std::string count_label;    // physical devices on the node
  MemoryUnit memory_unit = MemoryUnit::kMiB;
};

// Immutable after construction. Ids are positions.
class ClassTable {
 public:
  // The built-in classes (NVIDIA GPUs, time-sliced and MIG, AMD, Intel, Gaudi, TPU, Neuron, ...)
  // and the operator's own, which come first where they name the same resource. kInvalidArgument:
  // more than 250 classes.
  static Result<ClassTable> Create(std::vector<DeviceClass> own);
  static ClassTable BuiltIn();

  std::optional<cluster::ClassId> Find(std::string_view resource) const;
  const DeviceClass& operator[](cluster::ClassId id) const { return classes_[id]; }
  std::span<const DeviceClass> all() const { return classes_; }

 private:
  std::vector<DeviceClass> classes_;
};

}  // namespace berth::device
