// What the server does for everybody else: each limit with a client that breaks it, and a proper
// request afterwards.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "berth/net/server.h"
#include "net/raw_connection.h"
#include "net/waiting.h"

namespace berth::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr std::size_t kMiB = std::size_t{1} << 20;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryIsOurs = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kMemoryIsOurs = false;  // most of it is the sanitizer's
#else
constexpr bool kMemoryIsOurs = true;
#endif
#else
constexpr bool kMemoryIsOurs = true;
#endif

class Limited {
 public:
  explicit Limited(const ServerOptions& options) {
    auto listening = Server::Listen(
        options,
        {{"GET", "/livez", [](const Request&, Response& response) { response.body = "ok"; }},
         {"POST", "/size",
          [](const Request& request, Response& response) {
            response.body = std::to_string(request.body.size());
          }},
         {"GET", "/large",
          [](const Request&, Response& response) { response.body.assign(64 * kMiB, 'x'); }}});
    EXPECT_TRUE(listening.ok());
    server_ = std::move(listening).value();
  }

  RawConnection Connect() const { return RawConnection(server_->port()); }
  ServerStats stats() const { return server_->stats(); }
  bool ServesOthers() const { return StatusOf(Connect().Exchange(Get("/livez"))) == 200; }

 private:
  std::unique_ptr<Server> server_;
};

// Sends `head`, then `piece` again and again until `total` bytes are out or the server has had
// enough.
int StatusAfterFlood(RawConnection client, std::string_view head, std::string_view piece,
                     std::size_t total) {
  bool taken = client.Send(head);
  for (std::size_t sent = 0; taken && sent < total; sent += piece.size()) {
    taken = client.Send(piece);
  }
  return StatusOf(client.ReadAnswer());
}

std::string PostHead(std::string_view path, std::string_view headers) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n" + std::string(headers) +
         "\r\n\r\n";
}

// --- sizes ---

TEST(BodyLimit, ContentLengthIsRefusedBeforeAByteIsRead) {
  const Limited server({.max_body_bytes = 1000});
  RawConnection client = server.Connect();
  const auto answer = client.Exchange(PostHead("/size", "Content-Length: 1001"));
  EXPECT_EQ(StatusOf(answer), 413);
  EXPECT_EQ(answer->body, R"({"error":"body is too large"})");
  EXPECT_TRUE(client.WaitClosed());
  EXPECT_EQ(server.stats().refused_body_too_large, 1u);
  EXPECT_EQ(server.Connect().Exchange(Post("/size", std::string(1000, 'x')))->body, "1000");
}

TEST(BodyLimit, ContentLengthBeyondAnyMemoryIsRefused) {
  const Limited server({});
  EXPECT_EQ(StatusOf(server.Connect().Exchange(
                PostHead("/size", "Content-Length: 18446744073709551615"))),
            413);
}

TEST(BodyLimit, ExpectContinueIsAnswered413) {
  const Limited server({.max_body_bytes = 1000});
  EXPECT_EQ(StatusOf(server.Connect().Exchange(
                PostHead("/size", "Content-Length: 1001\r\nExpect: 100-continue"))),
            413);
}

TEST(BodyLimit, ChunksTogetherAreCutAtTheLimit) {
  const Limited server({.max_body_bytes = 1000});
  const std::string half = "1f4\r\n" + std::string(500, 'x') + "\r\n";
  EXPECT_EQ(server.Connect().Exchange(PostChunked("/size", half + half + "0\r\n\r\n"))->body,
            "1000");
  EXPECT_EQ(StatusOf(server.Connect().Exchange(
                PostChunked("/size", half + half + "1\r\nx\r\n0\r\n\r\n"))),
            413);
}

TEST(BodyLimit, AnAnnouncedChunkIsRefusedBeforeItComes) {
  const Limited server({.max_body_bytes = 1000});
  EXPECT_EQ(StatusOf(server.Connect().Exchange(PostChunked("/size", "3e9\r\n"))), 413);
}

TEST(BodyLimit, AFloodOfChunksStaysBelowTwiceTheLimit) {
  const Limited server({.max_body_bytes = 8 * kMiB});
  ASSERT_TRUE(server.ServesOthers());
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  const PeakMemory peak;
  const int status = StatusAfterFlood(server.Connect(), PostChunked("/size", ""), chunk, 64 * kMiB);
  EXPECT_TRUE(status == 413 || status == 0) << status;  // 0: still writing when it was cut
  EXPECT_EQ(server.stats().refused_body_too_large, 1u);
  if (kMemoryIsOurs) {
    EXPECT_LT(peak.RiseBytes(), 16 * kMiB);
  }
  EXPECT_TRUE(server.ServesOthers());
}

TEST(BodyLimit, ABodyAtTheLimitStaysBelowTwiceTheLimit) {
  const Limited server({.max_body_bytes = 32 * kMiB});
  ASSERT_TRUE(server.ServesOthers());
  const std::string piece(0x10000, 'x');
  const std::string chunk = "10000\r\n" + piece + "\r\n";
  for (const bool chunked : {false, true}) {
    const PeakMemory peak;
    RawConnection client = server.Connect();
    ASSERT_TRUE(client.Send(chunked ? PostChunked("/size", "")
                                    : PostHead("/size", "Content-Length: 33554432")));
    for (std::size_t sent = 0; sent < 32 * kMiB; sent += piece.size()) {
      ASSERT_TRUE(client.Send(chunked ? chunk : piece));
    }
    ASSERT_TRUE(!chunked || client.Send("0\r\n\r\n"));
    EXPECT_EQ(client.ReadAnswer()->body, "33554432");
    if (kMemoryIsOurs) {
      EXPECT_LT(peak.RiseBytes(), 64 * kMiB);
    }
  }
}

TEST(BodyLimit, ALargeBodysMemoryIsGivenBack) {
  const Limited server({});
  ASSERT_TRUE(server.ServesOthers());
  const std::string body(32 * kMiB, 'x');
  RawConnection kept = server.Connect();
  ASSERT_EQ(StatusOf(kept.Exchange(Post("/size", body))), 200);
  ASSERT_EQ(StatusOf(kept.Exchange(Get("/livez"))), 200);
  if (kMemoryIsOurs) {
    const PeakMemory peak;  // starts from what is resident now
    ASSERT_EQ(StatusOf(kept.Exchange(Post("/size", body))), 200);
    EXPECT_GT(peak.RiseBytes(), 30 * kMiB) << "the buffer was still there";
  }
}

TEST(TotalBodyBudget, AnnouncedBytesKeepNobodyOut) {
  const Limited server({.max_body_bytes = 4 * kMiB, .max_total_body_bytes = 6 * kMiB});
  std::vector<RawConnection> announcing;
  for (int i = 0; i < 10; ++i) {
    announcing.push_back(server.Connect());
    ASSERT_TRUE(announcing.back().Send(PostHead("/size", "Content-Length: 4194304")));
  }
  EXPECT_EQ(server.Connect().Exchange(Post("/size", std::string(2 * kMiB, 'x')))->body, "2097152");
}

TEST(HeaderLimit, AnEndlessHeaderLineIsCut) {
  const Limited server({.max_header_bytes = 8192});
  ASSERT_TRUE(server.ServesOthers());
  const PeakMemory peak;
  const int status = StatusAfterFlood(server.Connect(), "GET /livez HTTP/1.1\r\nHost: x\r\nX-A: ",
                                      std::string(65536, 'a'), 100 * kMiB);
  EXPECT_TRUE(status == 431 || status == 0) << status;
  EXPECT_EQ(server.stats().refused_headers_too_large, 1u);
  if (kMemoryIsOurs) {
    EXPECT_LT(peak.RiseBytes(), 4 * kMiB);
  }
  EXPECT_TRUE(server.ServesOthers());
}

TEST(HeaderLimit, TwoHundredThousandHeadersAreCut) {
  const Limited server({});
  ASSERT_TRUE(server.ServesOthers());
  std::string headers;
  for (int i = 0; i < 1000; ++i) {
    headers += "X-Header-" + std::to_string(i) + ": some value or other\r\n";
  }
  const PeakMemory peak;
  const int status = StatusAfterFlood(server.Connect(), "GET /livez HTTP/1.1\r\nHost: x\r\n",
                                      headers, 200 * headers.size());
  EXPECT_TRUE(status == 431 || status == 0) << status;
  EXPECT_EQ(server.stats().refused_headers_too_large, 1u);
  if (kMemoryIsOurs) {
    EXPECT_LT(peak.RiseBytes(), 4 * kMiB);
  }
  EXPECT_TRUE(server.ServesOthers());
}

TEST(HeaderLimit, AnEndlessRequestLineIsCut) {
  const Limited server({.max_header_bytes = 8192});
  EXPECT_EQ(StatusOf(server.Connect().Exchange("GET /" + std::string(8300, 'a'))), 431);
}

TEST(HeaderLimit, ExactlyTheLimitIsServedAndOneMoreIsNot) {
  const std::string start = "GET /livez HTTP/1.1\r\nHost: x\r\nX-A: ";
  const Limited server({.max_header_bytes = 4096});
  const std::string filler(4096 - start.size() - 4, 'a');
  EXPECT_EQ(StatusOf(server.Connect().Exchange(start + filler + "\r\n\r\n")), 200);
  EXPECT_EQ(StatusOf(server.Connect().Exchange(start + filler + "a\r\n\r\n")), 431);
}

// --- malformed ---

struct MalformedCase {
  std::string name;
  std::string request;
  int status;
};
class Malformed : public testing::TestWithParam<MalformedCase> {};

TEST_P(Malformed, IsRefusedAtOnceAndClosed) {
  const Limited server({});
  RawConnection client = server.Connect();
  // A proper request behind it must not be served: the two sides no longer agree where it begins.
  const auto answer = client.Exchange(GetParam().request + Get("/livez"));
  EXPECT_EQ(StatusOf(answer), GetParam().status);
  EXPECT_THAT(answer->head, HasSubstr("Connection: close\r\n"));
  EXPECT_FALSE(client.ReadAnswer());
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(server.stats().refused_malformed, 1u);
  EXPECT_EQ(server.stats().requests, 0u);
  EXPECT_TRUE(server.ServesOthers());
}

INSTANTIATE_TEST_SUITE_P(
    Requests, Malformed,
    testing::Values(
        MalformedCase{"TlsHello", std::string("\x16\x03\x01\x02\x00\x01", 6), 400},
        MalformedCase{"OneWord", "hello\r\n\r\n", 400},
        MalformedCase{"PostWithoutLength", PostHead("/size", "A: b"), 411},
        MalformedCase{
            "LengthAndChunked",
            PostHead("/size", "Content-Length: 5\r\nTransfer-Encoding: chunked") + "0\r\n\r\n",
            400},
        MalformedCase{"NegativeLength", PostHead("/size", "Content-Length: -5"), 400},
        MalformedCase{"NegativeChunk", PostChunked("/size", "-2\r\nxx\r\n0\r\n\r\n"), 400},
        MalformedCase{"GarbageChunk", PostChunked("/size", "zz\r\n"), 400},
        MalformedCase{"ChunkOverflow", PostChunked("/size", "ffffffffffffffff0\r\n"), 400},
        MalformedCase{"ChunkWithoutEnd", PostChunked("/size", "2\r\nxxx\r\n"), 400},
        MalformedCase{"EndlessExtension",
                      PostChunked("/size", "1;" + std::string(5000, 'a') + "\r\nx\r\n"), 400},
        MalformedCase{"EndlessTrailer",
                      PostChunked("/size", "0\r\nA: " + std::string(10000, 'a') + "\r\n\r\n"), 400},
        MalformedCase{"UnknownCoding", PostHead("/size", "Transfer-Encoding: gzip"), 501},
        MalformedCase{"Http2Preface", "PRI * HTTP/2.0\r\n\r\n", 505}),
    [](const auto& each) { return each.param.name; });

// --- time ---

// Sends a byte whenever the server has kept silent for a moment, until it has had enough. True: it
// closed.
bool Drip(std::vector<RawConnection>& clients, const std::function<bool()>& meanwhile) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  bool all_closed = false;
  while (!all_closed && std::chrono::steady_clock::now() < deadline) {
    EXPECT_TRUE(meanwhile());
    all_closed = true;
    for (RawConnection& client : clients) {
      if (!client.closed()) {
        (void)client.Send("1");
        (void)client.Receive(milliseconds(5));
        all_closed = all_closed && client.closed();
      }
    }
  }
  return all_closed;
}

class SlowClients : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(SlowClients, AreCutAtTheDeadlineAndDelayNobody) {
  const Limited server({.request_deadline = milliseconds(500)});
  std::vector<RawConnection> clients;
  for (int i = 0; i < 16; ++i) {
    clients.push_back(server.Connect());
    ASSERT_TRUE(clients.back().Send(GetParam().second));
  }
  EXPECT_TRUE(Drip(clients, [&] { return server.ServesOthers(); }));
  EXPECT_TRUE(Eventually([&] { return server.stats().cut_slow == 16; }));
  EXPECT_TRUE(Eventually([&] { return server.stats().connections_open == 0; }));
}

INSTANTIATE_TEST_SUITE_P(
    Drips, SlowClients,
    testing::Values(std::pair{"Head", "GET /livez HTTP/1.1\r\nX-A: "},
                    std::pair{"Body", PostHead("/size", "Content-Length: 100000")},
                    std::pair{"ChunkedBody", PostChunked("/size", "100000\r\n")},
                    std::pair{"ChunkSize", PostChunked("/size", "0")},
                    std::pair{"SecondRequest", Get("/livez") + "G"}),
    [](const auto& each) { return std::string(each.param.first); });

TEST(RequestDeadline, AnswersThatItPassed) {
  const Limited server({.request_deadline = milliseconds(50)});
  RawConnection client = server.Connect();
  EXPECT_EQ(StatusOf(client.Exchange("GET /livez HT")), 408);
  EXPECT_TRUE(client.WaitClosed());
}

TEST(WriteDeadline, CutsAClientThatDoesNotRead) {
  const Limited server({.write_deadline = milliseconds(200)});
  RawConnection client = server.Connect();
  ASSERT_TRUE(client.Send(Get("/large")));
  EXPECT_TRUE(Eventually([&] { return server.stats().cut_slow == 1; }));
  EXPECT_TRUE(Eventually([&] { return server.stats().connections_open == 0; }));
  EXPECT_TRUE(server.ServesOthers());
}

TEST(IdleTimeout, ClosesWithoutAWord) {
  const Limited server({.idle_timeout = milliseconds(500)});
  RawConnection silent = server.Connect();
  RawConnection served = server.Connect();
  ASSERT_EQ(StatusOf(served.Exchange(Get("/livez"))), 200);
  EXPECT_TRUE(silent.WaitClosed());
  EXPECT_TRUE(served.WaitClosed());
  EXPECT_EQ(server.stats().cut_slow, 0u);
}

// --- count ---

TEST(ConnectionLimit, OneTooManyIsAnswered503AndTheRestGoOn) {
  const Limited server({.max_connections = 4});
  std::vector<RawConnection> kept;
  for (int i = 0; i < 4; ++i) {
    kept.push_back(server.Connect());
    ASSERT_EQ(StatusOf(kept.back().Exchange(Get("/livez"))), 200);
  }
  RawConnection refused = server.Connect();
  EXPECT_EQ(StatusOf(refused.ReadAnswer()), 503);
  EXPECT_TRUE(refused.WaitClosed());
  EXPECT_EQ(server.stats().refused_overload, 1u);
  for (RawConnection& client : kept) {
    EXPECT_EQ(StatusOf(client.Exchange(Get("/livez"))), 200);
  }
  kept.pop_back();
  EXPECT_TRUE(Eventually([&] { return server.ServesOthers(); }));
}

TEST(Disconnects, InTheMiddleOfARequestLeaveNothingBehind) {
  const Limited server({});
  for (const std::string& part :
       {std::string(), std::string("GET /li"), PostHead("/size", "Content-Length: 10"),
        PostChunked("/size", "5\r\nab"), Get("/large")}) {
    RawConnection client = server.Connect();
    ASSERT_TRUE(client.Send(part));
  }
  EXPECT_TRUE(Eventually([&] { return server.stats().connections_open == 0; }));
  EXPECT_EQ(server.stats().cut_slow, 0u);
  EXPECT_TRUE(server.ServesOthers());
}

}  // namespace
}  // namespace berth::net
