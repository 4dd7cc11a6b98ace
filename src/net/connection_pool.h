// Connections that are kept for the next request.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "transport.h"

namespace berth::net {

// Thread-safe.
class ConnectionPool {
 public:
  // Connections beyond `max_kept`, or unused for longer than `max_age`, are closed.
  ConnectionPool(std::size_t max_kept, Duration max_age) : max_kept_(max_kept), max_age_(max_age) {}

  // The one that was used last and is still open; null when there is none.
  std::unique_ptr<Transport> Take(Instant now) BERTH_EXCLUDES(mu_);
  void Give(std::unique_ptr<Transport> connection, Instant now) BERTH_EXCLUDES(mu_);

 private:
  struct Kept {
    std::unique_ptr<Transport> connection;
    Instant since;
  };
  Kept TakeLast() BERTH_EXCLUDES(mu_);

  const std::size_t max_kept_;
  const Duration max_age_;
  Mutex mu_;
  std::vector<Kept> kept_ BERTH_GUARDED_BY(mu_);  // oldest first
};

}  // namespace berth::net
