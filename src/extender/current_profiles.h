// The profiles as they are now: they may change while Berth runs.
#pragma once

#include <utility>
#include <vector>

#include "berth/base/mutex.h"
#include "berth/cluster/pod.h"
#include "berth/core/policy.h"

namespace berth::extender {

// Thread-safe.
class CurrentProfiles {
 public:
  explicit CurrentProfiles(std::vector<core::Profile> profiles) : profiles_(std::move(profiles)) {}

  // A copy, which a decision keeps: what counted is told later, not what counts then.
  core::Profile Of(const cluster::PodRequest& pod) const BERTH_EXCLUDES(mu_) {
    const MutexLock lock(mu_);
    return core::ProfileOf(profiles_, pod);
  }

  void Set(std::vector<core::Profile> profiles) BERTH_EXCLUDES(mu_) {
    const MutexLock lock(mu_);
    profiles_ = std::move(profiles);
  }

 private:
  mutable Mutex mu_;
  std::vector<core::Profile> profiles_ BERTH_GUARDED_BY(mu_);  // by PodRequest::profile
};

}  // namespace berth::extender
