#include "scratch_pool.h"

#include <string>

namespace berth::net {
namespace {

constexpr std::size_t kMaxKept = 8;
constexpr std::size_t kMaxKeptBytes = std::size_t{4} << 20;  // of each body and each answer

}  // namespace

std::unique_ptr<Scratch> ScratchPool::Take() {
  const MutexLock lock(mu_);
  if (free_.empty()) {
    return std::make_unique<Scratch>();
  }
  std::unique_ptr<Scratch> scratch = std::move(free_.back());  // the last one given: still in cache
  free_.pop_back();
  return scratch;
}

void ScratchPool::Give(std::unique_ptr<Scratch> scratch) {
  scratch->body.Trim(kMaxKeptBytes);
  Response fresh;
  if (scratch->response.body.capacity() <= kMaxKeptBytes) {
    fresh.body = std::move(scratch->response.body);
    fresh.body.clear();
  }
  scratch->response = std::move(fresh);
  const MutexLock lock(mu_);
  if (free_.size() < kMaxKept) {
    free_.push_back(std::move(scratch));
  }
}

}  // namespace berth::net
