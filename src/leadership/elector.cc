#include "berth/leadership/elector.h"

#include <utility>

namespace berth::leadership {
namespace {

using Verb = Ask::Verb;

std::int32_t WholeSeconds(Duration duration) {
  return static_cast<std::int32_t>(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

}  // namespace

Elector::Elector(std::string identity, Timing timing)
    : identity_(std::move(identity)), timing_(timing) {}

Ask Elector::Next(Instant now, std::string_view written_time) const {
  if (giving_up_ && !held_) {
    return {};
  }
  if (!read_) {
    return {.verb = Verb::kRead, .at = next_, .lease = {}};
  }
  if (held_) {
    return {.verb = Verb::kUpdate, .at = giving_up_ ? now : next_, .lease = Mine(written_time)};
  }
  if (deleted_ && now < changed_ + timing_.lease_duration) {
    return {.verb = Verb::kRead, .at = next_, .lease = {}};  // its holder does not know yet
  }
  if (!known_) {
    return {.verb = Verb::kCreate, .at = next_, .lease = Mine(written_time)};
  }
  // Ours by a write of which nothing was heard, or nobody's, or not renewed for its whole time.
  if (known_->holder.empty() || known_->holder == identity_ ||
      now >= changed_ + known_->duration()) {
    return {.verb = Verb::kUpdate, .at = next_, .lease = Mine(written_time)};
  }
  return {.verb = Verb::kRead, .at = next_, .lease = {}};
}

kube::Lease Elector::Mine(std::string_view written_time) const {
  kube::Lease lease{.resource_version = known_ ? known_->resource_version : "",
                    .holder = identity_,
                    .duration_seconds = WholeSeconds(timing_.lease_duration),
                    .acquire_time = std::string(written_time),
                    .renew_time = std::string(written_time),
                    .transitions = 0};
  if (known_) {
    const bool same_holder = known_->holder == identity_;
    lease.transitions = known_->transitions + (same_holder ? 0 : 1);
    if (same_holder) {
      lease.acquire_time = known_->acquire_time;
    }
  }
  if (giving_up_) {  // as client-go gives up: nobody's, for a second
    lease.holder.clear();
    lease.duration_seconds = 1;
  }
  return lease;
}

void Elector::Answered(const Ask& ask, const Result<std::optional<kube::Lease>>& answer,
                       Instant sent, Instant got) {
  if (!answer.ok()) {
    // Somebody else was faster, or nothing was heard: only a read can tell.
    next_ = read_ && (answer.error().code == ErrorCode::kConflict ||
                      answer.error().code == ErrorCode::kAlreadyExists)
                ? got
                : got + timing_.retry_period;
    read_ = false;
    return;
  }
  next_ = sent + timing_.retry_period;
  See(*answer, got);
  if (ask.verb == Verb::kRead) {
    if (!known_ || known_->holder != identity_) {
      held_.reset();
    }
    if (Next(got, {}).verb != Verb::kRead) {
      next_ = got;  // it can be had
    }
    return;
  }
  if (giving_up_) {
    held_.reset();
    return;
  }
  if (!held_) {
    held_ = Held{.acquired = sent, .renewed = sent};
  }
  held_->renewed = sent;
}

void Elector::See(const std::optional<kube::Lease>& lease, Instant got) {
  if (known_ != lease) {
    changed_ = got;  // it was stored before
  }
  deleted_ = !lease && (known_ || deleted_);
  known_ = lease;
  read_ = true;
}

std::optional<Hold> Elector::hold(Instant now) const {
  if (!held_ || giving_up_ || now >= held_->renewed + timing_.renew_deadline) {
    return std::nullopt;
  }
  return Hold{.until = held_->renewed + timing_.lease_duration, .others_done = held_->acquired};
}

}  // namespace berth::leadership
