// What scheduling knows of a pod.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "berth/base/units.h"
#include "berth/cluster/device.h"

namespace berth::cluster {

// Why a pod's own words cannot be honoured on any node. Each is one constant text to kube-scheduler
// (core/reason.h).
enum class PodFault : std::uint8_t {
  kNone,
  kMemoryInvalid,        // berth.dev/gpu-memory is negative, or more than any device could have
  kCoresInvalid,         // berth.dev/gpu-cores is outside 1..100
  kCountInvalid,         // berth.dev/gpu-count is outside 1..16
  kCountAlone,           // gpu-count without gpu-memory or gpu-cores
  kWholeAndShared,       // asks whole devices and shares at once; no node serves both
  kTooManyClasses,       // more kinds of whole devices than a node can have
  kAcceleratorsInvalid,  // berth.dev/accelerators is empty or holds an empty name
  kResourceUnknown,      // names a resource of berth.dev/ that is none of ours
  kModelUnknown,         // asks for a model alone, and no catalog knows it
};

// What a pod asks for: enough to decide without looking at the object again.
struct PodRequest {
  std::string ns;
  std::string name;
  std::string uid;
  DeviceDemand demand;
  std::vector<std::string> accelerators;  // lower case; empty: any will do
  Millicores cpu;
  Bytes memory;
  std::int32_t priority = 0;
  PodFault fault = PodFault::kNone;
  bool soft_constraints = false;  // its own preferences would be starved by a shortlist
};

}  // namespace berth::cluster
