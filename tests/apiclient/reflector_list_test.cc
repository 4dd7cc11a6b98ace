// The LIST of a reflector: pages, and what breaks between them.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "reflector_rig.h"

namespace berth::apiclient {
namespace {

using namespace std::chrono_literals;
using Diary = std::vector<std::string>;

constexpr char kLivePods[] = "status.phase%21%3DSucceeded%2Cstatus.phase%21%3DFailed";

TEST_F(ReflectorTest, ListsLivePodsInPagesAndWatchesFromTheListsVersion) {
  server_.On("GET", kPods, Page("10", {PodJson("a", "1"), PodJson("b", "2")}, "next/=+1"));
  server_.On("GET", kPods, Page("10", {PodJson("c", "3")}));
  server_.On("GET", kPods, Answer::Stream({}).ThenHold());
  random_ = 0.5;
  Start();
  RunUntil(3, {"begin", "put a", "put b", "put c", "end"});

  const std::vector<SeenRequest> asked = server_.requests();
  EXPECT_EQ(asked[0].query, std::string("limit=500&fieldSelector=") + kLivePods);
  EXPECT_EQ(asked[1].query,
            std::string("limit=500&fieldSelector=") + kLivePods + "&continue=next%2F%3D%2B1");
  EXPECT_EQ(asked[2].query, std::string("watch=true&allowWatchBookmarks=true&resourceVersion=10"
                                        "&timeoutSeconds=450&fieldSelector=") +
                                kLivePods);

  const ReflectorStats stats = reflector_->stats();
  EXPECT_TRUE(stats.synced);
  EXPECT_EQ(stats.lists, 1U);
  EXPECT_EQ(stats.last_list_items, 3U);
  EXPECT_EQ(stats.last_event, clock_.Now());
  EXPECT_EQ(stats.resource_version, "10");
  EXPECT_EQ(stats.malformed, 0U);
  EXPECT_TRUE(sleeps().empty());
}

TEST_F(ReflectorTest, ListsNodesWithoutASelectorAndWithTheGivenPageSize) {
  server_.On("GET", kNodes, Page("10", {NodeJson("n", "1")}));
  server_.On("GET", kNodes, Answer::Stream({}).ThenHold());
  Start(ObjectKind::kNodes, {.page_size = 20});
  RunUntil(2, {"begin", "put n", "end"});
  EXPECT_EQ(server_.requests()[0].query, "limit=20");
  EXPECT_EQ(server_.requests()[1].query,
            "watch=true&allowWatchBookmarks=true&resourceVersion=10&timeoutSeconds=300");
}

TEST_F(ReflectorTest, AnEmptyClusterIsSyncedToo) {
  server_.On("GET", kPods, Page("10", {}));
  server_.On("GET", kPods, Answer::Stream({}).ThenHold());
  Start();
  RunUntil(2, {"begin", "end"});
  EXPECT_TRUE(reflector_->stats().synced);
  EXPECT_EQ(reflector_->stats().last_list_items, 0U);
}

// What goes wrong with the second page; the list must begin anew and nothing may end before.
struct FailedPage {
  std::string name;
  Answer answer;
  RestartReason reason;
  std::string says;
};

class FailedPageTest : public ReflectorTest, public testing::WithParamInterface<FailedPage> {};

TEST_P(FailedPageTest, BeginsTheListAnew) {
  server_.On("GET", kPods, Page("10", {PodJson("a", "1")}, "more"));
  server_.On("GET", kPods, GetParam().answer);
  server_.On("GET", kPods, Page("11", {PodJson("b", "1")}));
  server_.On("GET", kPods, Answer::Stream({}).ThenHold());
  Start(ObjectKind::kPods, {.max_page_bytes = 4096});
  RunUntil(4, {"begin", "put a", "begin", "put b", "end"});

  EXPECT_EQ(server_.requests()[1].Parameter("continue"), "more");
  EXPECT_EQ(server_.requests()[2].Parameter("continue"), std::nullopt);
  EXPECT_EQ(server_.requests()[3].Parameter("resourceVersion"), "11");
  EXPECT_EQ(Restarts(GetParam().reason), 1U);
  EXPECT_EQ(sleeps(), std::vector<Duration>{500ms});
  ASSERT_EQ(errors().size(), 1U);
  EXPECT_EQ(errors()[0].first, GetParam().reason);
  EXPECT_NE(errors()[0].second.message.find(GetParam().says), std::string::npos)
      << errors()[0].second.message;
  EXPECT_EQ(reflector_->stats().last_list_items, 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, FailedPageTest,
    testing::Values(FailedPage{"Expired410", Answer::Json(410, StatusJson(410, "token too old")),
                               RestartReason::kExpired, "410: token too old"},
                    FailedPage{"Internal500", Answer::Json(500, StatusJson(500, "etcd is away")),
                               RestartReason::kError, "500: etcd is away"},
                    FailedPage{"Forbidden403", Answer::Json(403, StatusJson(403, "no rights")),
                               RestartReason::kError, "403: no rights"},
                    FailedPage{"BrokenInTheBody", Answer::Stream({R"({"items":[)"}).ThenBreak(),
                               RestartReason::kBroken, "list pods"},
                    FailedPage{"NoJson", Answer::Json(200, "<html>"), RestartReason::kError,
                               "list pods"},
                    FailedPage{"CutJson", Answer::Json(200, R"({"items":[{"metadata")"),
                               RestartReason::kError, "list pods"},
                    FailedPage{"NoVersion", Answer::Json(200, R"({"metadata":{},"items":[]})"),
                               RestartReason::kError, "metadata.resourceVersion"},
                    FailedPage{"TooLarge", Answer::Json(200, std::string(5000, ' ')),
                               RestartReason::kError, "larger than 4096 bytes"}),
    kCaseName);

TEST_F(ReflectorTest, AServerThatHangsUpIsAskedAgain) {
  server_.On("GET", kPods, Answer::HangUp());
  server_.On("GET", kPods, Page("10", {}));
  server_.On("GET", kPods, Answer::Stream({}).ThenHold());
  Start();
  RunUntil(3, {"begin", "begin", "end"});
  EXPECT_EQ(Restarts(RestartReason::kBroken), 1U);
}

TEST_F(ReflectorTest, AListThatKeepsFailingIsAskedForLessAndLessOften) {
  for (int i = 0; i < 8; ++i) {
    server_.On("GET", kPods, Answer::Json(503, ""));
  }
  server_.On("GET", kPods, Page("10", {}));
  server_.On("GET", kPods, Answer::Stream({}).ThenHold());
  Start();
  EXPECT_EQ(server_.WaitForRequests(10).size(), 10U);
  Stop();
  EXPECT_EQ(sleeps(), (std::vector<Duration>{500ms, 1s, 2s, 4s, 8s, 15s, 15s, 15s}));
  EXPECT_EQ(Restarts(RestartReason::kError), 8U);
  EXPECT_TRUE(reflector_->stats().synced);
}

TEST_F(ReflectorTest, IsNotSyncedBeforeTheLastPage) {
  server_.On("GET", kPods, Page("10", {PodJson("a", "1")}, "more"));
  server_.On("GET", kPods, Answer::Silence());
  Start();
  EXPECT_EQ(server_.WaitForRequests(2).size(), 2U);
  EXPECT_FALSE(reflector_->stats().synced);
}

TEST_F(ReflectorTest, AMalformedItemIsLeftOutAndReportedWithWhatIsKnownOfIt) {
  server_.On("GET", kPods,
             Page("10", {PodJson("a", "1"), PodJson("bad", "2", kMalformedSpec), PodJson("c", "3"),
                         PodJson("worse", "4", R"({"containers":7})")}));
  server_.On("GET", kPods, Answer::Stream({}).ThenHold());
  Start();
  RunUntil(2, {"begin", "put a", "put c", "end"});

  EXPECT_EQ(reflector_->stats().malformed, 2U);
  EXPECT_EQ(reflector_->stats().last_list_items, 4U);
  const std::vector<MalformedObject> reported = malformed();
  ASSERT_EQ(reported.size(), 2U);
  EXPECT_EQ(reported[0].kind, "pods");
  EXPECT_EQ(reported[0].ns, "ml");
  EXPECT_EQ(reported[0].name, "bad");
  EXPECT_EQ(reported[0].uid, "uid-bad");
  EXPECT_EQ(reported[0].node_name, "node-1");
  EXPECT_NE(reported[0].error.message.find("cpu"), std::string::npos) << reported[0].error.message;
  EXPECT_EQ(reported[1].name, "worse");
  EXPECT_EQ(reported[1].node_name, "");
}

TEST_F(ReflectorTest, StopsWhileAPageHangs) {
  server_.On("GET", kPods, Answer::Silence());
  Start();
  EXPECT_EQ(server_.WaitForRequests(1).size(), 1U);
  EXPECT_LT(Stop(), 500ms);
  EXPECT_EQ(sink_.lines(), Diary{"begin"});
}

}  // namespace
}  // namespace berth::apiclient
