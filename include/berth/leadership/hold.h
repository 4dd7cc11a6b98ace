// When Berth may bind: the rules that keep two Berths from promising a device twice, as values.
// docs/ha.md says why they are enough.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "berth/base/clock.h"
#include "berth/base/result.h"

namespace berth::leadership {

struct Timing {
  Duration lease_duration = std::chrono::seconds(15);
  Duration renew_deadline = std::chrono::seconds(10);
  Duration retry_period = std::chrono::seconds(2);
  Duration bind_timeout = std::chrono::seconds(4);  // a bind takes effect within it, or never

  friend auto operator<=>(const Timing&, const Timing&) = default;
};

// Left between a bind's deadline and the end of the Lease: clocks of two machines may differ by
// this part of the Lease in their rates, and a request may take so long to leave.
constexpr Duration Margin(Duration lease_duration) { return lease_duration / 16; }

// The Lease is ours, as far as is known.
struct Hold {
  Instant until;  // nobody else takes it before then, whatever happens
  // By then all bindings of earlier holders have taken effect, if ever: only a list of pods that
  // was sent no earlier shows them all. Another value means another term.
  Instant others_done;

  friend auto operator<=>(const Hold&, const Hold&) = default;
};

enum class Standing : std::uint8_t {
  kStandby,     // the Lease is not ours, or nobody can say
  kCatchingUp,  // ours, but what earlier holders bound is not all in the books
  kExpiring,    // ours, but too little is left of it for a bind
  kLeading,
};
std::string_view Name(Standing standing);  // "standby", "catching up", "expiring", "leading"

// `listed`: when the last list of pods that is in the books was sent; nullopt: none is.
Standing StandingOf(const std::optional<Hold>& hold, std::optional<Instant> listed, Instant now,
                    const Timing& timing);

}  // namespace berth::leadership
