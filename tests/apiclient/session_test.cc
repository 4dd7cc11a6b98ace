#include "berth/apiclient/session.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "rig.h"

namespace berth::apiclient {
namespace {

using namespace std::chrono_literals;

// A session whose token stands in a file.
class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    std::string pattern = testing::TempDir() + "berth-token-XXXXXX";
    const int file = mkstemp(pattern.data());
    EXPECT_GE(file, 0);
    close(file);
    path_ = pattern;
    WriteToken("first");
    Result<std::unique_ptr<Session>> session =
        Session::Create({.origin = server_.origin(), .tls = {}, .token = {}, .token_file = path_},
                        "berth/1.2.3", clock_, probe_);
    EXPECT_TRUE(session.ok());
    session_ = *std::move(session);
  }
  ~SessionTest() override { unlink(path_.c_str()); }

  void WriteToken(const std::string& token) const {
    std::ofstream(path_, std::ios::trunc) << token << '\n';
  }

  Result<net::ClientResponse> Get() {
    net::ClientRequest request;
    request.target = "/x";
    return session_->Send({Verb::kGet, Resource::kPods}, std::move(request), 5s);
  }

  std::vector<std::string> Tokens() const {
    std::vector<std::string> tokens;
    for (const SeenRequest& request : server_.requests()) {
      tokens.push_back(request.Header("Authorization"));
    }
    return tokens;
  }

  FakeApiServer server_;
  ManualClock clock_;
  RequestProbe probe_;
  std::string path_;
  std::unique_ptr<Session> session_;
};

TEST_F(SessionTest, ARotatedTokenIsUsedFromItsIntervalOn) {
  server_.On("GET", "/x", Answer::Json(200, ""));
  server_.On("GET", "/x", Answer::Json(200, ""));
  ASSERT_TRUE(Get().ok());
  WriteToken("second");
  clock_.Advance(TokenSource::kRereadInterval);
  ASSERT_TRUE(Get().ok());
  EXPECT_EQ(Tokens(), (std::vector<std::string>{"Bearer first", "Bearer second"}));
}

TEST_F(SessionTest, ARefusedTokenIsReadAgainAndTheRequestSentOnceMore) {
  server_.On("GET", "/x", Answer::Json(401, ""));
  server_.On("GET", "/x", Answer::Json(200, "fine"));
  WriteToken("second");
  const Result<net::ClientResponse> answer = Get();
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "fine");
  EXPECT_EQ(Tokens(), (std::vector<std::string>{"Bearer first", "Bearer second"}));
  EXPECT_EQ(probe_.counts(), (std::vector<RequestProbe::Count>{
                                 {Verb::kGet, Resource::kPods, 200, 1},
                                 {Verb::kGet, Resource::kPods, 401, 1},
                             }));
}

TEST_F(SessionTest, ARefusedTokenThatDidNotChangeIsNotTriedAgain) {
  server_.On("GET", "/x", Answer::Json(401, ""));
  EXPECT_EQ(Get()->status, 401);
  EXPECT_EQ(Tokens().size(), 1U);
}

TEST_F(SessionTest, ASecondRefusalIsFinal) {
  server_.On("GET", "/x", Answer::Json(401, ""));
  server_.On("GET", "/x", Answer::Json(401, ""));
  WriteToken("second");
  EXPECT_EQ(Get()->status, 401);
  EXPECT_EQ(Tokens().size(), 2U);
}

TEST_F(SessionTest, AStreamIsRefreshedTheSameWayAndShowsOnlyTheLastStatus) {
  server_.On("GET", "/x", Answer::Json(401, ""));
  server_.On("GET", "/x", Answer::Stream({"a", "b"}));
  WriteToken("second");
  std::vector<int> statuses;
  std::string bytes;
  net::ClientRequest request;
  request.target = "/x";
  const Status end = session_->Stream(
      {Verb::kWatch, Resource::kPods}, std::move(request), 5s, {},
      [&](int status, std::string_view) {
        statuses.push_back(status);
        return true;
      },
      [&](std::string_view piece) {
        bytes += piece;
        return true;
      });
  EXPECT_TRUE(end.ok());
  EXPECT_EQ(statuses, std::vector<int>{200});
  EXPECT_EQ(bytes, "ab");
  EXPECT_EQ(Tokens(), (std::vector<std::string>{"Bearer first", "Bearer second"}));
}

TEST_F(SessionTest, LatencyIsReportedForEachTry) {
  std::vector<Verb> seen;
  RequestProbe probe([&](Verb verb, Duration took) {
    seen.push_back(verb);
    EXPECT_GE(took, 0s);
  });
  const auto session = Connect(server_.origin(), clock_, probe);
  server_.On("GET", "/x", Answer::Json(200, ""));
  net::ClientRequest request;
  request.target = "/x";
  ASSERT_TRUE(session->Send({Verb::kGet, Resource::kPods}, std::move(request), 5s).ok());
  EXPECT_EQ(seen, std::vector<Verb>{Verb::kGet});
}

TEST(SessionCreate, SaysWhatIsWrongWithTheOriginOrTheToken) {
  const ManualClock clock;
  RequestProbe probe;
  const auto create = [&](const Credentials& credentials) {
    return Session::Create(credentials, "berth", clock, probe).ok();
  };
  EXPECT_TRUE(create({.origin = "http://127.0.0.1:1", .tls = {}, .token = {}, .token_file = {}}));
  EXPECT_FALSE(create({.origin = "gopher://x", .tls = {}, .token = {}, .token_file = {}}));
  EXPECT_FALSE(create(
      {.origin = "http://127.0.0.1:1", .tls = {}, .token = {}, .token_file = "/no/such/token"}));
}

TEST(RequestProbeNames, AreTheWordsOfRbac) {
  EXPECT_EQ(Name(Verb::kCreate), "create");
  EXPECT_EQ(Name(Verb::kWatch), "watch");
  EXPECT_EQ(Name(Resource::kPodBinding), "pods/binding");
  EXPECT_EQ(Name(Resource::kPodStatus), "pods/status");
}

}  // namespace
}  // namespace berth::apiclient
