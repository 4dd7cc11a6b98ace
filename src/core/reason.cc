#include "berth/core/reason.h"

#include <array>

#include "berth/base/check.h"

namespace berth::core {
namespace {

struct Row {
  Reason reason;
  std::string_view code;
  std::string_view text;
};

constexpr std::array<Row, kReasonCount> kTable = {{
    {Reason::kFits, "fits", "fits"},
    {Reason::kNodeUnknown, "node_unknown", "node is not known to Berth yet"},
    {Reason::kNodeMixed, "node_mixed", "node mixes whole and shared devices"},
    {Reason::kNodeInvalid, "node_invalid", "node's device facts are missing or contradictory"},
    {Reason::kNodeForeign, "node_foreign", "node's devices belong to another scheduler"},
    {Reason::kRequirement, "requirement_not_met",
     "node does not meet the pod's requirements (residency, confidentiality)"},
    {Reason::kNoDevices, "no_matching_devices", "no matching devices"},
    {Reason::kAccelerator, "wrong_accelerator", "no device of the wanted accelerators"},
    {Reason::kDevices, "insufficient_devices", "insufficient devices"},
    {Reason::kDeviceMemory, "insufficient_device_memory", "insufficient device memory"},
    {Reason::kDeviceCores, "insufficient_device_cores", "insufficient device cores"},
    {Reason::kMemoryInvalid, "malformed_gpu_memory",
     "malformed device request: berth.dev/gpu-memory is out of range"},
    {Reason::kCoresInvalid, "malformed_gpu_cores",
     "malformed device request: berth.dev/gpu-cores must be 1 to 100"},
    {Reason::kCountInvalid, "malformed_gpu_count",
     "malformed device request: berth.dev/gpu-count must be 1 to 16"},
    {Reason::kCountAlone, "gpu_count_alone",
     "malformed device request: berth.dev/gpu-count needs berth.dev/gpu-memory, "
     "berth.dev/gpu-cores or a model"},
    {Reason::kWholeAndShared, "whole_and_shared",
     "malformed device request: whole and shared devices in one pod"},
    {Reason::kTooManyClasses, "too_many_classes",
     "malformed device request: too many kinds of devices in one pod"},
    {Reason::kAcceleratorsInvalid, "malformed_accelerators",
     "malformed annotation: berth.dev/accelerators"},
    {Reason::kResourceUnknown, "unknown_resource",
     "malformed device request: unknown berth.dev resource"},
    {Reason::kModelInvalid, "malformed_model", "malformed annotation: berth.dev/model"},
    {Reason::kDataInvalid, "malformed_data", "malformed annotation: berth.dev/data"},
    {Reason::kProfileUnknown, "unknown_profile", "unknown profile: berth.dev/profile"},
    {Reason::kResidencyUnknown, "unknown_residency", "unknown requirement: berth.dev/residency"},
    {Reason::kModelUnknown, "model_unknown", "model is not in the catalog"},
    {Reason::kVariantUnknown, "model_variant_unknown",
     "model has no such variant, or none of the profile's quality"},
    {Reason::kVariantTooLarge, "model_exceeds_request",
     "no variant of the model fits what the pod asks for"},
}};

constexpr bool InOrder() {
  for (int i = 0; i < kReasonCount; ++i) {
    if (kTable[static_cast<std::size_t>(i)].reason != static_cast<Reason>(i)) {
      return false;
    }
  }
  return true;
}
static_assert(InOrder());

const Row& RowOf(Reason reason) { return kTable[static_cast<std::size_t>(reason)]; }

}  // namespace

std::string_view Code(Reason reason) { return RowOf(reason).code; }
std::string_view Text(Reason reason) { return RowOf(reason).text; }

Reason FaultReason(cluster::PodFault fault) {
  using cluster::PodFault;
  switch (fault) {
    case PodFault::kNone:
      return Reason::kFits;
    case PodFault::kMemoryInvalid:
      return Reason::kMemoryInvalid;
    case PodFault::kCoresInvalid:
      return Reason::kCoresInvalid;
    case PodFault::kCountInvalid:
      return Reason::kCountInvalid;
    case PodFault::kCountAlone:
      return Reason::kCountAlone;
    case PodFault::kWholeAndShared:
      return Reason::kWholeAndShared;
    case PodFault::kTooManyClasses:
      return Reason::kTooManyClasses;
    case PodFault::kAcceleratorsInvalid:
      return Reason::kAcceleratorsInvalid;
    case PodFault::kResourceUnknown:
      return Reason::kResourceUnknown;
    case PodFault::kModelInvalid:
      return Reason::kModelInvalid;
    case PodFault::kDataInvalid:
      return Reason::kDataInvalid;
    case PodFault::kProfileUnknown:
      return Reason::kProfileUnknown;
    case PodFault::kResidencyUnknown:
      return Reason::kResidencyUnknown;
  }
  BERTH_CHECK(false);
}

}  // namespace berth::core
