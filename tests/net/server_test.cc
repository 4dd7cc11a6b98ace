// What the server does for well-behaved clients.
#include "berth/net/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "net/raw_connection.h"
#include "net/waiting.h"

namespace berth::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

std::vector<Route> Routes() {
  return {
      {"GET", "/livez", [](const Request&, Response& response) { response.body = "ok"; }},
      {"POST", "/echo",
       [](const Request& request, Response& response) { response.body = request.body; }},
      {"GET", "/facts/*",
       [](const Request& request, Response& response) {
         response.content_type = "text/plain";
         response.headers.emplace_back("X-Berth", "docked");
         response.body = std::string(request.method) + "|" + std::string(request.path) + "|" +
                         std::string(request.query) + "|" + std::string(request.authorization);
       }},
      {"GET", "/peer",
       [](const Request& request, Response& response) { response.body = request.peer; }},
      {"GET", "/nothing", [](const Request&, Response& response) { response.status = 204; }},
      {"GET", "/throw", [](const Request&, Response&) { throw std::bad_alloc(); }},
      {"GET", "/split",
       [](const Request&, Response& response) {
         response.headers.emplace_back("X-Bad", "a\r\nX-Injected: b");
       }},
      {"POST", "/padding",
       [](const Request& request, Response& response) {
         const char* const end = request.body.data() + request.body.size();
         response.body = std::all_of(end, end + kBodyPadding, [](char c) { return c == 0; })
                             ? "padded"
                             : "not padded";
       }},
  };
}

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    auto listening = Server::Listen({}, Routes());
    EXPECT_TRUE(listening.ok());
    server_ = std::move(listening).value();
  }
  RawConnection Connect() const { return RawConnection(server_->port()); }

  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, AnswersAGet) {
  const auto answer = Connect().Exchange(Get("/livez"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->head,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(answer->body, "ok");
}

TEST_F(ServerTest, HandsTheRequestsPartsToTheHandler) {
  const auto answer = Connect().Exchange(
      "GET /facts/a%20b?limit=5 HTTP/1.1\r\nHost: x\r\nauthorization: Bearer t\r\n\r\n");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "GET|/facts/a%20b|limit=5|Bearer t");
  EXPECT_THAT(answer->head, HasSubstr("Content-Type: text/plain\r\n"));
  EXPECT_THAT(answer->head, HasSubstr("X-Berth: docked\r\n"));
}

TEST_F(ServerTest, NamesThePeer) {
  RawConnection client = Connect();
  const auto answer = client.Exchange(Get("/peer"));
  ASSERT_TRUE(answer);
  sockaddr_in own{};
  socklen_t length = sizeof(own);
  ASSERT_EQ(::getsockname(client.fd(), reinterpret_cast<sockaddr*>(&own), &length), 0);
  EXPECT_EQ(answer->body, "127.0.0.1:" + std::to_string(ntohs(own.sin_port)));
}

class BodySize : public ServerTest, public testing::WithParamInterface<std::size_t> {};

TEST_P(BodySize, ComesBackWhole) {
  std::string body(GetParam(), '\0');
  for (std::size_t i = 0; i < body.size(); ++i) {
    body[i] = static_cast<char>('a' + i % 26);
  }
  RawConnection client = Connect();
  const auto sized = client.Exchange(Post("/echo", body));
  ASSERT_TRUE(sized);
  EXPECT_TRUE(sized->body == body);
  std::string chunks;
  for (std::size_t at = 0; at < body.size(); at += 7000) {
    const std::string piece = body.substr(at, 7000);
    char size[32];
    std::snprintf(size, sizeof(size), "%zx\r\n", piece.size());
    chunks += size + piece + "\r\n";
  }
  const auto chunked = client.Exchange(PostChunked("/echo", chunks + "0\r\n\r\n"));
  ASSERT_TRUE(chunked);
  EXPECT_TRUE(chunked->body == body);
}

INSTANTIATE_TEST_SUITE_P(Sizes, BodySize,
                         testing::Values(0, 1, 100, 16383, 16384, 16385, 223000, 262144, 5000000));

TEST_F(ServerTest, ReadableBytesFollowTheBody) {
  RawConnection client = Connect();
  EXPECT_EQ(client.Exchange(Post("/padding", std::string(1000, 'x')))->body, "padded");
  EXPECT_EQ(client.Exchange(Post("/padding", ""))->body, "padded");
  EXPECT_EQ(client.Exchange(PostChunked("/padding", "3\r\nabc\r\n0\r\n\r\n"))->body, "padded");
}

TEST_F(ServerTest, ContentTypeOfTheRequestDoesNotMatter) {
  const std::string body(20000, 'x');  // cpp-httplib takes 8192 bytes of a form at most
  const auto answer = Connect().Exchange(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
      "Content-Length: 20000\r\n\r\n" +
      body);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, body);
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  RawConnection client = Connect();
  ASSERT_TRUE(client.Send(Post("/echo", "first") +
                          PostChunked("/echo", "6\r\nsecond\r\n0\r\n\r\n") + Get("/livez") +
                          Post("/echo", std::string(100000, 'z')) + Post("/echo", "last")));
  EXPECT_EQ(client.ReadAnswer()->body, "first");
  EXPECT_EQ(client.ReadAnswer()->body, "second");
  EXPECT_EQ(client.ReadAnswer()->body, "ok");
  EXPECT_EQ(client.ReadAnswer()->body.size(), 100000u);
  EXPECT_EQ(client.ReadAnswer()->body, "last");
}

TEST_F(ServerTest, RequestsMayArriveByteByByte) {
  RawConnection client = Connect();
  for (const char c : Post("/echo", "slow") + PostChunked("/echo", "4\r\nalso\r\n0\r\n\r\n")) {
    ASSERT_TRUE(client.Send({&c, 1}));
  }
  EXPECT_EQ(client.ReadAnswer()->body, "slow");
  EXPECT_EQ(client.ReadAnswer()->body, "also");
}

TEST_F(ServerTest, ExpectContinueIsMetBeforeTheBody) {
  RawConnection client = Connect();
  ASSERT_TRUE(client.Send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.ReadAnswer()->head, "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(client.Exchange("body")->body, "body");
}

TEST_F(ServerTest, HeadIsAnsweredLikeGetButWithoutTheBody) {
  RawConnection client = Connect();
  ASSERT_TRUE(client.Send("HEAD /livez HTTP/1.1\r\nHost: x\r\n\r\n" + Get("/livez")));
  EXPECT_THAT(client.ReadHead(), HasSubstr("Content-Length: 2\r\n"));
  EXPECT_EQ(client.ReadAnswer()->body, "ok");  // nothing stood between the two
}

TEST_F(ServerTest, NoContentIsAnsweredWithoutALength) {
  RawConnection client = Connect();
  EXPECT_EQ(client.Exchange(Get("/nothing"))->head, "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(client.Exchange(Get("/livez"))->body, "ok");
}

TEST_F(ServerTest, UnknownPathAndWrongMethod) {
  const auto unknown = Connect().Exchange(Get("/nope"));
  EXPECT_EQ(StatusOf(unknown), 404);
  EXPECT_EQ(unknown->body, R"({"error":"no such path"})");
  const auto wrong = Connect().Exchange(Get("/echo"));
  EXPECT_EQ(StatusOf(wrong), 405);
  EXPECT_THAT(wrong->head, HasSubstr("Allow: POST\r\n"));
}

TEST_F(ServerTest, Http10ClosesUnlessAskedNotTo) {
  RawConnection closing = Connect();
  EXPECT_THAT(closing.Exchange("GET /livez HTTP/1.0\r\n\r\n")->head,
              HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(closing.WaitClosed());
  RawConnection kept = Connect();
  const std::string request = "GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  EXPECT_THAT(kept.Exchange(request)->head, HasSubstr("Connection: keep-alive\r\n"));
  EXPECT_EQ(StatusOf(kept.Exchange(request)), 200);
}

TEST_F(ServerTest, ConnectionCloseIsHonoured) {
  RawConnection client = Connect();
  EXPECT_EQ(
      StatusOf(client.Exchange("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")),
      200);
  EXPECT_TRUE(client.WaitClosed());
}

TEST(ServerKeepsConnections, OnlyWhileItIsToldSo) {
  std::atomic<bool> keeps = true;
  auto server = Server::Listen({.keeps_connections = [&keeps] { return keeps.load(); }}, Routes());
  ASSERT_TRUE(server.ok());
  RawConnection client((*server)->port());
  EXPECT_EQ(StatusOf(client.Exchange(Get("/livez"))), 200);
  keeps = false;
  const auto last = client.Exchange(Get("/livez"));
  EXPECT_EQ(StatusOf(last), 200);
  EXPECT_THAT(last->head, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(client.WaitClosed());
}

TEST_F(ServerTest, AHandlerThatThrowsIsAnswered500) {
  RawConnection client = Connect();
  EXPECT_EQ(StatusOf(client.Exchange(Get("/throw"))), 500);
  EXPECT_EQ(StatusOf(client.Exchange(Get("/livez"))), 200);
}

TEST_F(ServerTest, AHandlerCannotSplitTheAnswer) {
  const auto answer = Connect().Exchange(Get("/split"));
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->head, Not(HasSubstr("X-Injected")));
}

TEST_F(ServerTest, AThousandRequestsOnOneConnectionDoNotStall) {
  RawConnection client = Connect();
  const std::string request = Post("/echo", "tiny");
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(StatusOf(client.Exchange(request)), 200);
  }
  // Nagle against delayed acknowledgements would make it 40 ms each.
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(5) * 1000);
  EXPECT_EQ(server_->stats().connections_accepted, 1u);
  EXPECT_EQ(server_->stats().requests, 1000u);
}

TEST(ServerListen, ReportsAnAddressInUse) {
  auto first = Server::Listen({}, Routes());
  ASSERT_TRUE(first.ok());
  const auto second = Server::Listen({.port = (*first)->port()}, Routes());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(second.error().message,
            "127.0.0.1:" + std::to_string((*first)->port()) + ": Address already in use");
}

TEST(ServerListen, ReportsAMalformedHostAndContradictingRoutes) {
  const auto host = Server::Listen({.host = "300.1.1.1.invalid"}, Routes());
  ASSERT_FALSE(host.ok());
  EXPECT_EQ(host.error().code, ErrorCode::kInvalidArgument);
  auto routes = Routes();
  routes.push_back(routes.front());
  EXPECT_FALSE(Server::Listen({}, routes).ok());
}

TEST(ServerListen, AnEmptyHostListensOnLoopbackToo) {
  auto server = Server::Listen({.host = ""}, Routes());
  ASSERT_TRUE(server.ok());
  EXPECT_EQ(StatusOf(RawConnection((*server)->port()).Exchange(Get("/livez"))), 200);
}

}  // namespace
}  // namespace berth::net
