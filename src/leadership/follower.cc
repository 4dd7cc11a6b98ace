#include "berth/leadership/follower.h"

#include <algorithm>
#include <utility>

namespace berth::leadership {
namespace {

// Written by the same holder in the same state of its clock. The version will not do: an annotation
// changes it, and is no renewal.
bool SameRecord(const kube::Lease& a, const kube::Lease& b) {
  return a.holder == b.holder && a.transitions == b.transitions && a.renew_time == b.renew_time;
}

bool SameRecord(const std::optional<kube::Lease>& a, const std::optional<kube::Lease>& b) {
  return a.has_value() == b.has_value() && (!a || SameRecord(*a, *b));
}

bool SameTerm(const kube::Lease& a, const kube::Lease& b) {
  return a.holder == b.holder && a.transitions == b.transitions;
}

}  // namespace

Follower::Follower(std::string identity, Timing timing, Instant started)
    : identity_(std::move(identity)), timing_(timing), started_(started), others_done_(started) {}

bool Follower::IsOurs(std::string_view holder) const {
  return holder.starts_with(identity_) &&
         (holder.size() == identity_.size() || holder[identity_.size()] == '_');
}

// A Lease that was given up says one second; what its holder bound before may take its whole time.
Duration Follower::DurationOf(const kube::Lease& lease) const {
  return std::max(lease.duration(), timing_.lease_duration);
}

void Follower::Read(const std::optional<kube::Lease>& lease, Instant sent) {
  if (last_read_ && !SameRecord(read_, lease)) {
    renewed_ = last_read_;  // that read did not show it yet
  }
  read_ = lease;
  last_read_ = sent;
}

void Follower::Listed(const std::optional<kube::Lease>& lease, Instant got) {
  const bool seamless =
      listed_ && (SameRecord(watched_, lease) ||
                  // Between two terms of ours the count of holders would have grown.
                  (watched_ && lease && IsOurs(lease->holder) && SameTerm(*watched_, *lease)));
  if (!seamless && lease) {
    const bool first = !listed_ && lease->transitions == 0 && IsOurs(lease->holder);
    // Nobody else ever held it: only what a Berth before us, in this place, had on its way.
    others_done_ = first ? started_ + timing_.bind_timeout + Margin(timing_.lease_duration)
                         : got + DurationOf(*lease);
  }
  listed_ = true;
  Watched(lease, got);
}

void Follower::Changed(const kube::Lease& lease, Instant got) { Watched(lease, got); }

void Follower::Deleted() { watched_.reset(); }

void Follower::Watched(const std::optional<kube::Lease>& lease, Instant got) {
  if (lease && !lease->holder.empty() && !IsOurs(lease->holder) && watched_ != lease) {
    others_done_ = std::max(others_done_, got + DurationOf(*lease));
  }
  watched_ = lease;
}

std::optional<Hold> Follower::hold(Instant now) const {
  if (!read_ || !IsOurs(read_->holder) || !renewed_) {
    return std::nullopt;
  }
  if (!watched_ || !SameTerm(*watched_, *read_)) {
    return std::nullopt;  // what was before this term is not all known yet
  }
  const Instant until = *renewed_ + read_->duration();
  if (now >= until) {
    return std::nullopt;
  }
  return Hold{.until = until, .others_done = others_done_};
}

}  // namespace berth::leadership
