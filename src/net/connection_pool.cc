#include "connection_pool.h"

#include <algorithm>
#include <utility>

namespace berth::net {

ConnectionPool::Kept ConnectionPool::TakeLast() {
  const MutexLock lock(mu_);
  if (kept_.empty()) {
    return {};
  }
  Kept last = std::move(kept_.back());
  kept_.pop_back();
  return last;
}

std::unique_ptr<Transport> ConnectionPool::Take(Instant now) {
  while (true) {
    Kept last = TakeLast();
    if (last.connection == nullptr || (now - last.since <= max_age_ && last.connection->Quiet())) {
      return std::move(last.connection);
    }
  }
}

void ConnectionPool::Give(std::unique_ptr<Transport> connection, Instant now) {
  std::vector<Kept> closed;  // outside the lock
  const MutexLock lock(mu_);
  const auto fresh =
      std::ranges::find_if(kept_, [&](const Kept& kept) { return now - kept.since <= max_age_; });
  std::move(kept_.begin(), fresh, std::back_inserter(closed));
  kept_.erase(kept_.begin(), fresh);
  if (kept_.size() < max_kept_) {
    kept_.push_back({std::move(connection), now});
  } else {
    closed.push_back({std::move(connection), now});
  }
}

}  // namespace berth::net
