#include "berth/kube/objects.h"

#include <algorithm>
#include <limits>

namespace berth::kube {
namespace {

std::int64_t SaturatingSum(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) {
    return sum;
  }
  return b > 0 ? std::numeric_limits<std::int64_t>::max()
               : std::numeric_limits<std::int64_t>::min();
}

std::int64_t Larger(std::int64_t a, std::int64_t b) { return std::max(a, b); }

// total = combine(total, other), resource by resource.
template <typename Combine>
void Merge(Resources& total, const Resources& other, Combine combine) {
  total.cpu = Millicores(combine(total.cpu.count(), other.cpu.count()));
  total.memory = Bytes(combine(total.memory.count(), other.memory.count()));
  total.pods = combine(total.pods, other.pods);
  for (const auto& [name, amount] : other.extended) {
    const auto at =
        std::ranges::find(total.extended, name, &std::pair<std::string, std::int64_t>::first);
    if (at == total.extended.end()) {
      total.extended.emplace_back(name, amount);
    } else {
      at->second = combine(at->second, amount);
    }
  }
}

}  // namespace

const std::string* Find(const StringMap& map, std::string_view key) {
  const auto at = std::ranges::find(map, key, &StringMap::value_type::first);
  return at == map.end() ? nullptr : &at->second;
}

std::int64_t Resources::Extended(std::string_view name) const {
  const auto at = std::ranges::find(extended, name, &std::pair<std::string, std::int64_t>::first);
  return at == extended.end() ? 0 : at->second;
}

Resources EffectiveRequests(const PodObject& pod) {
  Resources running;   // what runs side by side once the pod is up: regular containers and sidecars
  Resources sidecars;  // those started so far
  Resources starting;  // the most that any moment of the start needs
  for (const Container& container : pod.containers) {
    switch (container.kind) {
      case ContainerKind::kRegular:
        Merge(running, container.requests, SaturatingSum);
        break;
      case ContainerKind::kSidecar:
        Merge(running, container.requests, SaturatingSum);
        Merge(sidecars, container.requests, SaturatingSum);
        Merge(starting, sidecars, Larger);
        break;
      case ContainerKind::kInit: {
        Resources moment = sidecars;
        Merge(moment, container.requests, SaturatingSum);
        Merge(starting, moment, Larger);
        break;
      }
    }
  }
  Merge(running, starting, Larger);
  if (pod.has_pod_level_requests) {
    if (pod.pod_level_requests.cpu.count() > 0) {
      running.cpu = pod.pod_level_requests.cpu;
    }
    if (pod.pod_level_requests.memory.count() > 0) {
      running.memory = pod.pod_level_requests.memory;
    }
  }
  Merge(running, pod.overhead, SaturatingSum);
  return running;
}

}  // namespace berth::kube
