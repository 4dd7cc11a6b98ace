// A bound pod that names a model: what Berth recorded when it bound the pod (variant and version),
// or else the pod's own annotation. What becomes of it is in inventory.h.
#include <string>

#include "berth/device/read.h"
#include "registry.h"

namespace berth::inventory {
namespace {

std::optional<ServedModel> ReadServingPod(const kube::PodObject& pod) {
  const std::string* const words = kube::Find(pod.annotations, device::kModel);
  if (words == nullptr || words->empty() || pod.node_name.empty() || pod.ended()) {
    return std::nullopt;
  }
  const std::size_t at = words->find('@');
  ServedModel served{.model = words->substr(0, at),
                     .variant = at == std::string::npos ? "" : words->substr(at + 1)};
  if (Result<device::Record> record = device::ReadRecord(pod);
      record.ok() && !record->variant.empty()) {
    served.variant = std::move(record->variant);
    served.version = std::move(record->model_version);
    served.recorded = true;
  }
  return served;
}

}  // namespace

Source ServingPods() {
  return {.name = "serving-pods", .kind = "Pod", .read_pod = &ReadServingPod};
}

}  // namespace berth::inventory
