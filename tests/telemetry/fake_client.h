// Answers in place of servers.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "berth/base/mutex.h"
#include "berth/net/client.h"

namespace berth::telemetry {

inline net::ClientResponse Page(std::string body) {
  return {.status = 200, .body = std::move(body)};
}

// Thread-safe. Keeps what it was asked.
class FakeServers {
 public:
  struct Asked {
    std::string origin;
    net::ClientRequest request;
  };
  using Answer = std::function<Result<net::ClientResponse>(const Asked&, Duration timeout)>;

  explicit FakeServers(Answer answer) : answer_(std::move(answer)) {}

  // For Collector and PrometheusSource.
  auto connect() {
    return [this](net::ClientOptions options) -> Result<std::unique_ptr<net::Client>> {
      const MutexLock lock(mutex_);
      ++connected_;
      return std::unique_ptr<net::Client>(std::make_unique<FakeClient>(*this, options.origin));
    };
  }
  std::vector<Asked> asked() const {
    const MutexLock lock(mutex_);
    return asked_;
  }
  int connected() const {
    const MutexLock lock(mutex_);
    return connected_;
  }

 private:
  class FakeClient final : public net::Client {
   public:
    FakeClient(FakeServers& servers, std::string origin)
        : servers_(servers), origin_(std::move(origin)) {}
    Result<net::ClientResponse> Send(const net::ClientRequest& request, Duration timeout) override {
      return servers_.Serve({.origin = origin_, .request = request}, timeout);
    }
    Status Stream(const net::ClientRequest&, Duration, std::stop_token,
                  const std::function<bool(int, std::string_view)>&,
                  const std::function<bool(std::string_view)>&) override {
      return Error{ErrorCode::kInternal, "nobody streams metrics"};
    }

   private:
    FakeServers& servers_;
    std::string origin_;
  };

  Result<net::ClientResponse> Serve(const Asked& asked, Duration timeout) {
    {
      const MutexLock lock(mutex_);
      asked_.push_back(asked);
    }
    Result<net::ClientResponse> response = answer_(asked, timeout);
    if (response.ok()) {
      response->body.reserve(response->body.size() + net::kBodyPadding);
    }
    return response;
  }

  const Answer answer_;
  mutable Mutex mutex_;
  std::vector<Asked> asked_ BERTH_GUARDED_BY(mutex_);
  int connected_ BERTH_GUARDED_BY(mutex_) = 0;
};

}  // namespace berth::telemetry
