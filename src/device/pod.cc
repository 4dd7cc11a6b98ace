// ReadPod: resources and annotations of a Pod -> what it asks for.
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/cluster/product.h"
#include "berth/device/read.h"

namespace berth::device {
namespace {

using cluster::DeviceDemand;
using cluster::DeviceShare;
using cluster::PodFault;
using cluster::PodRequest;

constexpr std::string_view kOwnDomain = "berth.dev/";
constexpr std::array<std::string_view, 3> kShareResources = {kGpuMemory, kGpuCores, kGpuCount};
constexpr std::size_t kMaxAccelerators = 64;
constexpr std::size_t kMaxData = 8;
constexpr std::string_view kSpace = " \t\r\n";
constexpr std::int64_t kMaxCores = 100;

// The share resources as the pod names them, before any is judged.
struct Asked {
  std::int64_t memory = 0;  // MiB, effective
  std::int64_t cores = 0;   // percent, effective
  std::int64_t count = 0;   // the largest
  bool count_named = false;
  bool negative_memory = false;
  bool negative_cores = false;
  bool negative_count = false;
  bool unknown_resource = false;
};

Asked Gather(const kube::PodObject& pod, const kube::Resources& effective) {
  Asked asked{.memory = effective.Extended(kGpuMemory), .cores = effective.Extended(kGpuCores)};
  for (const kube::Container& container : pod.containers) {
    for (const auto& [resource, amount] : container.requests.extended) {
      if (resource == kGpuCount) {
        asked.count_named = true;
        asked.count = std::max(asked.count, amount);
      }
      asked.negative_memory |= resource == kGpuMemory && amount < 0;
      asked.negative_cores |= resource == kGpuCores && amount < 0;
      asked.negative_count |= resource == kGpuCount && amount < 0;
      asked.unknown_resource |=
          resource.starts_with(kOwnDomain) &&
          std::ranges::find(kShareResources, resource) == kShareResources.end();
    }
  }
  return asked;
}

// Zero is nothing: a pod that names memory 0 and cores 0 asks no share.
PodFault JudgeShare(const Asked& asked, bool has_model) {
  if (asked.negative_memory || asked.memory > cluster::kMaxDeviceMemory.count()) {
    return PodFault::kMemoryInvalid;
  }
  if (asked.negative_cores || asked.cores > kMaxCores) {
    return PodFault::kCoresInvalid;
  }
  const bool wants_part = asked.memory > 0 || asked.cores > 0;
  if (asked.negative_count || asked.count > cluster::kMaxDevices ||
      (asked.count_named && asked.count == 0 && wants_part)) {
    return PodFault::kCountInvalid;
  }
  if (asked.count > 0 && !wants_part && !has_model) {
    return PodFault::kCountAlone;
  }
  return asked.unknown_resource ? PodFault::kResourceUnknown : PodFault::kNone;
}

// Brought into range: a faulty pod docks nowhere through Berth, but one that is bound all the same
// is charged.
DeviceDemand DemandOf(const Asked& asked, const kube::Resources& effective,
                      const ClassTable& classes) {
  DeviceDemand demand;
  if (asked.memory > 0 || asked.cores > 0) {
    demand.share =
        DeviceShare{.memory = std::clamp(MiB(asked.memory), MiB(0), cluster::kMaxDeviceMemory),
                    .cores = Percent(std::clamp<std::int64_t>(asked.cores, 0, kMaxCores)),
                    .count = static_cast<std::int32_t>(
                        std::clamp<std::int64_t>(asked.count, 1, cluster::kMaxDevices))};
  }
  for (const auto& [resource, amount] : effective.extended) {
    if (const auto id = classes.Find(resource); id && amount > 0) {
      constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
      demand.whole.push_back(
          {.device_class = *id, .count = static_cast<std::int32_t>(std::min(amount, kMost))});
    }
  }
  std::ranges::sort(demand.whole, {}, &cluster::WholeDevices::device_class);
  return demand;
}

PodFault JudgeDemand(const DeviceDemand& demand) {
  if (demand.share && !demand.whole.empty()) {
    return PodFault::kWholeAndShared;
  }
  return demand.whole.size() > cluster::kMaxClasses ? PodFault::kTooManyClasses : PodFault::kNone;
}

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// Names with commas between them. Empty when one is empty, or there are more than `most`.
std::vector<std::string> ReadNames(std::string_view text, std::size_t most) {
  std::vector<std::string> names;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view name = Trim(text.substr(0, comma));
    if (name.empty() || names.size() == most) {
      return {};
    }
    names.emplace_back(name);
    if (comma == std::string_view::npos) {
      return names;
    }
    text.remove_prefix(comma + 1);
  }
}

// Empty when malformed.
std::vector<std::string> ReadAccelerators(std::string_view text) {
  std::vector<std::string> names = ReadNames(text, kMaxAccelerators);
  std::ranges::transform(names, names.begin(), cluster::LowerCase);
  return names;
}

// Each name once; empty when malformed.
std::vector<std::string> ReadData(std::string_view text) {
  std::vector<std::string> names;
  for (std::string& name : ReadNames(text, kMaxData)) {
    if (name.find_first_of(kSpace) != std::string::npos) {
      return {};
    }
    if (std::ranges::find(names, name) == names.end()) {
      names.push_back(std::move(name));
    }
  }
  return names;
}

// "name" or "name@variant", without space. False when malformed.
bool ReadModel(std::string_view text, PodRequest& request) {
  const std::size_t at = text.find('@');
  const std::string_view name = text.substr(0, at);
  const std::string_view variant =
      at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  const bool spaced = text.find_first_of(" \t\r\n") != std::string_view::npos;
  if (name.empty() || spaced || (at != std::string_view::npos && variant.empty()) ||
      variant.find('@') != std::string_view::npos) {
    return false;
  }
  request.model = name;
  request.variant = variant;
  return true;
}

}  // namespace

PodRequest ReadPod(const kube::PodObject& pod, const ClassTable& classes) {
  const kube::Resources effective = kube::EffectiveRequests(pod);
  const Asked asked = Gather(pod, effective);
  PodRequest request{.ns = pod.ns,
                     .name = pod.name,
                     .uid = pod.uid,
                     .demand = DemandOf(asked, effective, classes),
                     .cpu = effective.cpu,
                     .memory = effective.memory,
                     .priority = pod.priority,
                     .soft_constraints = pod.soft_constraints || pod.default_spread};
  const std::string* model = kube::Find(pod.annotations, kModel);
  request.fault = JudgeShare(asked, model != nullptr);
  if (request.fault == PodFault::kNone) {
    request.fault = JudgeDemand(request.demand);
  }
  if (const std::string* text = kube::Find(pod.annotations, kAccelerators)) {
    request.accelerators = ReadAccelerators(*text);
    if (request.accelerators.empty() && request.fault == PodFault::kNone) {
      request.fault = PodFault::kAcceleratorsInvalid;
    }
  }
  if (model != nullptr) {
    if (!ReadModel(*model, request) && request.fault == PodFault::kNone) {
      request.fault = PodFault::kModelInvalid;
    }
    request.demand_by_model = request.demand.empty();
    request.model_devices = request.demand_by_model
                                ? static_cast<std::int32_t>(std::clamp<std::int64_t>(
                                      asked.count, 0, cluster::kMaxDevices))
                                : 0;
  }
  if (const std::string* text = kube::Find(pod.annotations, kData)) {
    request.data = ReadData(*text);
    if (request.data.empty() && request.fault == PodFault::kNone) {
      request.fault = PodFault::kDataInvalid;
    }
  }
  return request;
}

}  // namespace berth::device
