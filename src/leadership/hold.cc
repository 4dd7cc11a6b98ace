#include "berth/leadership/hold.h"

namespace berth::leadership {

std::string_view Name(Standing standing) {
  switch (standing) {
    case Standing::kStandby:
      return "standby";
    case Standing::kCatchingUp:
      return "catching up";
    case Standing::kExpiring:
      return "expiring";
    case Standing::kLeading:
      return "leading";
  }
  return "standby";
}

Standing StandingOf(const std::optional<Hold>& hold, std::optional<Instant> listed, Instant now,
                    const Timing& timing) {
  if (!hold || now >= hold->until) {
    return Standing::kStandby;
  }
  if (!listed || *listed < hold->others_done) {
    return Standing::kCatchingUp;
  }
  if (now + timing.bind_timeout + Margin(timing.lease_duration) > hold->until) {
    return Standing::kExpiring;
  }
  return Standing::kLeading;
}

}  // namespace berth::leadership
