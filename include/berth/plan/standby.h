// Pre-scheduling: slots that are set up before somebody asks for them, and what that saves. Times
// in seconds, rates per second.
#pragma once

#include <cstdint>

#include "berth/plan/report.h"

namespace berth::plan {

// Replicas are started at random times (Poisson), each in a slot of its own that takes `setup` to
// be ready. A standby slot that is taken is replaced at once: the next set-up begins.
struct StandbyCase {
  double rate = 600.0 / 3600;  // starts
  double setup = 30;
  double lead = 0;          // a start is known so long before
  double idle_cost = 0.05;  // of one standby slot, used or not, where a late start costs 1; 0..1
};

// The newsvendor's rule: another slot as long as it is used with a probability of at least
// `idle_cost`, that is the (1 - idle_cost) quantile of the starts within one set-up time.
std::int64_t StandbySlots(const StandbyCase& standby);

struct StartTimes {
  double at_once = 0;  // share of the starts that find a slot ready
  double mean = 0;
  double p99 = 0;
  double idle = 0;  // standby slots that are ready, on average
};

// With so many standby slots; exact (the base-stock model with Poisson demand and a constant lead
// time).
StartTimes StartsWith(const StandbyCase& standby, std::int64_t slots);

// Off, and with half, as many and twice as many slots as the rule says.
Report StandbyReport(const StandbyCase& standby);

}  // namespace berth::plan
