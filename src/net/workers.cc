#include "workers.h"

#include <cstddef>
#include <utility>

namespace berth::net {
namespace {

constexpr std::size_t kMaxWaiting = 32;
// Handlers parse and decide without deep recursion. Sanitizers' frames are several times larger.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BERTH_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define BERTH_SANITIZED 1
#endif
#endif
#ifdef BERTH_SANITIZED
constexpr std::size_t kStackBytes = std::size_t{4} << 20;
#else
constexpr std::size_t kStackBytes = std::size_t{512} << 10;
#endif

}  // namespace

Workers::~Workers() {
  mu_.lock();
  stopping_ = true;
  arrived_.NotifyAll();
  while (running_ > 0) {
    ended_.Wait(mu_);
  }
  mu_.unlock();
  for (const pthread_t thread : finished_) {
    ::pthread_join(thread, nullptr);
  }
}

bool Workers::Start(Work work) {
  const MutexLock lock(mu_);
  for (const pthread_t thread : std::exchange(finished_, {})) {
    ::pthread_join(thread, nullptr);  // has left its last lock: joins at once
  }
  if (waiting_ <= queue_.size() && !Spawn()) {
    return false;
  }
  queue_.push_back(std::move(work));
  arrived_.NotifyOne();
  return true;
}

bool Workers::Spawn() {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_t thread{};
  const bool made = ::pthread_create(&thread, &attributes, &Workers::Main, this) == 0;
  ::pthread_attr_destroy(&attributes);
  if (made) {
    ++running_;
    ++waiting_;
  }
  return made;
}

void* Workers::Main(void* self) {
  static_cast<Workers*>(self)->Run();
  return nullptr;
}

void Workers::Run() {
  mu_.lock();
  while (true) {
    while (queue_.empty() && !stopping_) {
      arrived_.Wait(mu_);
    }
    if (queue_.empty()) {
      break;
    }
    const Work work = std::move(queue_.front());
    queue_.pop_front();
    --waiting_;
    mu_.unlock();
    work();
    mu_.lock();
    if (++waiting_ > kMaxWaiting && queue_.empty()) {
      break;
    }
  }
  --waiting_;
  --running_;
  finished_.push_back(::pthread_self());
  ended_.NotifyAll();
  mu_.unlock();
}

}  // namespace berth::net
