// What scheduling knows of a pod.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "berth/base/units.h"
#include "berth/cluster/device.h"
#include "berth/cluster/requirements.h"

namespace berth::cluster {

// Why a pod's own words cannot be honoured on any node. Each is one constant text to kube-scheduler
// (core/reason.h).
enum class PodFault : std::uint8_t {
  kNone,
  kMemoryInvalid,        // berth.dev/gpu-memory is negative, or more than any device could have
  kCoresInvalid,         // berth.dev/gpu-cores is outside 1..100
  kCountInvalid,         // berth.dev/gpu-count is outside 1..16
  kCountAlone,           // gpu-count without gpu-memory, gpu-cores or a model
  kWholeAndShared,       // asks whole devices and shares at once; no node serves both
  kTooManyClasses,       // more kinds of whole devices than a node can have
  kAcceleratorsInvalid,  // berth.dev/accelerators is empty or holds an empty name
  kResourceUnknown,      // names a resource of berth.dev/ that is none of ours
  kModelInvalid,         // berth.dev/model is not name or name@variant
  kDataInvalid,          // berth.dev/data is not 1..8 names, or holds an empty or spaced one
  kProfileUnknown,       // berth.dev/profile names no profile of the configuration
  kResidencyUnknown,     // berth.dev/residency names no requirement of the configuration
};

// What a pod asks for: enough to decide without looking at the object again.
struct PodRequest {
  std::string ns;
  std::string name;
  std::string uid;
  DeviceDemand demand;  // of a pod that asks a model alone: empty until a variant is chosen
  std::vector<std::string> accelerators;  // lower case; empty: any will do
  std::string model;                      // name in the catalog; empty: none
  std::string variant;                    // pinned; empty: Berth chooses
  std::vector<std::string> data;          // names in the catalog, each once; empty: none
  bool demand_by_model = false;           // asks a model alone: its variant says what it takes
  std::int32_t model_devices =
      0;                     // gpu-count beside a model alone; 0: as many as the variant takes
  std::uint8_t profile = 0;  // position in the configuration's profiles
  RequirementSet requirements = 0;
  Millicores cpu;
  Bytes memory;
  std::int32_t priority = 0;
  PodFault fault = PodFault::kNone;
  bool soft_constraints = false;  // its own preferences would be starved by a shortlist

  friend bool operator==(const PodRequest&, const PodRequest&) = default;
};

}  // namespace berth::cluster
