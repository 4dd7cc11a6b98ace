// Decision memos of the pod shapes that were asked about last: replicas of one workload come in
// rows.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "berth/base/mutex.h"
#include "berth/core/decide.h"

namespace berth::extender {

// Thread-safe. A memo is taken out while it is used; who finds none makes a new one.
class Memos {
 public:
  std::unique_ptr<core::DecisionMemo> Take(const cluster::PodRequest& pod,
                                           const core::Policy& policy,
                                           const cluster::Outlook& outlook) BERTH_EXCLUDES(mu_) {
    {
      const MutexLock lock(mu_);
      for (auto at = idle_.begin(); at != idle_.end(); ++at) {
        if ((*at)->Serves(pod, policy, outlook)) {
          std::unique_ptr<core::DecisionMemo> memo = std::move(*at);
          idle_.erase(at);
          return memo;
        }
      }
    }
    return std::make_unique<core::DecisionMemo>(pod, policy, outlook);
  }

  void Return(std::unique_ptr<core::DecisionMemo> memo) BERTH_EXCLUDES(mu_) {
    const MutexLock lock(mu_);
    if (idle_.size() == kKept) {
      idle_.erase(idle_.begin());  // the one that was used longest ago
    }
    idle_.push_back(std::move(memo));
  }

 private:
  static constexpr std::size_t kKept = 4;  // each holds on to rows of up to the whole cluster
  Mutex mu_;
  std::vector<std::unique_ptr<core::DecisionMemo>> idle_ BERTH_GUARDED_BY(mu_);
};

}  // namespace berth::extender
