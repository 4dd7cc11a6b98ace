// Many connections at once: idle, blocked, and while the server stops.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
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

// A server with a handler that stays in until it is let go.
class Gated {
 public:
  explicit Gated(const ServerOptions& options = {}) : opened_(gate_.get_future().share()) {
    auto listening = Server::Listen(
        options,
        {{"GET", "/livez", [](const Request&, Response& response) { response.body = "ok"; }},
         {"POST", "/wait", [this](const Request& request, Response& response) {
            ++inside_;
            opened_.wait();
            response.body = request.body;
          }}});
    EXPECT_TRUE(listening.ok());
    server_ = std::move(listening).value();
  }
  ~Gated() { Open(); }

  void Open() {
    if (!open_) {
      open_ = true;
      gate_.set_value();
    }
  }
  int inside() const { return inside_; }
  Server& server() { return *server_; }
  RawConnection Connect() const { return RawConnection(server_->port()); }

 private:
  std::promise<void> gate_;
  std::shared_future<void> opened_;
  bool open_ = false;
  std::atomic<int> inside_{0};
  std::unique_ptr<Server> server_;
};

std::vector<RawConnection> IdleConnections(const Gated& gated, int count) {
  std::vector<RawConnection> idle;
  for (int i = 0; i < count; ++i) {
    idle.push_back(gated.Connect());
    EXPECT_EQ(StatusOf(idle.back().Exchange(Get("/livez"))), 200);
  }
  return idle;
}

TEST(IdleConnections, DoNotDelayANewOne) {
  const Gated gated;
  const auto idle = IdleConnections(gated, 100);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(StatusOf(gated.Connect().Exchange(Get("/livez"))), 200);
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(1));
}

TEST(IdleConnections, CostNoCpu) {
  const Gated gated;
  auto idle = IdleConnections(gated, 100);
  const auto before = ProcessCpu();
  EXPECT_FALSE(
      idle.front().Receive(milliseconds(400)));  // nothing comes: this is the time that passes
  // cpp-httplib looks at each of them every 10 ms, a quarter of a core in all.
  EXPECT_LT(ProcessCpu() - before, milliseconds(40));
}

TEST(BlockedHandlers, DoNotDelayANewConnection) {
  Gated gated;
  std::vector<RawConnection> blocked;
  for (int i = 0; i < 128; ++i) {
    blocked.push_back(gated.Connect());
    ASSERT_TRUE(blocked.back().Send(Post("/wait", std::to_string(i))));
  }
  ASSERT_TRUE(Eventually([&] { return gated.inside() == 128; }));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(StatusOf(gated.Connect().Exchange(Get("/livez"))), 200);
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(1));
  gated.Open();
  for (int i = 0; i < 128; ++i) {
    EXPECT_EQ(blocked[static_cast<std::size_t>(i)].ReadAnswer()->body, std::to_string(i));
  }
}

TEST(TotalBodyBudget, IsSharedByConnectionsAndGivenBack) {
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  Gated gated({.max_body_bytes = 4 * kMiB, .max_total_body_bytes = 6 * kMiB});
  const std::string body(4 * kMiB, 'x');
  const std::string_view half = std::string_view(body).substr(2 * kMiB);
  RawConnection whole = gated.Connect();
  ASSERT_TRUE(whole.Send(Post("/wait", body)));
  ASSERT_TRUE(Eventually([&] { return gated.inside() == 1; }));

  RawConnection refused = gated.Connect();
  ASSERT_TRUE(refused.Send("POST /wait HTTP/1.1\r\nHost: test\r\nContent-Length: 4194304\r\n\r\n"));
  ASSERT_TRUE(refused.Send(half));
  const auto refusal = refused.ReadAnswer();
  EXPECT_EQ(StatusOf(refusal), 503);
  EXPECT_EQ(refusal->body, R"({"error":"other requests hold too many bytes"})");
  EXPECT_EQ(gated.server().stats().refused_overload, 1u);
  EXPECT_EQ(StatusOf(gated.Connect().Exchange(Get("/livez"))), 200);

  // The refused one's share was free before it read why, though it may still send the rest.
  RawConnection other = gated.Connect();
  ASSERT_TRUE(other.Send(Post("/wait", half)));
  EXPECT_TRUE(Eventually([&] { return gated.inside() == 2; }));

  gated.Open();
  EXPECT_EQ(whole.ReadAnswer()->body, body);
  EXPECT_EQ(other.ReadAnswer()->body, half);
  // A share that was served goes once its answer is written: the client may be quicker.
  EXPECT_TRUE(
      Eventually([&] { return StatusOf(gated.Connect().Exchange(Post("/wait", body))) == 200; }));
}

TEST(Concurrency, ManyClientsGetTheirOwnAnswers) {
  Gated gated;
  gated.Open();
  std::vector<std::jthread> clients;
  std::atomic<int> right{0};
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back([&, i] {
      for (int round = 0; round < 20; ++round) {
        RawConnection client = gated.Connect();  // new ones too: threads come and go
        for (int each = 0; each < 5; ++each) {
          const std::string body = std::to_string(i * 1000 + round) + std::string(20000, 'x');
          const auto answer = client.Exchange(Post("/wait", body));
          right += answer && answer->body == body ? 1 : 0;
        }
      }
    });
  }
  clients.clear();  // joins
  EXPECT_EQ(right, 16 * 20 * 5);
}

TEST(Stop, EndsIdleConnectionsAndTakesNoNewOnes) {
  Gated gated;
  auto idle = IdleConnections(gated, 10);
  gated.server().Stop(kPatience);
  for (RawConnection& client : idle) {
    EXPECT_TRUE(client.WaitClosed());
  }
  EXPECT_FALSE(gated.Connect().connected());
}

TEST(Stop, LetsARequestInProgressFinish) {
  Gated gated;
  RawConnection client = gated.Connect();
  ASSERT_TRUE(client.Send(Post("/wait", "finished")));
  ASSERT_TRUE(Eventually([&] { return gated.inside() == 1; }));
  std::jthread stopping([&] { gated.server().Stop(kPatience); });
  ASSERT_TRUE(Eventually([&] { return !gated.Connect().connected(); }));
  gated.Open();
  const auto answer = client.ReadAnswer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "finished");
  EXPECT_THAT(answer->head, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(client.WaitClosed());
}

TEST(Stop, ServesWhatHasArrivedOnAKeptConnection) {
  Gated gated;
  gated.Open();
  RawConnection client = gated.Connect();
  ASSERT_EQ(StatusOf(client.Exchange(Get("/livez"))), 200);
  ASSERT_TRUE(client.Send(Post("/wait", "body")));  // on loopback it is there when send returns
  gated.server().Stop(kPatience);
  EXPECT_EQ(StatusOf(client.ReadAnswer()), 200);
  EXPECT_TRUE(client.WaitClosed());
}

TEST(Stop, CutsWhatIsStillInProgressAfterTheDrain) {
  Gated gated;
  RawConnection client = gated.Connect();
  ASSERT_TRUE(client.Send(Post("/wait", "lost")));
  ASSERT_TRUE(Eventually([&] { return gated.inside() == 1; }));
  gated.server().Stop(milliseconds(20));
  EXPECT_TRUE(client.WaitClosed());
  gated.server().Stop(milliseconds(20));  // again: nothing to do
}

TEST(Stop, DestructionEndsEveryThread) {
  std::vector<RawConnection> clients;
  {
    Gated gated({.request_deadline = seconds(60)});
    for (int i = 0; i < 20; ++i) {
      clients.push_back(gated.Connect());
      ASSERT_TRUE(clients.back().Send(i % 2 == 0 ? "GET / HT" : Post("/wait", "x")));
    }
    ASSERT_TRUE(Eventually([&] { return gated.inside() == 10; }));
    gated.Open();
  }
  for (RawConnection& client : clients) {
    EXPECT_TRUE(client.WaitClosed());
  }
}

}  // namespace
}  // namespace berth::net
