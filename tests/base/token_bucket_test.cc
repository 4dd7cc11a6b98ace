#include "berth/base/token_bucket.h"

#include <gtest/gtest.h>

namespace berth {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

int TakeAll(TokenBucket& bucket, Instant now) {
  int taken = 0;
  while (taken < 1000 && bucket.Take(now)) {
    ++taken;
  }
  return taken;
}

TEST(TokenBucketTest, GivesOneSecondsWorthAtOnceAndThenTheRate) {
  TokenBucket bucket(4);
  const Instant start{seconds(100)};
  EXPECT_EQ(TakeAll(bucket, start), 4);
  EXPECT_EQ(TakeAll(bucket, start + milliseconds(249)), 0);
  EXPECT_EQ(TakeAll(bucket, start + milliseconds(250)), 1);
  EXPECT_EQ(TakeAll(bucket, start + milliseconds(1000)), 3);
}

TEST(TokenBucketTest, ARestIsNotSavedUp) {
  TokenBucket bucket(4);
  const Instant start{seconds(100)};
  EXPECT_EQ(TakeAll(bucket, start), 4);
  EXPECT_EQ(TakeAll(bucket, start + seconds(60)), 4);
}

TEST(TokenBucketTest, ASlowRateGivesOneAtATime) {
  TokenBucket bucket(0.5);
  const Instant start{seconds(100)};
  EXPECT_EQ(TakeAll(bucket, start), 1);
  EXPECT_EQ(TakeAll(bucket, start + seconds(1)), 0);
  EXPECT_EQ(TakeAll(bucket, start + seconds(2)), 1);
}

}  // namespace
}  // namespace berth
