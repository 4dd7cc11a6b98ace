// The records of pods and bindings, and the keys that prove them.
#pragma once

#include <optional>

#include "berth/base/clock.h"
#include "berth/kube/api.h"
#include "berth/kube/objects.h"
#include "berth/signing/record_keys.h"

namespace berth::app {

// Of the record that the pod carries; one that carries none has no MAC either. A missing MAC, not a
// wrong one, is excused for a pod that was created before that time.
signing::Proof ProofOf(const kube::PodObject& pod, const signing::RecordKeys& keys,
                       std::optional<WallTime> accept_unsigned_before);

// The record that the binding carries, if any, is signed for its pod and node.
void SignRecord(kube::Binding& binding, const signing::RecordKeys& keys);

}  // namespace berth::app
