#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "operations_fixture.h"

namespace berth::server {
namespace {

class ProtectTest : public OperationsTest {
 protected:
  net::Response Ask(const std::string& method, const std::string& path,
                    const std::string& authorization) {
    const std::vector<net::Route> routes = Protect(
        OperationsRoutes(MakeOperations()),
        [this](std::string_view token, std::string_view verb,
               std::string_view asked) -> Result<Access> {
          asked_.push_back(std::string(token) + " " + std::string(verb) + " " + std::string(asked));
          return answer_;
        });
    for (const net::Route& route : routes) {
      if (route.method == method && route.path == path) {
        net::Response response;
        route.handler({.method = method,
                       .path = path,
                       .query = {},
                       .body = {},
                       .authorization = authorization,
                       .peer = "10.0.0.1:1",
                       .client_name = {}},
                      response);
        return response;
      }
    }
    ADD_FAILURE() << "no route " << path;
    return {};
  }

  Result<Access> answer_ = Access::kAllowed;
  std::vector<std::string> asked_;
};

TEST_F(ProtectTest, HealthIsAlwaysOpen) {
  answer_ = Access::kForbidden;
  EXPECT_EQ(Ask("GET", "/livez", "").status, 200);
  EXPECT_NE(Ask("GET", "/readyz", "").status, 401);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(ProtectTest, EveryOtherPathAsksForTheTokensOwner) {
  for (const net::Route& route : OperationsRoutes(MakeOperations())) {
    if (route.path == "/livez" || route.path == "/readyz") {
      continue;
    }
    const net::Response response = Ask(route.method, route.path, "");
    EXPECT_EQ(response.status, 401) << route.path;
    EXPECT_THAT(response.headers,
                ::testing::ElementsAre(::testing::Pair("WWW-Authenticate", "Bearer")));
  }
  EXPECT_TRUE(asked_.empty());
  EXPECT_EQ(Ask("GET", "/metrics", "bearer  abc").status, 200);
  EXPECT_THAT(asked_, ::testing::ElementsAre("abc get /metrics"));
}

TEST_F(ProtectTest, OtherWaysToAuthenticateAreNoToken) {
  for (const char* authorization : {"Basic abc", "Bearer", "Bearer  ", "abc"}) {
    EXPECT_EQ(Ask("GET", "/metrics", authorization).status, 401) << authorization;
  }
  EXPECT_TRUE(asked_.empty());
}

TEST_F(ProtectTest, SaysWhyItRefuses) {
  answer_ = Access::kUnauthenticated;
  EXPECT_EQ(Ask("GET", "/metrics", "Bearer x").status, 401);
  answer_ = Access::kForbidden;
  const net::Response forbidden = Ask("GET", "/metrics", "Bearer x");
  EXPECT_EQ(forbidden.status, 403);
  EXPECT_THAT(forbidden.body, ::testing::HasSubstr("not allowed to get /metrics"));
  answer_ = Error{ErrorCode::kPermissionDenied, "TokenReview: the API server answers 403"};
  const net::Response unasked = Ask("GET", "/metrics", "Bearer x");
  EXPECT_EQ(unasked.status, 503);
  EXPECT_THAT(unasked.body, ::testing::HasSubstr("TokenReview"));
}

}  // namespace
}  // namespace berth::server
