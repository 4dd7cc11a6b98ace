// A rate that is kept on average: so many a second, and after a rest one second's worth at once.
#pragma once

#include <optional>

#include "berth/base/clock.h"

namespace berth {

class TokenBucket {
 public:
  explicit TokenBucket(double per_second);

  // One is taken, unless none is there. Time does not go back from call to call.
  bool Take(Instant now);

 private:
  double per_second_;
  double most_;  // at least one, or a slow rate would never give any
  double tokens_;
  std::optional<Instant> filled_;
};

}  // namespace berth
