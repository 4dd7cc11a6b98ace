// A watch's life: bytes as they come, silence, breaks and stops.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "berth/net/client.h"
#include "net/raw_connection.h"
#include "net/scripted_server.h"
#include "net/waiting.h"

namespace berth::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::EndsWith;

const std::string kChunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

struct Seen {
  Status ended;
  int status = 0;
  std::string error_body;
  std::string bytes;
};

std::unique_ptr<Client> MakeClient(const std::string& origin) {
  auto client = Client::Create({.origin = origin});
  EXPECT_TRUE(client.ok());
  return std::move(client).value();
}

Seen Watch(Client& client, Duration silence, const std::stop_token& stop = {}) {
  Seen seen;
  seen.ended = client.Stream(
      {.target = "/watch?x=y"}, silence, stop,
      [&](int status, std::string_view error_body) {
        seen.status = status;
        seen.error_body = error_body;
        return true;
      },
      [&](std::string_view bytes) {
        seen.bytes += bytes;
        return true;
      });
  return seen;
}

// Reads the request, sends `answer`, and closes or stays silent.
ScriptedServer::Script Answer(std::string answer, bool then_close) {
  return [answer = std::move(answer), then_close](RawConnection& client, int) {
    if (client.ReadAnswer() && client.Send(answer) && !then_close) {
      (void)client.WaitClosed();
    }
  };
}

struct EndCase {
  std::string name;
  std::string answer;
  bool closes;
  std::string bytes;
  std::string error;  // empty: ends well
};
class StreamEnd : public testing::TestWithParam<EndCase> {};

TEST_P(StreamEnd, IsToldFromABreak) {
  ScriptedServer server(Answer(GetParam().answer, GetParam().closes));
  const Seen seen =
      Watch(*MakeClient(server.origin()),
            GetParam().error.starts_with("silent") ? milliseconds(250) : milliseconds(kPatience));
  EXPECT_EQ(seen.bytes, GetParam().bytes);
  EXPECT_EQ(seen.ended.ok(), GetParam().error.empty());
  if (!seen.ended.ok()) {
    EXPECT_EQ(seen.ended.error().code, ErrorCode::kUnavailable);
    EXPECT_THAT(seen.ended.error().message, EndsWith("/watch: " + GetParam().error));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Ends, StreamEnd,
    testing::Values(
        EndCase{"LastChunk", kChunkedHead + "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", false, "abc", ""},
        EndCase{"Length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", false, "abc", ""},
        EndCase{"Close", "HTTP/1.1 200 OK\r\n\r\nabc", true, "abc", ""},
        EndCase{"BrokenBetweenChunks", kChunkedHead + "2\r\nab\r\n", true, "ab",
                "the connection broke"},
        EndCase{"BrokenInAChunk", kChunkedHead + "9\r\nab", true, "ab", "the connection broke"},
        EndCase{"BrokenBeforeTheHead", "", true, "", "the connection broke"},
        EndCase{"Malformed", kChunkedHead + "2\r\nab\r\n-1\r\n", false, "ab",
                "the answer is malformed"},
        EndCase{"SilentAfterAChunk", kChunkedHead + "2\r\nab\r\n", false, "ab", "silent for 0.25s"},
        EndCase{"SilentInAChunk", kChunkedHead + "9\r\nab", false, "ab", "silent for 0.25s"},
        EndCase{"SilentFromTheStart", "", false, "", "silent for 0.25s"}),
    [](const auto& each) { return each.param.name; });

TEST(Stream, GivesEachPieceAsItComes) {
  std::atomic<int> taken{0};
  ScriptedServer server([&](RawConnection& client, int) {
    (void)client.ReadAnswer();
    (void)client.Send(kChunkedHead);
    for (int i = 0; i < 5; ++i) {
      (void)client.Send("2\r\n{}\r\n");
      // The next event happens only after this one was seen.
      EXPECT_TRUE(Eventually([&] { return taken == i + 1; }));
    }
    (void)client.Send("0\r\n\r\n");
  });
  const auto client = MakeClient(server.origin());
  const Status ended = client->Stream(
      {.target = "/watch"}, kPatience, {}, [](int, std::string_view) { return true; },
      [&](std::string_view bytes) {
        EXPECT_EQ(bytes, "{}");
        ++taken;
        return true;
      });
  EXPECT_TRUE(ended.ok());
  EXPECT_EQ(taken, 5);
}

TEST(Stream, SilenceCountsFromTheLastByte) {
  ScriptedServer server([](RawConnection& client, int) {
    (void)client.ReadAnswer();
    (void)client.Send(kChunkedHead);
    for (int i = 0; i < 10; ++i) {  // longer than the silence in all
      (void)client.Receive(milliseconds(100));
      (void)client.Send("1\r\nx\r\n");
    }
    (void)client.Send("0\r\n\r\n");
  });
  const Seen seen = Watch(*MakeClient(server.origin()), milliseconds(900));
  EXPECT_TRUE(seen.ended.ok()) << seen.ended.error().message;
  EXPECT_EQ(seen.bytes, "xxxxxxxxxx");
}

TEST(Stream, AnotherStatusComesWithItsBodyAndEndsTheStream) {
  ScriptedServer server(Answer("HTTP/1.1 410 Gone\r\nContent-Length: 7\r\n\r\nexpired", false));
  const Seen seen = Watch(*MakeClient(server.origin()), kPatience);
  EXPECT_TRUE(seen.ended.ok());
  EXPECT_EQ(seen.status, 410);
  EXPECT_EQ(seen.error_body, "expired");
  EXPECT_EQ(seen.bytes, "");
}

TEST(Stream, AnErrorBodyIsCutAt64KiB) {
  ScriptedServer server(Answer(
      "HTTP/1.1 500 Oops\r\nContent-Length: 100000\r\n\r\n" + std::string(100000, 'x'), false));
  const Seen seen = Watch(*MakeClient(server.origin()), kPatience);
  EXPECT_EQ(seen.status, 500);
  EXPECT_EQ(seen.error_body, std::string(65536, 'x'));
}

TEST(Stream, EndsWhenTheStatusIsNotWanted) {
  ScriptedServer server(Answer(kChunkedHead + "2\r\nab\r\n", false));
  const auto client = MakeClient(server.origin());
  EXPECT_TRUE(client
                  ->Stream(
                      {.target = "/watch"}, kPatience, {},
                      [](int, std::string_view) { return false; },
                      [](std::string_view) {
                        ADD_FAILURE() << "bytes after a refused status";
                        return true;
                      })
                  .ok());
}

TEST(Stream, EndsWhenNoMoreBytesAreWanted) {
  ScriptedServer server(Answer(kChunkedHead + "2\r\nab\r\n2\r\ncd\r\n", false));
  const auto client = MakeClient(server.origin());
  std::string bytes;
  EXPECT_TRUE(client
                  ->Stream(
                      {.target = "/watch"}, kPatience, {},
                      [](int, std::string_view) { return true; },
                      [&](std::string_view piece) {
                        bytes += piece;
                        return false;
                      })
                  .ok());
  EXPECT_EQ(bytes, "ab");
}

struct StopCase {
  std::string name;
  std::string scheme;
  std::string answer;
};
class StreamStop : public testing::TestWithParam<StopCase> {};

TEST_P(StreamStop, EndsItSoonWhateverItWaitsFor) {
  std::atomic<bool> arrived{false};
  ScriptedServer server([&](RawConnection& client, int) {
    (void)client.Receive();
    (void)client.Send(GetParam().answer);
    arrived = true;
    (void)client.WaitClosed();
  });
  const auto client =
      MakeClient(GetParam().scheme + "://127.0.0.1:" + std::to_string(server.port()));
  Seen seen;
  std::jthread watching(
      [&](const std::stop_token& stop) { seen = Watch(*client, seconds(60), stop); });
  ASSERT_TRUE(Eventually([&] { return arrived.load(); }));
  const auto start = std::chrono::steady_clock::now();
  watching.request_stop();
  watching.join();
  EXPECT_LT(std::chrono::steady_clock::now() - start,
            milliseconds(1000));  // 200 when nothing else runs
  EXPECT_TRUE(seen.ended.ok());
}

INSTANTIATE_TEST_SUITE_P(Waits, StreamStop,
                         testing::Values(StopCase{"Handshake", "https", ""},
                                         StopCase{"Head", "http", ""},
                                         StopCase{"Bytes", "http", kChunkedHead + "2\r\nab\r\n"}),
                         [](const auto& each) { return each.param.name; });

TEST(StreamStop, BeforeTheStartConnectsAndEnds) {
  ScriptedServer server(Answer("", false));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(Watch(*MakeClient(server.origin()), seconds(60), stop.get_token()).ended.ok());
}

TEST(Stream, LeavesItsConnectionToTheNextRequest) {
  ScriptedServer server([](RawConnection& client, int) {
    while (client.ReadAnswer()) {
      (void)client.Send(kChunkedHead + "2\r\nab\r\n0\r\n\r\n");
    }
  });
  const auto client = MakeClient(server.origin());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Watch(*client, kPatience).bytes, "ab");
  }
  EXPECT_EQ(server.accepted(), 1);
}

TEST(Stream, RefusedConnectionIsUnavailable) {
  std::string origin;
  {
    origin = ScriptedServer(Answer("", true)).origin();
  }
  const Seen seen = Watch(*MakeClient(origin), kPatience);
  ASSERT_FALSE(seen.ended.ok());
  EXPECT_EQ(seen.ended.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(seen.ended.error().message, "GET " + origin + "/watch: Connection refused");
}

}  // namespace
}  // namespace berth::net
