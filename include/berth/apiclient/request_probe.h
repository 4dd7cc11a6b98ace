// What was asked of the API server and how it went, counted. The metrics room exports it.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <tuple>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/mutex.h"

namespace berth::apiclient {

// The words of Kubernetes' RBAC, so that a metric and a missing rule read alike.
enum class Verb : std::uint8_t { kGet, kList, kWatch, kCreate, kPatch };
enum class Resource : std::uint8_t { kNodes, kPods, kPodBinding, kPodStatus, kLeases, kOther };

std::string_view Name(Verb verb);  // "get", "list", ...
std::string_view Name(
    Resource resource);  // "nodes", "pods", "pods/binding", "pods/status", "leases", "other"

// Thread-safe.
class RequestProbe {
 public:
  using OnLatency = std::function<void(Verb verb, Duration took)>;

  // `on_latency` is called from every thread that talks to the API server.
  explicit RequestProbe(OnLatency on_latency = {});

  // `code` is the HTTP status, 0 when no answer came. For a watch `took` ends with the status.
  void Record(Verb verb, Resource resource, int code, Duration took) BERTH_EXCLUDES(mutex_);

  struct Count {
    Verb verb = Verb::kGet;
    Resource resource = Resource::kPods;
    int code = 0;
    std::uint64_t requests = 0;

    friend bool operator==(const Count&, const Count&) = default;
  };
  std::vector<Count> counts() const BERTH_EXCLUDES(mutex_);  // by verb, resource, code

 private:
  const OnLatency on_latency_;
  mutable Mutex mutex_;
  std::map<std::tuple<Verb, Resource, int>, std::uint64_t> counts_ BERTH_GUARDED_BY(mutex_);
};

}  // namespace berth::apiclient
