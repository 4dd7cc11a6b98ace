#include "berth/apiclient/access_reviewer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rig.h"

namespace berth::apiclient {
namespace {

using namespace std::chrono_literals;

constexpr char kWho[] = "/apis/authentication.k8s.io/v1/tokenreviews";
constexpr char kMay[] = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
constexpr char kPrometheus[] =
    R"({"status":{"authenticated":true,"user":{"username":"system:serviceaccount:m:prom",)"
    R"("uid":"u1","groups":["system:authenticated"],"extra":{"k":["v"]}}}})";

class AccessReviewerTest : public testing::Test {
 protected:
  void Knows(const std::string& body = kPrometheus) {
    server_.On("POST", kWho, Answer::Json(201, body));
  }
  void Lets(bool allowed) {
    server_.On("POST", kMay,
               Answer::Json(201, std::string(R"({"status":{"allowed":)") +
                                     (allowed ? "true" : "false") + "}}"));
  }
  Result<AccessReview> Ask(const std::string& token = "t", const std::string& path = "/metrics") {
    return reviewer_.Review(token, "get", path);
  }

  FakeApiServer server_;
  ManualClock clock_;
  RequestProbe probe_;
  std::unique_ptr<Session> session_ = Connect(server_.origin(), clock_, probe_);
  AccessReviewer reviewer_{*session_, {.max_remembered = 3, .max_token_bytes = 10}, clock_};
};

TEST_F(AccessReviewerTest, AsksWhoItIsAndWhetherTheyMay) {
  Knows();
  Lets(true);
  const auto review = Ask("to\"ken");
  ASSERT_TRUE(review.ok()) << review.error().message;
  EXPECT_TRUE(review->authenticated);
  EXPECT_TRUE(review->allowed);
  EXPECT_EQ(review->user, "system:serviceaccount:m:prom");
  const std::vector<SeenRequest> requests = server_.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].body, R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview",)"
                              R"("spec":{"token":"to\"ken"}})");
  EXPECT_EQ(requests[1].body,
            R"({"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","spec":{)"
            R"("user":"system:serviceaccount:m:prom","uid":"u1",)"
            R"("groups":["system:authenticated"],"extra":{"k":["v"]},)"
            R"("nonResourceAttributes":{"path":"/metrics","verb":"get"}}})");
  EXPECT_EQ(requests[0].Header("Authorization"), "Bearer s3cret");  // Berth's own
}

TEST_F(AccessReviewerTest, AnUnknownTokenIsNobody) {
  Knows(R"({"status":{"authenticated":false,"user":{}}})");
  const auto review = Ask();
  ASSERT_TRUE(review.ok());
  EXPECT_FALSE(review->authenticated);
  EXPECT_FALSE(review->allowed);
  EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(AccessReviewerTest, WhoMayNotMayNot) {
  Knows();
  Lets(false);
  const auto review = Ask();
  ASSERT_TRUE(review.ok());
  EXPECT_TRUE(review->authenticated);
  EXPECT_FALSE(review->allowed);
}

TEST_F(AccessReviewerTest, DeniedOutweighsAllowed) {
  Knows();
  server_.On("POST", kMay, Answer::Json(201, R"({"status":{"allowed":true,"denied":true}})"));
  EXPECT_FALSE(Ask()->allowed);
}

TEST_F(AccessReviewerTest, NoTokenOrAHugeOneAsksNobody) {
  EXPECT_FALSE(Ask("")->authenticated);
  EXPECT_FALSE(Ask(std::string(11, 'x'))->authenticated);
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(AccessReviewerTest, LeaveIsRememberedForAMinuteAndRefusalForTenSeconds) {
  Knows();
  Lets(true);
  Knows();
  Lets(false);
  EXPECT_TRUE(Ask("yes")->allowed);
  EXPECT_FALSE(Ask("no")->allowed);
  clock_.Advance(9s);
  EXPECT_TRUE(Ask("yes")->allowed);
  EXPECT_FALSE(Ask("no")->allowed);
  EXPECT_EQ(server_.requests().size(), 4U);
  clock_.Advance(2s);
  Knows();
  Lets(true);
  EXPECT_TRUE(Ask("no")->allowed);
  EXPECT_EQ(server_.requests().size(), 6U);
  clock_.Advance(50s);
  Knows();
  Lets(false);
  EXPECT_FALSE(Ask("yes")->allowed);
}

TEST_F(AccessReviewerTest, EachPathIsAQuestionOfItsOwn) {
  Knows();
  Lets(true);
  Knows();
  Lets(false);
  EXPECT_TRUE(Ask("t", "/metrics")->allowed);
  EXPECT_FALSE(Ask("t", "/configz")->allowed);
}

TEST_F(AccessReviewerTest, TriedTokensPushNobodyOutWhoHasLeave) {
  Knows();
  Lets(true);
  EXPECT_TRUE(Ask("good")->allowed);
  for (int i = 0; i < 10; ++i) {
    Knows(R"({"status":{"authenticated":false}})");
    EXPECT_FALSE(Ask("bad" + std::to_string(i))->authenticated);
  }
  const std::size_t before = server_.requests().size();
  EXPECT_TRUE(Ask("good")->allowed);
  EXPECT_EQ(server_.requests().size(), before);
}

TEST_F(AccessReviewerTest, WithoutAnAnswerThereIsNoReview) {
  server_.On("POST", kWho, Answer::Json(403, StatusJson(403, "berth may not")));
  const auto forbidden = Ask();
  ASSERT_FALSE(forbidden.ok());
  EXPECT_EQ(forbidden.error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(forbidden.error().message, "TokenReview: the API server answers 403: berth may not");

  Knows();
  server_.On("POST", kMay, Answer::HangUp());
  const auto broken = Ask();
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().code, ErrorCode::kUnavailable);

  Knows("no JSON");
  EXPECT_FALSE(Ask().ok());

  Knows();  // nothing of this was remembered
  Lets(true);
  EXPECT_TRUE(Ask()->allowed);
}

}  // namespace
}  // namespace berth::apiclient
