// The operations port's pace: pages cost time that kube-scheduler's calls need.
#include <utility>

#include "answers.h"
#include "berth/server/routes.h"
#include "open_paths.h"

namespace berth::server {

Throttle::Throttle(double requests_per_second, const Clock& clock)
    : clock_(clock), bucket_(requests_per_second) {}

bool Throttle::Admit() {
  const MutexLock lock(mu_);
  const bool taken = bucket_.Take(clock_.Now());
  refused_ += taken ? 0 : 1;
  return taken;
}

std::uint64_t Throttle::refused() const {
  const MutexLock lock(mu_);
  return refused_;
}

std::vector<net::Route> Throttle::Pace(std::vector<net::Route> routes) {
  for (net::Route& route : routes) {
    if (IsOpen(route.path)) {
      continue;
    }
    route.handler = [this, inner = std::move(route.handler)](const net::Request& request,
                                                             net::Response& response) {
      if (Admit()) {
        inner(request, response);
        return;
      }
      WriteError(response, Error{ErrorCode::kResourceExhausted, "too many requests a second"});
      response.headers.emplace_back("Retry-After", "1");
    };
  }
  return routes;
}

}  // namespace berth::server
