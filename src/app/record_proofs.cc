#include "record_proofs.h"

#include <string>

#include "berth/device/read.h"

namespace berth::app {

using signing::Proof;

Proof ProofOf(const kube::PodObject& pod, const signing::RecordKeys& keys,
              std::optional<WallTime> accept_unsigned_before) {
  const std::string* record = kube::Find(pod.annotations, device::kAllocation);
  if (record == nullptr) {
    return Proof::kMissing;
  }
  const Proof proof =
      keys.Check({.ns = pod.ns, .name = pod.name, .uid = pod.uid, .node = pod.node_name}, *record);
  const bool excused = proof == Proof::kMissing && accept_unsigned_before && pod.created &&
                       *pod.created < *accept_unsigned_before;
  return excused ? Proof::kSound : proof;
}

void SignRecord(kube::Binding& binding, const signing::RecordKeys& keys) {
  for (auto& [key, value] : binding.annotations) {
    if (key == device::kAllocation) {
      value = keys.Sign(
          {.ns = binding.ns, .name = binding.name, .uid = binding.uid, .node = binding.node},
          value);
    }
  }
}

}  // namespace berth::app
