// What the client makes of proper and of broken servers, and what it says about the outcome.
#include "berth/net/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "berth/net/server.h"
#include "net/raw_connection.h"
#include "net/scripted_server.h"
#include "net/waiting.h"

namespace berth::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::EndsWith;
using testing::HasSubstr;

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const ClientRequest kGet = {.target = "/a"};
const ClientRequest kPost = {.method = "POST", .target = "/a", .body = "{}"};

std::unique_ptr<Client> MakeClient(const std::string& origin,
                                   std::size_t max_response_bytes = 1 << 20) {
  auto client = Client::Create({.origin = origin, .max_response_bytes = max_response_bytes});
  EXPECT_TRUE(client.ok());
  return std::move(client).value();
}

// Answers every request of every connection with the same bytes, then closes if told to.
ScriptedServer::Script Always(std::string answer, bool close = false) {
  return [answer = std::move(answer), close](RawConnection& client, int) {
    while (client.ReadAnswer()) {
      (void)client.Send(answer);
      if (close) {
        return;
      }
    }
  };
}

ErrorCode CodeOf(const Result<ClientResponse>& result) {
  EXPECT_FALSE(result.ok());
  return result.ok() ? ErrorCode::kInternal : result.error().code;
}

TEST(ClientSend, PutsTheRequestOnTheWire) {
  std::string head;
  ScriptedServer server([&](RawConnection& client, int) {
    const auto request = client.ReadAnswer();
    head = request ? request->head + request->body : "";
    (void)client.Send(kOk);
  });
  const auto client = MakeClient(server.origin());
  const auto response = client->Send({.method = "POST",
                                      .target = "/api/v1/x?a=%2B+b",
                                      .headers = {{"Authorization", "Bearer t"}},
                                      .body = "{}",
                                      .content_type = "application/json"},
                                     kPatience);
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "ok");
  EXPECT_EQ(head,
            "POST /api/v1/x?a=%2B+b HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                "\r\nAuthorization: Bearer t\r\nContent-Type: application/json\r\n"
                "Content-Length: 2\r\n\r\n{}");
}

struct AnswerCase {
  std::string name;
  std::string answer;
  int status;
  std::string body;
  bool reusable;
};
class Answers : public testing::TestWithParam<AnswerCase> {};

TEST_P(Answers, AreReadToTheirEnd) {
  ScriptedServer server(Always(GetParam().answer, /*close=*/!GetParam().reusable));
  const auto client = MakeClient(server.origin());
  for (int i = 0; i < 3; ++i) {
    const auto response = client->Send(kGet, kPatience);
    ASSERT_TRUE(response.ok()) << response.error().message;
    EXPECT_EQ(response->status, GetParam().status);
    EXPECT_EQ(response->body, GetParam().body);
    EXPECT_GE(response->body.capacity(), response->body.size() + kBodyPadding);
  }
  EXPECT_EQ(server.accepted(), GetParam().reusable ? 1 : 3);
}

INSTANTIATE_TEST_SUITE_P(
    Framing, Answers,
    testing::Values(
        AnswerCase{"Sized", kOk, 200, "ok", true},
        AnswerCase{"SizedAndEmpty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", true},
        AnswerCase{
            "Chunked",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n1\r\n!\r\n0\r\n\r\n",
            200, "ok!", true},
        AnswerCase{"NoContent", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", true},
        AnswerCase{"NotModified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, "",
                   true},
        AnswerCase{"AfterContinue", "HTTP/1.1 100 Continue\r\n\r\n" + kOk, 200, "ok", true},
        AnswerCase{"AfterEarlyHints", "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + kOk, 200,
                   "ok", true},
        AnswerCase{"Conflict", "HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\nno", 409, "no",
                   true},
        AnswerCase{"NoReasonPhrase", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", 200, "ok",
                   true},
        AnswerCase{"Closing", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
                   200, "ok", false},
        AnswerCase{"UntilClose", "HTTP/1.1 200 OK\r\n\r\nok", 200, "ok", false},
        AnswerCase{"Http10", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", false},
        AnswerCase{"SaidTooMuch", kOk + "stray", 200, "ok", false}),
    [](const auto& each) { return each.param.name; });

struct BrokenCase {
  std::string name;
  std::string answer;  // then the connection closes
};
class BrokenAnswers : public testing::TestWithParam<BrokenCase> {};

TEST_P(BrokenAnswers, LeaveTheOutcomeUnknown) {
  ScriptedServer server(Always(GetParam().answer, /*close=*/true));
  const auto client = MakeClient(server.origin());
  EXPECT_EQ(CodeOf(client->Send(kPost, kPatience)), ErrorCode::kUnknownOutcome);
  EXPECT_EQ(CodeOf(client->Send(kGet, kPatience)), ErrorCode::kUnknownOutcome);
  EXPECT_EQ(server.accepted(), 2);  // nothing was sent twice
}

INSTANTIATE_TEST_SUITE_P(
    Answers, BrokenAnswers,
    testing::Values(
        BrokenCase{"None", ""}, BrokenCase{"HalfAHead", "HTTP/1.1 200 OK\r\nContent-"},
        BrokenCase{"HalfABody", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"},
        BrokenCase{"HalfAChunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nok"},
        BrokenCase{"NoLastChunk",
                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"},
        BrokenCase{"BadChunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nok\r\n"},
        BrokenCase{"NotHttp", "SSH-2.0-OpenSSH_9.2\r\n\r\n"},
        BrokenCase{"NegativeLength", "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n"},
        BrokenCase{"TwoLengths",
                   "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok"},
        BrokenCase{"LengthAndChunked",
                   "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok"},
        BrokenCase{"UnknownCoding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok"},
        BrokenCase{"SwitchedProtocols", "HTTP/1.1 101 Switching Protocols\r\n\r\n" + kOk},
        BrokenCase{"EndlessHead", "HTTP/1.1 200 OK\r\nA: " + std::string(100000, 'a')}),
    [](const auto& each) { return each.param.name; });

// --- outcomes ---

TEST(ClientOutcome, RefusedConnectionIsUnavailable) {
  std::string origin;
  {
    origin = ScriptedServer(Always(kOk)).origin();
  }
  const auto response = MakeClient(origin)->Send(kPost, kPatience);
  EXPECT_EQ(CodeOf(response), ErrorCode::kUnavailable);
  EXPECT_EQ(response.error().message, "POST " + origin + "/a: Connection refused");
}

TEST(ClientOutcome, SilenceAfterTheRequestIsUnknown) {
  ScriptedServer server([](RawConnection& client, int) { (void)client.WaitClosed(); });
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(CodeOf(MakeClient(server.origin())->Send(kPost, milliseconds(300))),
            ErrorCode::kUnknownOutcome);
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(5));
}

TEST(ClientOutcome, TheTimeoutCoversTheWholeExchange) {
  ScriptedServer server([](RawConnection& client, int) {
    (void)client.ReadAnswer();
    (void)client.Send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    while (!client.closed() &&
           client.Send("x")) {  // each byte comes soon enough, all of them never
      (void)client.Receive(milliseconds(10));
    }
  });
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(CodeOf(MakeClient(server.origin())->Send(kGet, milliseconds(500))),
            ErrorCode::kUnknownOutcome);
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(5));
}

TEST(ClientOutcome, ARequestThatWasNotSentWholeIsUnavailable) {
  std::atomic<bool> done{false};
  ScriptedServer server(
      [&](RawConnection&, int) { (void)Eventually([&] { return done.load(); }); });
  ClientRequest request = kPost;
  request.body.assign(std::size_t{64} << 20, 'x');  // more than any socket holds
  EXPECT_EQ(CodeOf(MakeClient(server.origin())->Send(request, milliseconds(300))),
            ErrorCode::kUnavailable);
  done = true;
}

TEST(ClientOutcome, AnEarlyRefusalIsAnAnswer) {
  ScriptedServer server([](RawConnection& client, int) {
    (void)client.ReadHead();
    (void)client.Send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno");
    client.FinishSending();
    (void)client.WaitClosed();
  });
  ClientRequest request = kPost;
  request.body.assign(std::size_t{8} << 20, 'x');
  const auto response = MakeClient(server.origin())->Send(request, kPatience);
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 413);
}

TEST(ClientOutcome, AnAnswerBeyondTheLimitIsRefused) {
  const std::string sized = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789a";
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n0\r\n\r\n";
  for (const std::string& answer : {sized, chunked}) {
    ScriptedServer server(Always(answer));
    EXPECT_EQ(CodeOf(MakeClient(server.origin(), 10)->Send(kGet, kPatience)),
              ErrorCode::kResourceExhausted);
    EXPECT_TRUE(MakeClient(server.origin(), 11)->Send(kGet, kPatience).ok());
  }
}

// --- kept connections ---

// Answers once per connection, then reads the next request and closes without a word.
void AnswerOnceThenDropTheNext(RawConnection& client, int) {
  (void)client.ReadAnswer();
  (void)client.Send(kOk);
  (void)client.ReadAnswer();
}

TEST(KeptConnection, DroppedUnderAGetIsReplaced) {
  ScriptedServer server(&AnswerOnceThenDropTheNext);
  const auto client = MakeClient(server.origin());
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(client->Send(kGet, kPatience).ok());
  }
  EXPECT_EQ(server.accepted(), 3);
}

TEST(KeptConnection, DroppedUnderAPostIsReportedNotRepeated) {
  ScriptedServer server(&AnswerOnceThenDropTheNext);
  const auto client = MakeClient(server.origin());
  ASSERT_TRUE(client->Send(kPost, kPatience).ok());
  EXPECT_EQ(CodeOf(client->Send(kPost, kPatience)), ErrorCode::kUnknownOutcome);
  EXPECT_EQ(server.accepted(), 1);
}

TEST(KeptConnection, ClosedMeanwhileIsNoticedBeforeAPost) {
  ScriptedServer server(Always(kOk, /*close=*/true));  // without saying "Connection: close"
  const auto client = MakeClient(server.origin());
  for (int i = 1; i <= 3; ++i) {
    EXPECT_TRUE(client->Send(kPost, kPatience).ok());
    ASSERT_TRUE(Eventually([&] { return server.finished() == i; }));
  }
}

TEST(KeptConnection, IsUsedByOneRequestAtATime) {
  std::atomic<int> served{0};
  auto server =
      Server::Listen({}, {{"POST", "/echo", [&](const Request& request, Response& response) {
                             ++served;
                             response.body = request.body;
                           }}});
  ASSERT_TRUE(server.ok());
  const auto client = MakeClient("http://127.0.0.1:" + std::to_string((*server)->port()));
  std::atomic<int> right{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&, i] {
        for (int each = 0; each < 50; ++each) {
          const std::string body = std::to_string(i * 100 + each) + std::string(3000, 'x');
          const auto response =
              client->Send({.method = "POST", .target = "/echo", .body = body}, kPatience);
          right += response.ok() && response->body == body ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(right, 16 * 50);
  EXPECT_EQ(served, 16 * 50);
  EXPECT_LE((*server)->stats().connections_accepted, 16u);
}

// --- wrong use ---

TEST(ClientRequestCheck, RefusesWhatWouldBreakOutOfItsLine) {
  ScriptedServer server(Always(kOk));
  const auto client = MakeClient(server.origin());
  for (const ClientRequest& request :
       std::vector<ClientRequest>{{.target = ""},
                                  {.target = "a"},
                                  {.target = "/a b"},
                                  {.target = "/a\r\nX: y"},
                                  {.method = "GET /b", .target = "/a"},
                                  {.method = "", .target = "/a"},
                                  {.target = "/a", .headers = {{"X", "a\r\nY: b"}}},
                                  {.target = "/a", .headers = {{"X y", "a"}}},
                                  {.target = "/a", .headers = {{"", "a"}}},
                                  {.method = "POST", .target = "/a", .content_type = "a\r\nb"}}) {
    EXPECT_EQ(CodeOf(client->Send(request, kPatience)), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(server.accepted(), 0);
}

TEST(ClientCreate, RefusesWhatIsNoOrigin) {
  const auto client = Client::Create({.origin = "10.0.0.1:6443"});
  ASSERT_FALSE(client.ok());
  EXPECT_EQ(client.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace berth::net
