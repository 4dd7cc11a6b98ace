#include "berth/device/write.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "berth/device/read.h"
#include "foreign.h"
#include "labels.h"

namespace berth::device {
namespace {

using cluster::DeviceShare;
using cluster::PodFault;
using cluster::PodRequest;

constexpr std::int64_t kTooManyCores = 101;  // percent

bool IsRead(std::string_view label, const ClassTable& classes,
            std::span<const std::string> more_labels) {
  return label == kSharingLabel || label == kZoneLabel || classes.IsLabel(label) ||
         std::ranges::find(more_labels, label) != more_labels.end();
}

using Amounts = std::vector<std::pair<std::string, std::int64_t>>;

Amounts AmountsThatCount(const Amounts& extended, const ClassTable& classes) {
  Amounts kept;
  for (const auto& [resource, amount] : extended) {
    if (amount > 0 && (classes.Find(resource) || IsForeignResource(resource))) {
      kept.emplace_back(resource, amount);
    }
  }
  return kept;
}

// --- Pods.

// The amount that ReadPod finds at fault and brings back to the one in the demand.
std::int64_t InvalidCount(const PodRequest& pod) {
  const bool is_zero =
      !pod.demand_by_model && pod.demand.share.has_value() && pod.demand.share->count == 1;
  return is_zero ? 0 : cluster::kMaxDevices + 1;
}

// As the resources of one container.
Amounts WriteShare(const PodRequest& pod) {
  Amounts requests;
  const auto put = [&requests](std::string_view resource, std::int64_t amount) {
    requests.emplace_back(resource, amount);
  };
  // Of a pod that asks a model alone the share is what was chosen for it, not what it asks.
  const DeviceShare share = pod.demand_by_model
                                ? DeviceShare{.count = pod.model_devices}
                                : pod.demand.share.value_or(DeviceShare{.count = 0});
  if (pod.fault == PodFault::kMemoryInvalid) {
    put(kGpuMemory, cluster::kMaxDeviceMemory.count() + 1);
  } else if (share.memory > MiB(0)) {
    put(kGpuMemory, share.memory.count());
  }
  if (pod.fault == PodFault::kCoresInvalid) {
    put(kGpuCores, kTooManyCores);
  } else if (share.cores > Percent(0)) {
    put(kGpuCores, share.cores.count());
  }
  if (pod.fault == PodFault::kCountInvalid) {
    put(kGpuCount, InvalidCount(pod));
  } else if (share.count > 0 || pod.fault == PodFault::kCountAlone) {
    put(kGpuCount, std::max(share.count, 1));
  }
  if (pod.fault == PodFault::kResourceUnknown) {
    put("berth.dev/unknown", 1);
  }
  return requests;
}

kube::Resources WriteRequests(const PodRequest& pod, const ClassTable& classes) {
  kube::Resources requests{.cpu = pod.cpu, .memory = pod.memory, .extended = WriteShare(pod)};
  if (!pod.demand_by_model) {
    for (const cluster::WholeDevices& whole : pod.demand.whole) {
      requests.extended.emplace_back(classes[whole.device_class].resource, whole.count);
    }
  }
  return requests;
}

std::string ModelText(const PodRequest& pod) {
  constexpr std::string_view kMalformed = "@";
  if (pod.model.empty()) {
    return std::string(kMalformed);
  }
  return pod.variant.empty() ? pod.model : fmt::format("{}@{}", pod.model, pod.variant);
}

// An empty list is malformed, which is what such a fault is of.
kube::StringMap WriteAnnotations(const PodRequest& pod) {
  kube::StringMap annotations;
  if (!pod.model.empty() || pod.demand_by_model || pod.fault == PodFault::kModelInvalid) {
    annotations.emplace_back(kModel, ModelText(pod));
  }
  if (!pod.accelerators.empty() || pod.fault == PodFault::kAcceleratorsInvalid) {
    annotations.emplace_back(kAccelerators, fmt::format("{}", fmt::join(pod.accelerators, ",")));
  }
  if (!pod.data.empty() || pod.fault == PodFault::kDataInvalid) {
    annotations.emplace_back(kData, fmt::format("{}", fmt::join(pod.data, ",")));
  }
  return annotations;
}

}  // namespace

NodeWords WordsOf(const kube::NodeObject& node, const ClassTable& classes,
                  std::span<const std::string> more_labels) {
  NodeWords words{.labels = {},
                  .annotations = {},
                  .allocatable = AmountsThatCount(node.allocatable.extended, classes),
                  .capacity = AmountsThatCount(node.capacity.extended, classes)};
  for (const auto& [key, value] : node.labels) {
    if (IsRead(key, classes, more_labels)) {
      words.labels.emplace_back(key, value);
    }
  }
  for (const auto& [key, value] : node.annotations) {
    if (key == kDeviceOverride) {
      words.annotations.emplace_back(key, value);
    } else if (IsForeignAnnotation(key)) {
      words.annotations.emplace_back(key, std::string());
    }
  }
  return words;
}

kube::NodeObject WriteNode(const cluster::NodeFacts& facts, const NodeWords& words) {
  return {.name = facts.name,
          .labels = words.labels,
          .annotations = words.annotations,
          .allocatable = {.cpu = facts.cpu,
                          .memory = facts.memory,
                          .pods = facts.pods,
                          .extended = words.allocatable},
          .capacity = {.extended = words.capacity},
          .ready = facts.ready,
          .unschedulable = facts.unschedulable,
          .prefer_no_schedule = facts.prefer_no_schedule};
}

kube::PodObject WritePod(const PodRequest& pod, const ClassTable& classes) {
  return {.ns = pod.ns,
          .name = pod.name,
          .uid = pod.uid,
          .annotations = WriteAnnotations(pod),
          .priority = pod.priority,
          .containers = {{.name = "main", .requests = WriteRequests(pod, classes)}},
          .soft_constraints = pod.soft_constraints};
}

}  // namespace berth::device
