// Threads for work that may block: one for each piece of work at a time, so that no piece waits for
// another.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <vector>

#include "berth/base/mutex.h"

namespace berth::net {

// Grows as work comes, keeps a few threads for what comes next. The caller bounds how much work
// there is. Thread-safe; the destructor waits for all work to end.
class Workers {
 public:
  using Work = std::function<void()>;

  Workers() = default;
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Runs `work` on a thread that has nothing else to do. False when the system gives no more
  // threads.
  bool Start(Work work) BERTH_EXCLUDES(mu_);

 private:
  static void* Main(void* self);
  void Run() BERTH_EXCLUDES(mu_);
  bool Spawn() BERTH_REQUIRES(mu_);

  Mutex mu_;
  CondVar arrived_;
  CondVar ended_;
  std::deque<Work> queue_ BERTH_GUARDED_BY(mu_);  // each has a thread that waits or is being born
  std::size_t waiting_ BERTH_GUARDED_BY(mu_) = 0;
  std::size_t running_ BERTH_GUARDED_BY(mu_) = 0;          // threads, waiting ones included
  std::vector<pthread_t> finished_ BERTH_GUARDED_BY(mu_);  // to be joined
  bool stopping_ BERTH_GUARDED_BY(mu_) = false;
};

}  // namespace berth::net
