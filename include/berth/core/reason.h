// Why a node was refused. A closed list of constant texts: kube-scheduler groups equal texts over
// nodes, and a text that changes from call to call makes it retry the pod in a hot loop. Codes and
// texts are API.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "berth/cluster/pod.h"

namespace berth::core {

enum class Reason : std::uint8_t {
  kFits,
  // the node
  kNodeUnknown,
  kNodeMixed,
  kNodeInvalid,
  kNodeForeign,
  kRequirement,
  kNoDevices,
  kAccelerator,
  // its room
  kDevices,
  kDeviceMemory,
  kDeviceCores,
  // the pod itself, the same on every node
  kMemoryInvalid,
  kCoresInvalid,
  kCountInvalid,
  kCountAlone,
  kWholeAndShared,
  kTooManyClasses,
  kAcceleratorsInvalid,
  kResourceUnknown,
  kModelInvalid,
  kDataInvalid,
  kProfileUnknown,
  kResidencyUnknown,
  // its model
  kModelUnknown,
  kVariantUnknown,
  kVariantTooLarge,
};
inline constexpr int kReasonCount = static_cast<int>(Reason::kVariantTooLarge) + 1;

// "insufficient_device_memory": metrics and programs.
std::string_view Code(Reason reason);
// "insufficient device memory": kube-scheduler's events.
std::string_view Text(Reason reason);

Reason FaultReason(cluster::PodFault fault);

}  // namespace berth::core
