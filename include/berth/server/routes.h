// The routes of both ports, as handlers over what is handed in. They open no socket and make no
// thread; net::Server carries them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "berth/base/result.h"
#include "berth/base/token_bucket.h"
#include "berth/extender/service.h"
#include "berth/net/server.h"
#include "berth/observe/metrics.h"
#include "berth/observe/readings.h"
#include "berth/state/store.h"

namespace berth::server {

// POST /filter, /prioritize, /preempt, /bind. `service` outlives the routes.
std::vector<net::Route> SchedulerRoutes(extender::Service& service);

// One condition of readiness.
struct ReadyCheck {
  std::string name;  // "nodes"
  // Nothing when it is met, else what it waits for: "the first list of nodes".
  std::function<std::optional<std::string>()> waits_for;
  std::function<std::string()> says = {};  // with ?verbose, when it is met; empty: nothing more
};

// What the operations port shows. References outlive the routes; functions are called from any
// thread.
struct Operations {
  const state::Store& store;
  const observe::Metrics& metrics;
  const Clock& clock;
  observe::BuildInfo build;
  std::vector<ReadyCheck> ready_checks;
  bool observes = false;                // decides beside another scheduler and binds nothing
  bool per_device_metrics = false;      // series for each shared device on /metrics/resources
  std::function<bool()> shutting_down;  // then not ready, whatever the checks say; empty: never
  std::function<observe::Readings()> readings;
  std::function<std::string()> effective_configuration;  // YAML, without secrets
  // Removes a pod from the embedded cluster; kNotFound when there is none. Empty elsewhere: then
  // there is no such route.
  std::function<Status(std::string_view ns, std::string_view name)> delete_pod;
  // extender::Service::Explain.
  std::function<Result<extender::Explanation>(std::string_view ns, std::string_view name,
                                              std::size_t limit)>
      explain;
};

// GET /livez, /readyz, /metrics, /metrics/resources, /statusz, /configz, /openapi.json,
// /api/v1/nodes, /api/v1/models, /api/v1/snapshot, /api/v1/pods, /api/v1/pods/{namespace}/{name}
// and its /explain, and DELETE of a pod where delete_pod is given. Errors are
// {"error":{"code":"not_found","message":"..."}}.
std::vector<net::Route> OperationsRoutes(Operations operations);

enum class Access { kAllowed, kUnauthenticated, kForbidden };
// Whether the token's owner may `verb` ("get", "delete") the path. An Error: it could not be found
// out.
using Authorize = std::function<Result<Access>(std::string_view token, std::string_view verb,
                                               std::string_view path)>;

// The same routes, each but /livez and /readyz for bearer tokens with leave only: else 401, 403, or
// 503 where it could not be found out.
std::vector<net::Route> Protect(std::vector<net::Route> routes, const Authorize& authorize);

// So many requests a second over all routes but /livez and /readyz; more are answered 429.
// Thread-safe.
class Throttle {
 public:
  Throttle(double requests_per_second, const Clock& clock);

  // The routes, which do not outlive this.
  std::vector<net::Route> Pace(std::vector<net::Route> routes);
  std::uint64_t refused() const BERTH_EXCLUDES(mu_);

 private:
  bool Admit() BERTH_EXCLUDES(mu_);

  const Clock& clock_;
  mutable Mutex mu_;
  TokenBucket bucket_ BERTH_GUARDED_BY(mu_);
  std::uint64_t refused_ BERTH_GUARDED_BY(mu_) = 0;
};

}  // namespace berth::server
