#include "router.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace berth::net {
namespace {

// Each route answers with its own name.
Route Named(std::string method, std::string path) {
  const std::string name = method + " " + path;
  return {std::move(method), std::move(path),
          [name](const Request&, Response& response) { response.body = name; }};
}

std::string Served(const Router& router, std::string_view method, std::string_view path) {
  const Router::Match match = router.Find(method, path);
  if (match.handler == nullptr) {
    return match.path_known ? "405 " + match.allow : "404";
  }
  Response response;
  (*match.handler)(Request{}, response);
  return response.body;
}

struct Case {
  std::string name;
  std::string method;
  std::string path;
  std::string served;
};
class RouterTest : public testing::TestWithParam<Case> {};

TEST_P(RouterTest, FindsTheMostParticularRoute) {
  const auto router =
      Router::Create({Named("GET", "/*"), Named("GET", "/pods/*"), Named("DELETE", "/pods/*"),
                      Named("GET", "/pods/all"), Named("POST", "/filter")});
  ASSERT_TRUE(router.ok());
  EXPECT_EQ(Served(*router, GetParam().method, GetParam().path), GetParam().served);
}

INSTANTIATE_TEST_SUITE_P(
    Paths, RouterTest,
    testing::Values(Case{"Exact", "POST", "/filter", "POST /filter"},
                    Case{"ExactBeforeBelow", "GET", "/pods/all", "GET /pods/all"},
                    Case{"Below", "GET", "/pods/ml/llm-0", "GET /pods/*"},
                    Case{"BelowOtherMethod", "DELETE", "/pods/ml/llm-0", "DELETE /pods/*"},
                    Case{"NothingBelow", "GET", "/pods/", "GET /*"},
                    Case{"NotBelow", "GET", "/podsx", "GET /*"}, Case{"Root", "GET", "/", "GET /*"},
                    Case{"HeadByGet", "HEAD", "/pods/all", "GET /pods/all"},
                    Case{"WrongMethod", "GET", "/filter", "405 POST"},
                    Case{"WrongMethodBelow", "POST", "/pods/a", "405 DELETE, GET"},
                    Case{"MethodsAreCaseSensitive", "post", "/filter", "405 POST"}),
    [](const auto& each) { return each.param.name; });

TEST(Router, PathsOfTheSameLengthDoNotHideEachOthersMethods) {
  const auto router = Router::Create(
      {Named("GET", "/aa/*"), Named("GET", "/bb/*"), Named("DELETE", "/aa/*"),
       Named("POST", "/bb/*"), Named("GET", "/cc"), Named("GET", "/dd"), Named("POST", "/cc")});
  ASSERT_TRUE(router.ok());
  EXPECT_EQ(Served(*router, "DELETE", "/aa/x"), "DELETE /aa/*");
  EXPECT_EQ(Served(*router, "POST", "/bb/x"), "POST /bb/*");
  EXPECT_EQ(Served(*router, "POST", "/cc"), "POST /cc");
}

TEST(Router, UnknownPathIsNotFound) {
  const auto router = Router::Create({Named("GET", "/livez")});
  ASSERT_TRUE(router.ok());
  EXPECT_EQ(Served(*router, "GET", "/livez/"), "404");
  EXPECT_EQ(Served(*router, "GET", "/"), "404");
}

TEST(Router, RefusesRoutesThatMakeNoSense) {
  EXPECT_FALSE(Router::Create({Named("GET", "livez")}).ok());
  EXPECT_FALSE(Router::Create({Named("", "/livez")}).ok());
  EXPECT_FALSE(Router::Create({Named("GET", "/a*")}).ok());
  EXPECT_FALSE(Router::Create({Named("GET", "/*/b")}).ok());
  EXPECT_FALSE(Router::Create({Named("GET", "/a"), Named("GET", "/a")}).ok());
  EXPECT_FALSE(Router::Create({{"GET", "/a", nullptr}}).ok());
}

}  // namespace
}  // namespace berth::net
