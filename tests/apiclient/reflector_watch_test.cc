// The WATCH of a reflector: events, and every way in which a watch ends.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "reflector_rig.h"

namespace berth::apiclient {
namespace {

using namespace std::chrono_literals;

// A list of one pod, "a", at version 10.
class ReflectorWatchTest : public ReflectorTest {
 protected:
  ReflectorWatchTest() { server_.On("GET", kPods, Page("10", {PodJson("a", "1")})); }

  void OnWatch(Answer answer) { server_.On("GET", kPods, std::move(answer)); }
  void OnLastWatch(std::vector<std::string> events = {}) {
    OnWatch(Answer::Stream(std::move(events)).ThenHold());
  }

  // Empty where a list was asked for.
  std::string WatchedFrom(std::size_t request) const {
    return server_.requests().at(request).Parameter("resourceVersion").value_or("");
  }
};

TEST_F(ReflectorWatchTest, PassesEventsOnInTheirOrder) {
  OnLastWatch({EventLine("ADDED", PodJson("b", "11")) + EventLine("MODIFIED", PodJson("a", "12")),
               EventLine("DELETED", PodJson("b", "13")) + "\n" + Bookmark("14")});
  Start();
  EXPECT_TRUE(Eventually([&] { return reflector_->stats().events == 4; }));
  RunUntil(2, {"begin", "put a", "end", "put b", "put a", "remove uid-b"});
  EXPECT_EQ(reflector_->stats().resource_version, "14");
  EXPECT_EQ(reflector_->stats().lists, 1U);
}

TEST_F(ReflectorWatchTest, AListThatIsAskedForEndsTheWatchAndTellsWhenItWasSent) {
  OnLastWatch();
  Start();
  EXPECT_EQ(server_.WaitForRequests(2).size(), 2U);
  const std::optional<Instant> first = reflector_->stats().list_sent;
  clock_.Advance(std::chrono::seconds(7));
  server_.On("GET", kPods, Page("20", {PodJson("b", "11")}));
  OnLastWatch();
  reflector_->RequestList();
  RunUntil(4, {"begin", "put a", "end", "begin", "put b", "end"});
  EXPECT_EQ(server_.requests().at(2).Parameter("watch"), std::nullopt);
  ASSERT_TRUE(first);
  EXPECT_EQ(reflector_->stats().list_sent, *first + std::chrono::seconds(7));
  EXPECT_TRUE(sleeps().empty()) << "it is no failure";
}

TEST_F(ReflectorTest, RemovesNodesByName) {
  server_.On("GET", kNodes, Page("10", {NodeJson("n", "1")}));
  server_.On("GET", kNodes,
             Answer::Stream({EventLine("ADDED", NodeJson("m", "11")) +
                             EventLine("DELETED", NodeJson("n", "12"))})
                 .ThenHold());
  Start(ObjectKind::kNodes);
  RunUntil(2, {"begin", "put n", "end", "put m", "remove n"});
}

TEST_F(ReflectorWatchTest, EventsMayComeByteByByte) {
  std::vector<std::string> bytes;
  for (const char c : EventLine("ADDED", PodJson("b", "11")) + Bookmark("12")) {
    bytes.emplace_back(1, c);
  }
  OnLastWatch(bytes);
  Start();
  EXPECT_TRUE(Eventually([&] { return reflector_->stats().resource_version == "12"; }));
  RunUntil(2, {"begin", "put a", "end", "put b"});
}

TEST_F(ReflectorWatchTest, TheTimeOfTheLastEventIsKept) {
  OnWatch(Answer::Stream({Bookmark("11")}).ThenHold());
  Start();
  EXPECT_TRUE(Eventually([&] { return reflector_->stats().events == 1; }));
  EXPECT_EQ(reflector_->stats().last_event, clock_.Now());
}

TEST_F(ReflectorWatchTest, AWatchThatEndsInOrderGoesOnAtOnceFromTheLastBookmark) {
  OnWatch(Answer::Stream({EventLine("ADDED", PodJson("b", "11")), Bookmark("20")}));
  OnLastWatch({EventLine("ADDED", PodJson("c", "21"))});
  Start();
  RunUntil(3, {"begin", "put a", "end", "put b", "put c"});
  EXPECT_EQ(WatchedFrom(1), "10");
  EXPECT_EQ(WatchedFrom(2), "20");
  EXPECT_TRUE(sleeps().empty());
  EXPECT_TRUE(errors().empty());
}

TEST_F(ReflectorWatchTest, AConnectionThatBreaksInTheMiddleOfALineLosesNothing) {
  OnWatch(Answer::Stream({EventLine("ADDED", PodJson("b", "11")),
                          EventLine("ADDED", PodJson("c", "12")).substr(0, 40)})
              .ThenBreak());
  OnLastWatch({EventLine("ADDED", PodJson("c", "12"))});
  Start();
  RunUntil(3, {"begin", "put a", "end", "put b", "put c"});
  EXPECT_EQ(WatchedFrom(2), "11");
  EXPECT_EQ(Restarts(RestartReason::kBroken), 1U);
  EXPECT_EQ(sleeps(), std::vector<Duration>{500ms});
  EXPECT_EQ(reflector_->stats().malformed, 0U);
}

TEST_F(ReflectorWatchTest, AWatchThatEndsAtOnceWithNothingIsABrokenOne) {
  OnWatch(Answer::Stream({}));
  OnLastWatch();
  Start();
  RunUntil(3, {"begin", "put a", "end"});
  EXPECT_EQ(Restarts(RestartReason::kBroken), 1U);
  EXPECT_EQ(sleeps(), std::vector<Duration>{500ms});
}

TEST_F(ReflectorWatchTest, ASilentWatchIsAskedAnewFromWhereItWas) {
  OnWatch(Answer::Stream({Bookmark("11")}).ThenHold());
  OnLastWatch();
  const SystemClock clock;
  StartIn({.clock = clock,
           .sleep = [](Duration, const std::stop_token&) {},
           .random = [] { return 0.0; }},
          ObjectKind::kPods, {.watch_silence = 150ms});
  EXPECT_GE(server_.WaitForRequests(3).size(), 3U);
  EXPECT_LT(Stop(), 500ms);
  EXPECT_EQ(WatchedFrom(2), "11");
  EXPECT_EQ(Restarts(RestartReason::kSilent), 1U);
}

// How the API server may refuse a watch, and whether the list must be asked again.
struct Refusal {
  std::string name;
  Answer answer;
  RestartReason reason;
  bool relist;
};

class RefusedWatchTest : public ReflectorWatchTest, public testing::WithParamInterface<Refusal> {};

TEST_P(RefusedWatchTest, IsListedAnewOnlyWhereTheVersionIsNoGood) {
  OnWatch(GetParam().answer);
  if (GetParam().relist) {
    server_.On("GET", kPods, Page("30", {PodJson("z", "29")}));
  }
  OnLastWatch();
  Start();
  if (GetParam().relist) {
    RunUntil(4, {"begin", "put a", "end", "begin", "put z", "end"});
    EXPECT_EQ(WatchedFrom(2), "");
    EXPECT_EQ(WatchedFrom(3), "30");
  } else {
    RunUntil(3, {"begin", "put a", "end"});
    EXPECT_EQ(WatchedFrom(2), "10");
  }
  ASSERT_EQ(errors().size(), 1U);
  EXPECT_EQ(errors()[0].first, GetParam().reason);
  EXPECT_EQ(Restarts(GetParam().reason), 1U);
  EXPECT_EQ(sleeps(), std::vector<Duration>{500ms});
  EXPECT_TRUE(reflector_->stats().synced);
}

Answer ErrorEvent(int code, const std::string& message) {
  return Answer::Stream({EventLine("ERROR", StatusJson(code, message))}).ThenHold();
}

INSTANTIATE_TEST_SUITE_P(
    Refusals, RefusedWatchTest,
    testing::Values(
        Refusal{"Gone", Answer::Json(410, StatusJson(410, "too old")), RestartReason::kExpired,
                true},
        Refusal{"GoneEvent", ErrorEvent(410, "too old resource version"), RestartReason::kExpired,
                true},
        Refusal{"BadRequest", Answer::Json(400, StatusJson(400, "invalid resource version")),
                RestartReason::kError, true},
        Refusal{"FromTheFuture",
                Answer::Json(504, StatusJson(504, "Too large resource version: 9")),
                RestartReason::kError, true},
        Refusal{"Unauthorized", Answer::Json(401, StatusJson(401, "Unauthorized")),
                RestartReason::kError, false},
        Refusal{"Forbidden", Answer::Json(403, StatusJson(403, "no rights")), RestartReason::kError,
                false},
        Refusal{"TooMany", Answer::Json(429, StatusJson(429, "slow down")), RestartReason::kError,
                false},
        Refusal{"Internal", Answer::Json(500, ""), RestartReason::kError, false},
        Refusal{"InternalEvent", ErrorEvent(500, "etcd is away"), RestartReason::kError, false},
        Refusal{"Unavailable", Answer::Json(503, "<html>"), RestartReason::kError, false},
        Refusal{"NotJson", Answer::Stream({"<html>\n"}).ThenHold(), RestartReason::kError, true},
        Refusal{"UnknownType", Answer::Stream({EventLine("RENAMED", "{}")}).ThenHold(),
                RestartReason::kError, true}),
    kCaseName);

TEST_F(ReflectorWatchTest, BackOffGrowsWithEachFailureAndBeginsAnewAfterAnEvent) {
  for (int i = 0; i < 4; ++i) {
    OnWatch(Answer::Json(503, ""));
  }
  OnWatch(Answer::Stream({Bookmark("11")}).ThenBreak());
  OnWatch(Answer::HangUp());
  OnLastWatch();
  Start();
  EXPECT_EQ(server_.WaitForRequests(8).size(), 8U);
  Stop();
  EXPECT_EQ(sleeps(), (std::vector<Duration>{500ms, 1s, 2s, 4s, 500ms, 1s}));
}

// A list alone is no success: a watch that expires each time must not make us list in a hot loop.
TEST_F(ReflectorWatchTest, BackOffGrowsWhileEachWatchExpires) {
  for (int i = 0; i < 3; ++i) {
    OnWatch(Answer::Json(410, ""));
    server_.On("GET", kPods, Page("10", {}));
  }
  OnLastWatch();
  Start();
  EXPECT_EQ(server_.WaitForRequests(8).size(), 8U);
  Stop();
  EXPECT_EQ(sleeps(), (std::vector<Duration>{500ms, 1s, 2s}));
  EXPECT_EQ(reflector_->stats().lists, 4U);
}

TEST_F(ReflectorWatchTest, AMalformedPodIsSkippedAndReportedWithTheNodeItHolds) {
  OnLastWatch({EventLine("ADDED", PodJson("bad", "11", kMalformedSpec)) +
               EventLine("ADDED", PodJson("b", "12"))});
  Start();
  RunUntil(2, {"begin", "put a", "end", "put b"});
  ASSERT_EQ(malformed().size(), 1U);
  EXPECT_EQ(malformed()[0].name, "bad");
  EXPECT_EQ(malformed()[0].node_name, "node-1");
  EXPECT_EQ(reflector_->stats().malformed, 1U);
  EXPECT_TRUE(errors().empty());
}

TEST_F(ReflectorWatchTest, TheWatchGoesOnBehindAMalformedPod) {
  OnWatch(Answer::Stream({EventLine("ADDED", PodJson("bad", "11", kMalformedSpec))}));
  OnLastWatch();
  Start();
  RunUntil(3, {"begin", "put a", "end"});
  EXPECT_EQ(WatchedFrom(2), "11");
  EXPECT_TRUE(errors().empty());
}

TEST_F(ReflectorWatchTest, ADeletedPodGoesHoweverMalformedItIs) {
  OnLastWatch({EventLine("DELETED", PodJson("a", "11", kMalformedSpec)),
               EventLine("DELETED", R"({"metadata":{"namespace":"ml","name":"b","uid":"uid-b",)"
                                    R"("resourceVersion":"12","labels":7}})")});
  Start();
  EXPECT_TRUE(Eventually([&] { return reflector_->stats().events == 2; }));
  RunUntil(2, {"begin", "put a", "end", "remove uid-a", "remove uid-b"});
  EXPECT_EQ(reflector_->stats().resource_version, "12");
}

TEST_F(ReflectorWatchTest, AnEventBeyondTheLimitIsLookedUpInTheList) {
  OnWatch(Answer::Stream({EventLine("ADDED", PodJson(std::string(5000, 'b'), "11"))}).ThenHold());
  server_.On("GET", kPods, Page("30", {}));
  OnLastWatch();
  Start(ObjectKind::kPods, {.max_line_bytes = 4096});
  RunUntil(4, {"begin", "put a", "end", "begin", "end"});
  ASSERT_EQ(malformed().size(), 1U);
  EXPECT_NE(malformed()[0].error.message.find("larger than 4096 bytes"), std::string::npos);
  EXPECT_EQ(Restarts(RestartReason::kError), 1U);
}

TEST_F(ReflectorWatchTest, StopsWhileAWatchIsQuiet) {
  OnLastWatch();
  Start();
  EXPECT_EQ(server_.WaitForRequests(2).size(), 2U);
  EXPECT_LT(Stop(), 500ms);
  EXPECT_TRUE(errors().empty());
}

TEST_F(ReflectorWatchTest, StopsInTheMiddleOfABackOff) {
  OnWatch(Answer::Json(503, ""));
  StartIn({.clock = clock_, .sleep = SleepUntilStopped, .random = [] { return 0.0; }},
          ObjectKind::kPods, {.backoff_min = 1h, .backoff_max = 2h});
  EXPECT_TRUE(Eventually([&] { return errors().size() == 1; }));
  EXPECT_LT(Stop(), 500ms);
}

TEST_F(ReflectorWatchTest, ListsAndWatchesAreCounted) {
  OnWatch(Answer::Json(410, ""));
  server_.On("GET", kPods, Page("11", {}));
  OnLastWatch({Bookmark("12")});
  Start();
  EXPECT_TRUE(Eventually([&] { return reflector_->stats().events == 1; }));
  Stop();
  EXPECT_EQ(probe_.counts(), (std::vector<RequestProbe::Count>{
                                 {Verb::kList, Resource::kPods, 200, 2},
                                 {Verb::kWatch, Resource::kPods, 200, 1},
                                 {Verb::kWatch, Resource::kPods, 410, 1},
                             }));
}

TEST(ReflectorNames, AreTheMetricsLabels) {
  EXPECT_EQ(Name(ObjectKind::kNodes), "nodes");
  EXPECT_EQ(Name(ObjectKind::kPods), "pods");
  EXPECT_EQ(Name(RestartReason::kExpired), "expired");
  EXPECT_EQ(Name(RestartReason::kSilent), "silent");
  EXPECT_EQ(Name(RestartReason::kBroken), "broken");
  EXPECT_EQ(Name(RestartReason::kError), "error");
}

}  // namespace
}  // namespace berth::apiclient
