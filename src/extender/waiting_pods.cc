#include "waiting_pods.h"

#include <algorithm>
#include <utility>

#include "berth/core/decide.h"

namespace berth::extender {
namespace {

// True when `now` has a bit that `before` lacks.
bool HasNew(const std::vector<std::uint64_t>& now, const std::vector<std::uint64_t>& before) {
  for (std::size_t i = 0; i < now.size(); ++i) {
    if ((now[i] & ~(i < before.size() ? before[i] : 0)) != 0) {
      return true;
    }
  }
  return false;
}

kube::PodCondition ConditionOf(core::Reason reason, std::string_view message) {
  const bool fits = message == kFitsMessage;
  return {.type = std::string(kFitsCondition),
          .status = fits ? "True" : "False",
          .reason = fits ? "RoomFound" : "NoFit",
          .message = fits ? std::string(kFitsMessage) : std::string(core::Text(reason))};
}

}  // namespace

WaitingPods::WaitingPods(const CurrentProfiles& profiles, double writes_per_second)
    : profiles_(profiles), writes_(writes_per_second) {}

void WaitingPods::Refused(const cluster::PodRequest& pod, core::Reason reason,
                          std::string_view shown, cluster::SnapshotPtr snapshot) {
  const MutexLock lock(mu_);
  const auto [at, is_new] = pods_.try_emplace(pod.uid);
  Pod& waiting = at->second;
  waiting.request = pod;
  waiting.reason = reason;
  waiting.wanted = core::Text(reason);
  if (is_new || !shown.empty()) {
    waiting.shown = shown;
  }
  waiting.refused_at = std::move(snapshot);
}

void WaitingPods::Forget(std::string_view uid) {
  const MutexLock lock(mu_);
  if (const auto at = pods_.find(uid); at != pods_.end()) {
    pods_.erase(at);
  }
}

std::vector<std::uint64_t> WaitingPods::FittingNodes(const cluster::Snapshot& snapshot,
                                                     const cluster::PodRequest& pod) const {
  std::vector<std::uint64_t> bits((snapshot.size() / 64) + 1, 0);
  const std::vector<cluster::NodeIndex> all = core::AllNodes(snapshot);
  const core::Policy policy = profiles_.Of(pod).policy;
  for (const core::NodeDecision& node : core::Decide(snapshot, pod, policy, all, {}).nodes) {
    if (node.fits() && !snapshot.facts(node.node)->unschedulable) {
      bits[node.node / 64] |= std::uint64_t{1} << (node.node % 64);
    }
  }
  return bits;
}

std::vector<WaitingPods::Write> WaitingPods::Due(const cluster::SnapshotPtr& snapshot,
                                                 Instant now) {
  const MutexLock lock(mu_);
  std::vector<Write> due;
  for (auto& [uid, pod] : pods_) {
    if (pod.refused_at != nullptr) {
      // Nodes that would have taken it even then were not offered, or something else ruled them
      // out: they are no news.
      pod.fits = FittingNodes(*pod.refused_at, pod.request);
      pod.seen = pod.refused_at->version();
      pod.refused_at = nullptr;
    }
    if (pod.seen != snapshot->version()) {
      pod.seen = snapshot->version();
      std::vector<std::uint64_t> fits = FittingNodes(*snapshot, pod.request);
      if (HasNew(fits, pod.fits)) {
        pod.wanted = kFitsMessage;
      }
      pod.fits = std::move(fits);
    }
    if (pod.wanted != pod.shown && writes_.Take(now)) {
      pod.shown = pod.wanted;
      due.push_back({.ns = pod.request.ns,
                     .name = pod.request.name,
                     .uid = uid,
                     .condition = ConditionOf(pod.reason, pod.wanted)});
    }
  }
  return due;
}

void WaitingPods::Failed(const Write& write) {
  const MutexLock lock(mu_);
  if (const auto at = pods_.find(write.uid); at != pods_.end()) {
    at->second.shown.clear();
  }
}

std::vector<std::string> WaitingPods::Uids() const {
  const MutexLock lock(mu_);
  std::vector<std::string> uids;
  uids.reserve(pods_.size());
  for (const auto& [uid, pod] : pods_) {
    uids.push_back(uid);
  }
  return uids;
}

std::vector<std::uint64_t> WaitingPods::ByReason() const {
  const MutexLock lock(mu_);
  std::vector<std::uint64_t> counts(core::kReasonCount, 0);
  for (const auto& [uid, pod] : pods_) {
    ++counts[static_cast<std::size_t>(pod.reason)];
  }
  return counts;
}

}  // namespace berth::extender
