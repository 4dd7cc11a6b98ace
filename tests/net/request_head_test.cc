#include "request_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "message_syntax.h"

namespace berth::net {
namespace {

TEST(RequestHead, CarriesWhatTheServerNeeds) {
  const auto parsed = ParseRequestHead(
      "POST /filter?dry-run=1 HTTP/1.1\r\nHost: berth\r\nContent-Length: 12\r\n"
      "Authorization:  Bearer abc \r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(std::holds_alternative<RequestHead>(parsed));
  const auto& head = std::get<RequestHead>(parsed);
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.path, "/filter");
  EXPECT_EQ(head.query, "dry-run=1");
  EXPECT_EQ(head.authorization, "Bearer abc");
  EXPECT_EQ(head.content_length, 12u);
  EXPECT_FALSE(head.chunked);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_TRUE(head.expects_continue);
}

struct TargetCase {
  std::string name;
  std::string target;
  std::string path;
  std::string query;
};
class RequestTarget : public testing::TestWithParam<TargetCase> {};

TEST_P(RequestTarget, SplitsIntoPathAndQuery) {
  const std::string text = "GET " + GetParam().target + " HTTP/1.1\r\nHost: a\r\n\r\n";
  const auto parsed = ParseRequestHead(text);
  ASSERT_TRUE(std::holds_alternative<RequestHead>(parsed));
  EXPECT_EQ(std::get<RequestHead>(parsed).path, GetParam().path);
  EXPECT_EQ(std::get<RequestHead>(parsed).query, GetParam().query);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, RequestTarget,
    testing::Values(TargetCase{"Origin", "/a/b", "/a/b", ""},
                    TargetCase{"EmptyQuery", "/a?", "/a", ""},
                    TargetCase{"TwoQuestionMarks", "/a?b?c", "/a", "b?c"},
                    TargetCase{"UrlInQuery", "/a?u=http://x/y", "/a", "u=http://x/y"},
                    TargetCase{"PercentEncodedStaysRaw", "/a%2Fb", "/a%2Fb", ""},
                    TargetCase{"Absolute", "http://proxy.example:80/a?b", "/a", "b"},
                    TargetCase{"AbsoluteWithoutPath", "http://proxy.example", "/", ""}),
    [](const auto& each) { return each.param.name; });

struct RefusalCase {
  std::string name;
  std::string text;  // without the final empty line
  int status;
};
class RefusedHead : public testing::TestWithParam<RefusalCase> {};

TEST_P(RefusedHead, IsAnsweredWithItsStatus) {
  const std::string text = GetParam().text + "\r\n\r\n";
  const auto parsed = ParseRequestHead(text);
  ASSERT_TRUE(std::holds_alternative<Refusal>(parsed));
  EXPECT_EQ(std::get<Refusal>(parsed).status, GetParam().status)
      << std::get<Refusal>(parsed).reason;
}

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n";
const std::string kPost = "POST / HTTP/1.1\r\nHost: a\r\n";

INSTANTIATE_TEST_SUITE_P(
    RequestLine, RefusedHead,
    testing::Values(RefusalCase{"Empty", "", 400}, RefusalCase{"OneWord", "GET", 400},
                    RefusalCase{"NoVersion", "GET /", 400},
                    RefusalCase{"NoTarget", "GET  HTTP/1.1", 400},
                    RefusalCase{"BlankInTarget", "GET /a b HTTP/1.1\r\nHost: a", 400},
                    RefusalCase{"LeadingBlank", " GET / HTTP/1.1\r\nHost: a", 400},
                    RefusalCase{"ControlInTarget", "GET /a\x01 HTTP/1.1\r\nHost: a", 400},
                    RefusalCase{"HighByteInTarget", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a", 400},
                    RefusalCase{"MethodNotAToken", "G<T / HTTP/1.1\r\nHost: a", 400},
                    RefusalCase{"RelativeTarget", "GET a HTTP/1.1\r\nHost: a", 400},
                    RefusalCase{"AsteriskForm", "OPTIONS * HTTP/1.1\r\nHost: a", 400},
                    RefusalCase{"LowerCaseVersion", "GET / http/1.1\r\nHost: a", 400},
                    RefusalCase{"Http2", "GET / HTTP/2.0\r\nHost: a", 505},
                    RefusalCase{"Http09", "GET / HTTP/0.9\r\nHost: a", 505}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Headers, RefusedHead,
    testing::Values(RefusalCase{"NoColon", kGet + "Broken", 400},
                    RefusalCase{"NoName", kGet + ": b", 400},
                    RefusalCase{"BlankBeforeColon", kGet + "A : b", 400},
                    RefusalCase{"Folded", kGet + "A: b\r\n c", 400},
                    RefusalCase{"BareCarriageReturn", kGet + "A: b\rc: d", 400},
                    RefusalCase{"BareLineFeed", kGet + "A: b\nc: d", 400},
                    RefusalCase{"NulInValue", kGet + std::string("A: \0b", 5), 400},
                    RefusalCase{"NoHost", "GET / HTTP/1.1\r\nA: b", 400},
                    RefusalCase{"TwoHosts", kGet + "Host: b", 400},
                    RefusalCase{"TwoAuthorizations", kGet + "Authorization: a\r\nAuthorization: b",
                                400},
                    RefusalCase{"UnknownExpectation", kGet + "Expect: magic", 417}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Bodies, RefusedHead,
    testing::Values(
        RefusalCase{"NoLengthAtAll", "POST / HTTP/1.1\r\nHost: a", 411},
        RefusalCase{"NegativeLength", kPost + "Content-Length: -1", 400},
        RefusalCase{"SignedLength", kPost + "Content-Length: +1", 400},
        RefusalCase{"HexLength", kPost + "Content-Length: 0x10", 400},
        RefusalCase{"EmptyLength", kPost + "Content-Length:", 400},
        RefusalCase{"LengthList", kPost + "Content-Length: 1, 1", 400},
        RefusalCase{"LengthOverflow", kPost + "Content-Length: 18446744073709551616", 400},
        RefusalCase{"TwoLengths", kPost + "Content-Length: 1\r\nContent-Length: 1", 400},
        RefusalCase{"LengthAndChunked", kPost + "Content-Length: 1\r\nTransfer-Encoding: chunked",
                    400},
        RefusalCase{"ChunkedAndLength", kPost + "Transfer-Encoding: chunked\r\nContent-Length: 1",
                    400},
        RefusalCase{"TwoTransferEncodings",
                    kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400},
        RefusalCase{"GzipChunked", kPost + "Transfer-Encoding: gzip, chunked", 501},
        RefusalCase{"ObscuredChunked", kPost + "Transfer-Encoding: xchunked", 501},
        RefusalCase{"ChunkedInHttp10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked", 400}),
    [](const auto& each) { return each.param.name; });

TEST(RequestHead, OneHeaderTooManyIsRefused) {
  std::string text = kGet;  // holds one already
  for (std::size_t i = 1; i < kMaxHeaderCount; ++i) {
    text += "A: b\r\n";
  }
  EXPECT_TRUE(std::holds_alternative<RequestHead>(ParseRequestHead(text + "\r\n")));
  const auto parsed = ParseRequestHead(text + "A: b\r\n\r\n");
  ASSERT_TRUE(std::holds_alternative<Refusal>(parsed));
  EXPECT_EQ(std::get<Refusal>(parsed).status, 431);
}

struct KeepAliveCase {
  std::string name;
  std::string text;
  bool keep_alive;
};
class KeepAlive : public testing::TestWithParam<KeepAliveCase> {};

TEST_P(KeepAlive, FollowsVersionAndConnectionHeader) {
  const std::string text = GetParam().text + "\r\n\r\n";
  const auto parsed = ParseRequestHead(text);
  ASSERT_TRUE(std::holds_alternative<RequestHead>(parsed));
  EXPECT_EQ(std::get<RequestHead>(parsed).keep_alive, GetParam().keep_alive);
}

INSTANTIATE_TEST_SUITE_P(
    Versions, KeepAlive,
    testing::Values(
        KeepAliveCase{"Http11", "GET / HTTP/1.1\r\nHost: a", true},
        KeepAliveCase{"Http11Close", "GET / HTTP/1.1\r\nHost: a\r\nConnection: Close", false},
        KeepAliveCase{"Http11CloseInList",
                      "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade , close", false},
        KeepAliveCase{"Http10", "GET / HTTP/1.0", false},
        KeepAliveCase{"Http10KeepAlive", "GET / HTTP/1.0\r\nConnection: keep-alive", true},
        KeepAliveCase{"Http10Both", "GET / HTTP/1.0\r\nConnection: keep-alive, close", false}),
    [](const auto& each) { return each.param.name; });

TEST(FindHeadEnd, FindsTheEmptyLineHoweverTheBytesArrive) {
  const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n\r\nbody";
  const std::size_t end = text.size() - 4;
  std::size_t seen = 0;
  for (std::size_t size = 0; size < end; ++size) {
    EXPECT_EQ(FindHeadEnd(std::string_view(text).substr(0, size), seen), std::string_view::npos);
    seen = size;
  }
  EXPECT_EQ(FindHeadEnd(text, seen), end);
}

}  // namespace
}  // namespace berth::net
