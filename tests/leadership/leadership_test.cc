// The rules of docs/ha.md one by one.
#include <gtest/gtest.h>

#include "berth/leadership/elector.h"
#include "berth/leadership/follower.h"
#include "berth/leadership/hold.h"

namespace berth::leadership {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Timing kTiming;  // 15 s, 10 s, 2 s; a bind takes up to 4 s
constexpr Instant At(double at) { return Instant(milliseconds(static_cast<int>(at * 1000))); }

kube::Lease Held(const char* holder, const char* renewed, int transitions) {
  return {.resource_version = renewed,
          .holder = holder,
          .duration_seconds = 15,
          .acquire_time = {},
          .renew_time = renewed,
          .transitions = transitions};
}

TEST(StandingOf, ABindNeedsTheLeaseToOutliveItsDeadlineAndTheMargin) {
  const Hold hold{.until = At(100), .others_done = At(10)};
  const Duration needed = kTiming.bind_timeout + Margin(kTiming.lease_duration);
  EXPECT_EQ(StandingOf(hold, At(10), At(100) - needed, kTiming), Standing::kLeading);
  EXPECT_EQ(StandingOf(hold, At(10), At(100) - needed + Duration(1), kTiming), Standing::kExpiring);
  EXPECT_EQ(StandingOf(hold, At(10), At(100), kTiming), Standing::kStandby);
  EXPECT_EQ(StandingOf(hold, At(9.999), At(50), kTiming), Standing::kCatchingUp);
  EXPECT_EQ(StandingOf(hold, std::nullopt, At(50), kTiming), Standing::kCatchingUp);
  EXPECT_EQ(StandingOf(std::nullopt, At(10), At(50), kTiming), Standing::kStandby);
}

TEST(Follower, KnowsItsOwnSchedulerByTheHostsName) {
  const Follower follower("pod-1", kTiming, At(0));
  EXPECT_TRUE(follower.IsOurs("pod-1_0b9c"));
  EXPECT_TRUE(follower.IsOurs("pod-1"));
  EXPECT_FALSE(follower.IsOurs("pod-11_0b9c"));
  EXPECT_FALSE(follower.IsOurs(""));
}

TEST(Follower, CountsARenewalFromTheReadThatDidNotShowIt) {
  Follower follower("a", kTiming, At(0));
  follower.Listed(std::nullopt, At(0));
  follower.Changed(Held("a_1", "r1", 0), At(1));
  follower.Read(Held("a_1", "r1", 0), At(1));
  EXPECT_FALSE(follower.hold(At(1))) << "nothing says how old that renewal is";
  follower.Read(Held("a_1", "r2", 0), At(3));
  ASSERT_TRUE(follower.hold(At(3)));
  EXPECT_EQ(follower.hold(At(3))->until, At(1 + 15));
  kube::Lease annotated = Held("a_1", "r2", 0);
  annotated.resource_version = "other";
  follower.Read(annotated, At(8));
  EXPECT_EQ(follower.hold(At(8))->until, At(1 + 15)) << "no renewal";
  EXPECT_FALSE(follower.hold(At(16)));
}

TEST(Follower, WaitsUntilTheLastOthersBindingsHaveTakenEffect) {
  Follower follower("b", kTiming, At(0));
  follower.Listed(Held("a_1", "r1", 0), At(0));
  follower.Read(Held("a_1", "r1", 0), At(0));
  follower.Changed(Held("a_1", "r2", 0), At(5));
  follower.Read(Held("b_1", "r3", 1), At(6));
  EXPECT_FALSE(follower.hold(At(6))) << "the watch has not shown how it came to that";
  follower.Changed(Held("", "released", 0), At(6));
  follower.Changed(Held("b_1", "r3", 1), At(6));
  ASSERT_TRUE(follower.hold(At(6)));
  EXPECT_EQ(follower.hold(At(6))->others_done, At(5 + 15));
  follower.Listed(Held("b_1", "r4", 1), At(7));
  EXPECT_EQ(follower.hold(At(7))->others_done, At(5 + 15)) << "the same term: nothing was missed";
  follower.Listed(Held("b_2", "r5", 3), At(8));
  follower.Read(Held("b_2", "r5", 3), At(8));
  EXPECT_EQ(follower.hold(At(8))->others_done, At(8 + 15)) << "another may have held it meanwhile";
}

TEST(Elector, TakesALeaseThatItHasNotSeenRenewedForItsDuration) {
  Elector elector("b", kTiming);
  Ask ask = elector.Next(At(0), "t0");
  EXPECT_EQ(ask.verb, Ask::Verb::kRead);
  elector.Answered(ask, std::optional(Held("a", "r1", 4)), At(0), At(1));
  ask = elector.Next(At(15.999), "t1");
  EXPECT_EQ(ask.verb, Ask::Verb::kRead);
  ask = elector.Next(At(16), "t1");
  ASSERT_EQ(ask.verb, Ask::Verb::kUpdate);
  EXPECT_EQ(ask.lease.resource_version, "r1");
  EXPECT_EQ(ask.lease.holder, "b");
  EXPECT_EQ(ask.lease.transitions, 5);
  elector.Answered(ask, std::optional(ask.lease), At(16), At(18));
  ASSERT_TRUE(elector.hold(At(18)));
  EXPECT_EQ(elector.hold(At(18))->until, At(16 + 15)) << "from when it was sent";
  EXPECT_EQ(elector.hold(At(18))->others_done, At(16));
  EXPECT_FALSE(elector.hold(At(16 + 10))) << "not renewed for renewDeadline";
}

TEST(Elector, CountsAWriteOfWhichNothingWasHeardAsNotDone) {
  Elector elector("b", kTiming);
  Ask ask = elector.Next(At(0), "t0");
  elector.Answered(ask, std::optional<kube::Lease>(), At(0), At(0));
  ask = elector.Next(At(0), "t0");
  ASSERT_EQ(ask.verb, Ask::Verb::kCreate);
  elector.Answered(ask, Error{ErrorCode::kUnknownOutcome, ""}, At(0), At(2));
  EXPECT_FALSE(elector.hold(At(2)));
  ask = elector.Next(At(4), "t1");
  EXPECT_EQ(ask.verb, Ask::Verb::kRead);
  elector.Answered(ask, std::optional(Held("b", "t0", 0)), At(4), At(4));
  ask = elector.Next(At(4), "t1");
  ASSERT_EQ(ask.verb, Ask::Verb::kUpdate) << "it was ours";
  elector.Answered(ask, std::optional(ask.lease), At(4), At(4));
  EXPECT_TRUE(elector.hold(At(4)));
}

TEST(Elector, GivesUpByAWriteThatNamesNobody) {
  Elector elector("b", kTiming);
  elector.Answered(elector.Next(At(0), ""), std::optional<kube::Lease>(), At(0), At(0));
  Ask ask = elector.Next(At(0), "t0");
  elector.Answered(ask, std::optional(ask.lease), At(0), At(0));
  elector.GiveUp();
  EXPECT_FALSE(elector.hold(At(0)));
  EXPECT_FALSE(elector.given_up());
  ask = elector.Next(At(0), "t1");
  ASSERT_EQ(ask.verb, Ask::Verb::kUpdate);
  EXPECT_EQ(ask.lease.holder, "");
  EXPECT_EQ(ask.lease.duration_seconds, 1);
  elector.Answered(ask, std::optional(ask.lease), At(0), At(0));
  EXPECT_TRUE(elector.given_up());
}

}  // namespace
}  // namespace berth::leadership
