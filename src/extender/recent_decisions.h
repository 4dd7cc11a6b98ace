// The last few decisions with all that went into them: prioritize looks its filter's up, and people
// ask why.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "berth/core/decide.h"
#include "berth/core/policy.h"

namespace berth::extender {

// Enough to decide again, to the same result.
struct DecisionRecord {
  cluster::PodRequest pod;
  core::Profile profile;  // as it was then
  WallTime at;
  cluster::SnapshotPtr snapshot;
  std::vector<core::Expectation> expectations;
  std::shared_ptr<const core::Decision> decision;
  std::string bound_to;  // node; empty: not yet
};

// Thread-safe. At most one per pod, the newest.
class RecentDecisions {
 public:
  static constexpr std::size_t kKept = 64;
  // Each keeps alive what its snapshot does not share with the newest. Blocks of rows are shared,
  // but loads are told anew every second: a megabyte at 5,000 nodes.
  static constexpr std::size_t kMostLoadBytes = std::size_t{32} << 20;

  void Put(DecisionRecord record) BERTH_EXCLUDES(mu_) {
    const MutexLock lock(mu_);
    std::erase_if(records_, [&](const DecisionRecord& r) { return r.pod.uid == record.pod.uid; });
    if (records_.size() == kKept) {
      records_.pop_back();
    }
    records_.push_front(std::move(record));
    DropBeyondBytes();
  }

  void Bound(std::string_view uid, std::string node) BERTH_EXCLUDES(mu_) {
    const MutexLock lock(mu_);
    for (DecisionRecord& record : records_) {
      if (record.pod.uid == uid) {
        record.bound_to = std::move(node);
        return;
      }
    }
  }

  // For this pod at this state of the cluster, or nullptr.
  std::shared_ptr<const core::Decision> Find(std::string_view uid, std::uint64_t version) const
      BERTH_EXCLUDES(mu_) {
    const MutexLock lock(mu_);
    for (const DecisionRecord& record : records_) {
      if (record.pod.uid == uid) {
        return record.decision->snapshot_version == version ? record.decision : nullptr;
      }
    }
    return nullptr;
  }

  std::optional<DecisionRecord> Find(std::string_view uid) const BERTH_EXCLUDES(mu_) {
    const MutexLock lock(mu_);
    for (const DecisionRecord& record : records_) {
      if (record.pod.uid == uid) {
        return record;
      }
    }
    return std::nullopt;
  }

 private:
  // The newest stays.
  void DropBeyondBytes() BERTH_REQUIRES(mu_) {
    std::size_t bytes = 0;
    const cluster::LoadTable* last = nullptr;
    for (std::size_t i = 0; i < records_.size(); ++i) {
      const cluster::LoadTable* loads = records_[i].snapshot->outlook().loads.get();
      if (loads != nullptr && loads != last) {
        bytes += loads->nodes.size() * sizeof(cluster::NodeLoad);
      }
      last = loads;
      if (i > 0 && bytes > kMostLoadBytes) {
        records_.resize(i);
        return;
      }
    }
  }

  mutable Mutex mu_;
  std::deque<DecisionRecord> records_ BERTH_GUARDED_BY(mu_);  // newest first
};

}  // namespace berth::extender
