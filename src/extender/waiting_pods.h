// Pods that no node could take, and when to wake them. kube-scheduler's own wake-up may be spent
// before our watch has seen the room, so a pod that may fit now is woken by a change of its
// condition berth.dev/Fits:
//
//   refused ──▶ False, message = the reason ──(fits on a node where it did not)──▶ True ──▶
//   kube-scheduler asks again
//
// A condition is written only when it changes, for each write wakes the pod once.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "berth/base/token_bucket.h"
#include "berth/cluster/pod.h"
#include "berth/cluster/snapshot.h"
#include "berth/core/reason.h"
#include "berth/kube/api.h"
#include "current_profiles.h"

namespace berth::extender {

inline constexpr std::string_view kFitsCondition = "berth.dev/Fits";
inline constexpr std::string_view kFitsMessage = "room was found";

// Thread-safe. The verbs report, one thread asks what to write.
class WaitingPods {
 public:
  // `profiles` outlive the object.
  WaitingPods(const CurrentProfiles& profiles, double writes_per_second);

  // No offered node took the pod. `snapshot` is what the refusal was based on, `shown` the message
  // of the condition that the pod carries already.
  void Refused(const cluster::PodRequest& pod, core::Reason reason, std::string_view shown,
               cluster::SnapshotPtr snapshot);
  // A node was found, or the pod is gone: nothing to wake.
  void Forget(std::string_view uid);

  struct Write {
    std::string ns;
    std::string name;
    std::string uid;
    kube::PodCondition condition;
  };
  // What is to be written now, at the allowed rate. Looks at the pods anew when the cluster
  // changed.
  std::vector<Write> Due(const cluster::SnapshotPtr& now_snapshot, Instant now);
  // The write did not happen; it is due again.
  void Failed(const Write& write);

  std::vector<std::string> Uids() const;
  // Pods waiting, by reason.
  std::vector<std::uint64_t> ByReason() const;

 private:
  struct Pod {
    cluster::PodRequest request;
    core::Reason reason = core::Reason::kFits;
    std::string shown;                // message that the pod carries, as far as we know
    std::string wanted;               // message that it should carry
    std::vector<std::uint64_t> fits;  // nodes that would have taken it, one bit each, at `seen`
    cluster::SnapshotPtr refused_at;  // until `fits` is computed
    std::uint64_t seen = 0;           // snapshot version
  };

  std::vector<std::uint64_t> FittingNodes(const cluster::Snapshot& snapshot,
                                          const cluster::PodRequest& pod) const;

  const CurrentProfiles& profiles_;

  mutable Mutex mu_;
  std::map<std::string, Pod, std::less<>> pods_
      BERTH_GUARDED_BY(mu_);  // by uid: the order of writes is stable
  TokenBucket writes_ BERTH_GUARDED_BY(mu_);
};

}  // namespace berth::extender
