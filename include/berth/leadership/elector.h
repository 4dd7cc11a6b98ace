// Holds a Lease of our own, as client-go's leader election does, with Berth's rules on top.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "berth/base/clock.h"
#include "berth/base/result.h"
#include "berth/kube/lease.h"
#include "berth/leadership/hold.h"

namespace berth::leadership {

// What to ask of the API server next.
struct Ask {
  enum class Verb : std::uint8_t { kNothing, kRead, kCreate, kUpdate };
  Verb verb = Verb::kNothing;
  Instant at;         // not before
  kube::Lease lease;  // to write; times and the version are filled in

  friend auto operator<=>(const Ask&, const Ask&) = default;
};

//                      nobody's, or not renewed for its duration as we saw it
//   standby ──read──▶ ────────────────────write──────────────────────────▶ holder ──write──▶ holder
//      ▲                                                                      │
//      └─── another holder was read; not renewed for renewDeadline; given up ─┘
//
// One ask at a time: Next, then what came of it. Every write names the version that it replaces, so
// that of two writers one is refused. A write of which nothing was heard is settled by a read; it
// is never counted as done. A value; not thread-safe.
class Elector {
 public:
  // `identity` is this process's alone, over restarts too.
  Elector(std::string identity, Timing timing);

  // `written_time` goes into the Lease for people to read; nothing is decided by it.
  Ask Next(Instant now, std::string_view written_time) const;

  // What came of an ask that was sent at `sent` and answered at `got`. Errors other than
  // kConflict, kAlreadyExists: nothing is known.
  void Answered(const Ask& ask, const Result<std::optional<kube::Lease>>& answer, Instant sent,
                Instant got);

  // From now on it only gives up what it holds. All its bindings must have ended.
  void GiveUp() { giving_up_ = true; }
  bool given_up() const { return giving_up_ && !held_; }

  std::optional<Hold> hold(Instant now) const;
  std::string_view identity() const { return identity_; }
  std::string_view holder() const { return known_ ? std::string_view(known_->holder) : ""; }

  friend auto operator<=>(const Elector&, const Elector&) = default;

 private:
  void See(const std::optional<kube::Lease>& lease, Instant got);
  kube::Lease Mine(std::string_view written_time) const;

  std::string identity_;
  Timing timing_;
  bool giving_up_ = false;

  std::optional<kube::Lease> known_;  // as last read or written
  bool read_ = false;                 // `known_` is worth writing on
  bool deleted_ = false;              // we knew one, and it is gone
  Instant changed_;                   // when we saw it change last
  Instant next_;                      // no ask before then

  struct Held {
    Instant acquired;  // when the write that began this term was sent
    Instant renewed;   // when the last write that succeeded was sent
    friend auto operator<=>(const Held&, const Held&) = default;
  };
  std::optional<Held> held_;
};

}  // namespace berth::leadership
