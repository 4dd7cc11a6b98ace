// The last few filter decisions, so that prioritize for the same pod and state is a look-up.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "berth/base/mutex.h"
#include "berth/core/decide.h"

namespace berth::extender {

// Thread-safe. kube-scheduler filters one pod at a time; a handful of entries serves several
// profiles and schedulers.
class RecentDecisions {
 public:
  void Put(std::string uid, std::shared_ptr<const core::Decision> decision) BERTH_EXCLUDES(mu_) {
    const MutexLock lock(mu_);
    entries_[next_++ % entries_.size()] = {std::move(uid), std::move(decision)};
  }

  // The newest for this pod at this state of the cluster, or nullptr.
  std::shared_ptr<const core::Decision> Find(std::string_view uid, std::uint64_t version) const
      BERTH_EXCLUDES(mu_) {
    const MutexLock lock(mu_);
    for (std::size_t back = 1; back <= entries_.size(); ++back) {
      const Entry& entry = entries_[(next_ + entries_.size() - back) % entries_.size()];
      if (entry.decision != nullptr && entry.uid == uid) {
        return entry.decision->snapshot_version == version ? entry.decision : nullptr;
      }
    }
    return nullptr;
  }

 private:
  struct Entry {
    std::string uid;
    std::shared_ptr<const core::Decision> decision;
  };

  mutable Mutex mu_;
  std::array<Entry, 8> entries_ BERTH_GUARDED_BY(mu_);
  std::size_t next_ BERTH_GUARDED_BY(mu_) = 0;
};

}  // namespace berth::extender
