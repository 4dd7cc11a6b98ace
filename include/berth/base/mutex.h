// std::mutex with Clang's thread-safety annotations, so that what a lock guards is checked by the
// compiler. https://clang.llvm.org/docs/ThreadSafetyAnalysis.html
#pragma once

#include <condition_variable>
#include <mutex>

#include "berth/base/clock.h"

#if defined(__clang__)
#define BERTH_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define BERTH_THREAD_ATTRIBUTE(x)
#endif
#define BERTH_CAPABILITY(x) BERTH_THREAD_ATTRIBUTE(capability(x))
#define BERTH_SCOPED_CAPABILITY BERTH_THREAD_ATTRIBUTE(scoped_lockable)
#define BERTH_GUARDED_BY(x) BERTH_THREAD_ATTRIBUTE(guarded_by(x))
#define BERTH_REQUIRES(...) BERTH_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define BERTH_EXCLUDES(...) BERTH_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define BERTH_ACQUIRE(...) BERTH_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define BERTH_RELEASE(...) BERTH_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define BERTH_NO_THREAD_SAFETY_ANALYSIS BERTH_THREAD_ATTRIBUTE(no_thread_safety_analysis)

namespace berth {

class BERTH_CAPABILITY("mutex") Mutex {
 public:
  void lock() BERTH_ACQUIRE() { mutex_.lock(); }
  void unlock() BERTH_RELEASE() { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

class BERTH_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) BERTH_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() BERTH_RELEASE() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Waits with the caller's Mutex held; wake-ups may be spurious, so wait in a loop on the condition.
class CondVar {
 public:
  void Wait(Mutex& mutex) BERTH_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }
  // Waits at most `timeout`. False when it passed.
  bool WaitFor(Mutex& mutex, Duration timeout) BERTH_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    const bool notified = condition_.wait_for(lock, timeout) == std::cv_status::no_timeout;
    lock.release();
    return notified;
  }
  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace berth
