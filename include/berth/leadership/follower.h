// Follows the Lease of the kube-scheduler beside us, which we do not write.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "berth/base/clock.h"
#include "berth/kube/lease.h"
#include "berth/leadership/hold.h"

namespace berth::leadership {

// Two sources tell of the Lease, because each proves what the other cannot:
//
//   reads   one after the other, quorum: a renewal that a read does not show was stored after that
//           read was sent. So the Lease stands for its duration from then, however late we hear.
//   watch   every state in order: when others held it last, which a read may step over. By the end
//           of that Lease all their bindings have taken effect.
//
// Clocks of other machines are never looked at: times in the Lease are compared for equality only.
//
//   standby ──a read and the watch show the same term of ours──▶ ours ──another holder, expiry──▶
//   standby
//
// A value; not thread-safe.
class Follower {
 public:
  // The Lease is ours while its holder is `identity` or begins with it and '_'. `started`: of this
  // process.
  Follower(std::string identity, Timing timing, Instant started);

  // A quorum read that was sent at `sent`; nullopt: there is no such Lease. In the order in which
  // they were sent, each after the one before was answered.
  void Read(const std::optional<kube::Lease>& lease, Instant sent);

  // From the watch. `Listed` begins it, and begins it anew where events may be missing.
  void Listed(const std::optional<kube::Lease>& lease, Instant got);
  void Changed(const kube::Lease& lease, Instant got);
  void Deleted();

  // nullopt: not ours now.
  std::optional<Hold> hold(Instant now) const;
  // As last read; empty: nobody's.
  std::string_view holder() const { return read_ ? std::string_view(read_->holder) : ""; }
  bool IsOurs(std::string_view holder) const;

  friend auto operator<=>(const Follower&, const Follower&) = default;

 private:
  Duration DurationOf(const kube::Lease& lease) const;
  void Watched(const std::optional<kube::Lease>& lease, Instant got);

  std::string identity_;
  Timing timing_;
  Instant started_;

  std::optional<kube::Lease> read_;
  std::optional<Instant> last_read_;  // when the last read was sent
  std::optional<Instant> renewed_;    // the Lease as read was written after this

  std::optional<kube::Lease> watched_;
  bool listed_ = false;
  Instant others_done_;
};

}  // namespace berth::leadership
