#include "berth/apiclient/request_probe.h"

#include <utility>

namespace berth::apiclient {

std::string_view Name(Verb verb) {
  switch (verb) {
    case Verb::kGet:
      return "get";
    case Verb::kList:
      return "list";
    case Verb::kWatch:
      return "watch";
    case Verb::kCreate:
      return "create";
    case Verb::kPatch:
      return "patch";
  }
  return "get";
}

std::string_view Name(Resource resource) {
  switch (resource) {
    case Resource::kNodes:
      return "nodes";
    case Resource::kPods:
      return "pods";
    case Resource::kPodBinding:
      return "pods/binding";
    case Resource::kPodStatus:
      return "pods/status";
    case Resource::kLeases:
      return "leases";
    case Resource::kOther:
      return "other";
  }
  return "pods";
}

RequestProbe::RequestProbe(OnLatency on_latency) : on_latency_(std::move(on_latency)) {}

void RequestProbe::Record(Verb verb, Resource resource, int code, Duration took) {
  {
    const MutexLock lock(mutex_);
    ++counts_[{verb, resource, code}];
  }
  if (on_latency_) {
    on_latency_(verb, took);
  }
}

std::vector<RequestProbe::Count> RequestProbe::counts() const {
  const MutexLock lock(mutex_);
  std::vector<Count> counts;
  counts.reserve(counts_.size());
  for (const auto& [key, requests] : counts_) {
    const auto& [verb, resource, code] = key;
    counts.push_back({.verb = verb, .resource = resource, .code = code, .requests = requests});
  }
  return counts;
}

}  // namespace berth::apiclient
