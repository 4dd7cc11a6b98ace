#include "berth/plan/queueing.h"

#include <algorithm>
#include <cmath>

#include "berth/base/check.h"
#include "berth/base/portable_math.h"

namespace berth::plan {
namespace {

// 1 / the probability that all slots are busy where none may wait (Erlang B): the sum of
// k (k-1) ... (k-j+1) / a^j over j. Infinite where it is beyond a double.
double InverseErlangB(std::int64_t slots, double offered) {
  double term = 1;
  double sum = 1;
  for (std::int64_t j = 0; j < slots; ++j) {
    term *= static_cast<double>(slots - j) / offered;
    sum += term;
    if (std::isinf(sum) || term < sum * 1e-18) {
      return sum;
    }
  }
  return sum;
}

}  // namespace

double ErlangC(std::int64_t slots, double offered) {
  BERTH_CHECK(offered >= 0);
  BERTH_CHECK(offered < static_cast<double>(slots));
  if (offered == 0) {
    return 0;
  }
  const double use = offered / static_cast<double>(slots);
  return 1 / ((InverseErlangB(slots, offered) * (1 - use)) + use);
}

Queue QueueOf(double rate, const Service& service, std::int64_t slots) {
  const double offered = rate * service.mean;
  const double waits = ErlangC(slots, offered);
  const double of_those_that_wait =
      service.mean / (static_cast<double>(slots) - offered) * (1 + service.cv2) / 2;
  return {.waits = waits,
          .mean = waits * of_those_that_wait,
          .p99 = waits > 0.01 ? of_those_that_wait * Log(waits / 0.01) : 0};
}

std::int64_t SlotsNeeded(double rate, const Service& service, double p99) {
  const auto is_enough = [&](std::int64_t slots) {
    return QueueOf(rate, service, slots).p99 <= p99;
  };
  auto too_few = static_cast<std::int64_t>(rate * service.mean);  // as many as are busy, at most
  std::int64_t enough = too_few + 1;
  for (std::int64_t step = 1; !is_enough(enough); step *= 2) {
    too_few = enough;
    enough += step;
  }
  while (enough - too_few > 1) {
    const std::int64_t middle = too_few + ((enough - too_few) / 2);
    (is_enough(middle) ? enough : too_few) = middle;
  }
  return enough;
}

double RateCarried(const Service& service, std::int64_t slots, double p99) {
  double carried = 0;
  double too_high = static_cast<double>(slots) / service.mean;
  while (too_high - carried > 1e-9 * too_high) {
    const double middle = (carried + too_high) / 2;
    const bool is_possible = middle * service.mean < static_cast<double>(slots);
    (is_possible && QueueOf(middle, service, slots).p99 <= p99 ? carried : too_high) = middle;
  }
  return carried;
}

}  // namespace berth::plan
