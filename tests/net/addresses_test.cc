#include <gtest/gtest.h>

#include <string>

#include "berth/net/server.h"
#include "origin.h"

namespace berth::net {
namespace {

struct HostPortCase {
  std::string name;
  std::string text;
  std::string host;
  int port;  // -1: refused
};
class HostPortTest : public testing::TestWithParam<HostPortCase> {};

TEST_P(HostPortTest, Parses) {
  const auto parsed = ParseHostPort(GetParam().text);
  ASSERT_EQ(parsed.ok(), GetParam().port >= 0);
  if (parsed.ok()) {
    EXPECT_EQ(parsed->host, GetParam().host);
    EXPECT_EQ(parsed->port, GetParam().port);
  } else {
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Forms, HostPortTest,
    testing::Values(
        HostPortCase{"Address", "127.0.0.1:7480", "127.0.0.1", 7480},
        HostPortCase{"Name", "localhost:0", "localhost", 0},
        HostPortCase{"EveryAddress", ":7481", "", 7481},
        HostPortCase{"Ipv6", "[::1]:80", "::1", 80},
        HostPortCase{"HighestPort", "a:65535", "a", 65535}, HostPortCase{"Empty", "", "", -1},
        HostPortCase{"NoPort", "localhost", "", -1},
        HostPortCase{"EmptyPort", "localhost:", "", -1},
        HostPortCase{"PortTooHigh", "a:65536", "", -1},
        HostPortCase{"NegativePort", "a:-1", "", -1}, HostPortCase{"PortWithRest", "a:80x", "", -1},
        HostPortCase{"BareIpv6", "::1:80", "", -1}, HostPortCase{"EmptyBrackets", "[]:80", "", -1},
        HostPortCase{"HalfBracket", "[::1:80", "", -1}, HostPortCase{"Url", "http://a:80", "", -1},
        HostPortCase{"Blank", "a b:80", "", -1}),
    [](const auto& each) { return each.param.name; });

struct OriginCase {
  std::string name;
  std::string url;
  bool tls;
  std::string host;
  std::string port;  // empty: refused
  std::string authority;
};
class OriginTest : public testing::TestWithParam<OriginCase> {};

TEST_P(OriginTest, Parses) {
  const auto parsed = ParseOrigin(GetParam().url);
  ASSERT_EQ(parsed.ok(), !GetParam().port.empty());
  if (parsed.ok()) {
    EXPECT_EQ(parsed->tls, GetParam().tls);
    EXPECT_EQ(parsed->host, GetParam().host);
    EXPECT_EQ(parsed->port, GetParam().port);
    EXPECT_EQ(parsed->authority, GetParam().authority);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Forms, OriginTest,
    testing::Values(
        OriginCase{"Https", "https://10.0.0.1:6443", true, "10.0.0.1", "6443", "10.0.0.1:6443"},
        OriginCase{"HttpsDefaultPort", "https://a.example", true, "a.example", "443", "a.example"},
        OriginCase{"HttpDefaultPort", "http://a.example", false, "a.example", "80", "a.example"},
        OriginCase{"TrailingSlash", "http://a:1/", false, "a", "1", "a:1"},
        OriginCase{"Ipv6", "https://[::1]:6443", true, "::1", "6443", "[::1]:6443"},
        OriginCase{"Ipv6DefaultPort", "https://[::1]", true, "::1", "443", "[::1]"},
        OriginCase{"NoScheme", "10.0.0.1:6443", false, "", "", ""},
        OriginCase{"OtherScheme", "ftp://a", false, "", "", ""},
        OriginCase{"NoHost", "http://", false, "", "", ""},
        OriginCase{"PortZero", "http://a:0", false, "", "", ""},
        OriginCase{"WithPath", "http://a/b", false, "", "", ""},
        OriginCase{"WithUser", "http://u@a", false, "", "", ""},
        OriginCase{"LineBreak", "http://a\r\nX: y", false, "", "", ""}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace berth::net
