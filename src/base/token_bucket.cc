#include "berth/base/token_bucket.h"

#include <algorithm>

namespace berth {

TokenBucket::TokenBucket(double per_second)
    : per_second_(per_second), most_(std::max(1.0, per_second)), tokens_(most_) {}

bool TokenBucket::Take(Instant now) {
  if (filled_) {
    tokens_ = std::min(most_, tokens_ + (Seconds(now - *filled_) * per_second_));
  }
  filled_ = now;
  if (tokens_ < 1) {
    return false;
  }
  tokens_ -= 1;
  return true;
}

}  // namespace berth
