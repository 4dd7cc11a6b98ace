// Our client against cpp-httplib's TLS server, our server against its client: nothing of ours
// checks itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <httplib.h>

#include "berth/net/client.h"
#include "berth/net/server.h"
#include "net/certificates.h"
#include "net/raw_connection.h"
#include "net/waiting.h"

namespace berth::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

std::string Letters(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    text[i] = static_cast<char>('a' + (i * 7 + i / 1000) % 26);
  }
  return text;
}

const std::string& Page() {
  static const std::string page = Letters(std::size_t{5} << 20);
  return page;
}

class TlsPeer {
 public:
  // Asks clients for a certificate signed by `client_ca_pem` unless that is empty.
  explicit TlsPeer(const Identity& identity, const std::string& client_ca_pem = "")
      : server_(httplib::SSLServer::PemMemory{
            .cert_pem = identity.certificate_pem.c_str(),
            .cert_pem_len = identity.certificate_pem.size(),
            .key_pem = identity.key_pem.c_str(),
            .key_pem_len = identity.key_pem.size(),
            .client_ca_pem = client_ca_pem.empty() ? nullptr : client_ca_pem.c_str(),
            .client_ca_pem_len = client_ca_pem.size(),
            .private_key_password = nullptr}) {
    server_.Get("/hello", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("hello", "text/plain");
    });
    server_.Get("/port", [](const httplib::Request& request, httplib::Response& response) {
      response.set_content(std::to_string(request.remote_port), "text/plain");
    });
    server_.Get("/page", [](const httplib::Request&, httplib::Response& response) {
      response.set_content(Page(), "text/plain");
    });
    server_.Get("/chunks", [](const httplib::Request&, httplib::Response& response) {
      response.set_chunked_content_provider(
          "text/plain", [](std::size_t offset, httplib::DataSink& sink) {
            sink.write(Page().data() + offset, std::min<std::size_t>(Page().size() - offset, 9999));
            if (offset + 9999 >= Page().size()) {
              sink.done();
            }
            return true;
          });
    });
    server_.Get("/silent", [this](const httplib::Request&, httplib::Response& response) {
      response.set_chunked_content_provider("text/plain",
                                            [this](std::size_t, httplib::DataSink& sink) {
                                              sink.write("{}", 2);
                                              (void)Eventually([this] { return leaving_.load(); });
                                              return false;
                                            });
    });
    server_.Post("/echo", [](const httplib::Request& request, httplib::Response& response) {
      response.set_content(request.body, "text/plain");
    });
    server_.set_keep_alive_max_count(1000);
    port_ = server_.bind_to_any_port("127.0.0.1");
    serving_ = std::jthread([this] { server_.listen_after_bind(); });
    server_.wait_until_ready();
  }
  ~TlsPeer() {
    leaving_ = true;
    server_.stop();
  }
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  std::string origin() const { return "https://127.0.0.1:" + std::to_string(port_); }

 private:
  std::atomic<bool> leaving_{false};
  httplib::SSLServer server_;
  int port_ = 0;
  std::jthread serving_;
};

class TlsClient : public testing::Test {
 protected:
  static std::unique_ptr<Client> Make(const TlsPeer& peer, TlsOptions tls) {
    auto client = Client::Create({.origin = peer.origin(), .tls = std::move(tls)});
    EXPECT_TRUE(client.ok()) << client.error().message;
    return std::move(client).value();
  }
  static Result<ClientResponse> Hello(const TlsPeer& peer, TlsOptions tls) {
    return Make(peer, std::move(tls))->Send({.target = "/hello"}, kPatience);
  }

  const TestAuthority authority_;
  const TestAuthority stranger_;
  const Identity server_ = authority_.Issue("server", "DNS:berth.test,IP:127.0.0.1");
};

TEST_F(TlsClient, TrustsWhatItsAuthoritySigned) {
  const TlsPeer peer(server_);
  const auto response = Hello(peer, {.ca_pem = authority_.pem()});
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->body, "hello");
  EXPECT_TRUE(Hello(peer, {.ca_pem = stranger_.pem() + authority_.pem()}).ok());
}

TEST_F(TlsClient, TrustsACertificateThatIsItselfInTheFile) {
  const TlsPeer peer(server_);
  EXPECT_TRUE(Hello(peer, {.ca_pem = server_.certificate_pem}).ok());
}

TEST_F(TlsClient, TrustsNobodyElse) {
  const TlsPeer peer(server_);
  for (const std::string& ca : {stranger_.pem(), std::string()}) {
    const auto response = Hello(peer, {.ca_pem = ca});
    ASSERT_FALSE(response.ok());
    EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
    EXPECT_THAT(response.error().message,
                HasSubstr("/hello: server certificate: unable to get local issuer certificate"));
  }
}

TEST_F(TlsClient, ChecksTheServersName) {
  const TlsPeer peer(server_);
  EXPECT_TRUE(Hello(peer, {.ca_pem = authority_.pem(), .server_name = "berth.test"}).ok());
  for (const char* wrong : {"other.test", "127.0.0.2", "test", "a.berth.test"}) {
    const auto response = Hello(peer, {.ca_pem = authority_.pem(), .server_name = wrong});
    ASSERT_FALSE(response.ok()) << wrong;
    EXPECT_THAT(response.error().message, HasSubstr("mismatch")) << wrong;
  }
  const TlsPeer nameless(authority_.Issue("127.0.0.1", ""));
  EXPECT_FALSE(Hello(nameless, {.ca_pem = authority_.pem()}).ok());
}

TEST_F(TlsClient, ChecksNothingWhenToldSo) {
  const TlsPeer peer(server_);
  EXPECT_TRUE(
      Hello(peer, {.ca_pem = stranger_.pem(), .server_name = "other", .skip_verification = true})
          .ok());
}

TEST_F(TlsClient, PresentsItsCertificate) {
  const TlsPeer peer(server_, authority_.pem());
  const Identity own = authority_.Issue("berth", "");
  const Identity foreign = stranger_.Issue("berth", "");
  const auto with = [&](const Identity& identity) {
    return Hello(peer, {.ca_pem = authority_.pem(),
                        .client_certificate_pem = identity.certificate_pem,
                        .client_key_pem = identity.key_pem});
  };
  EXPECT_TRUE(with(own).ok());
  EXPECT_FALSE(with(foreign).ok());
  EXPECT_FALSE(with({}).ok());
}

TEST_F(TlsClient, RefusesPemThatMakesNoSense) {
  const Identity one = authority_.Issue("one", "");
  const Identity two = authority_.Issue("two", "");
  const auto error = [](TlsOptions tls) {
    const auto client = Client::Create({.origin = "https://127.0.0.1:1", .tls = std::move(tls)});
    EXPECT_FALSE(client.ok());
    EXPECT_TRUE(client.ok() || client.error().code == ErrorCode::kInvalidArgument);
    return client.ok() ? "" : client.error().message;
  };
  EXPECT_EQ(error({.ca_pem = "not a certificate"}), "the CA file holds no PEM certificate");
  EXPECT_EQ(error({.client_certificate_pem = one.certificate_pem}),
            "a client certificate and its key must be given together");
  EXPECT_EQ(error({.client_key_pem = one.key_pem}),
            "a client certificate and its key must be given together");
  EXPECT_THAT(error({.client_certificate_pem = one.certificate_pem, .client_key_pem = "junk"}),
              HasSubstr("client key: "));
  EXPECT_THAT(error({.client_certificate_pem = "junk", .client_key_pem = one.key_pem}),
              HasSubstr("client certificate: "));
  EXPECT_THAT(error({.client_certificate_pem = one.certificate_pem, .client_key_pem = two.key_pem}),
              HasSubstr("client key: "));
}

TEST_F(TlsClient, KeepsItsConnection) {
  const TlsPeer peer(server_);
  const auto client = Make(peer, {.ca_pem = authority_.pem()});
  const auto first = client->Send({.target = "/port"}, kPatience);
  ASSERT_TRUE(first.ok());
  for (int i = 0; i < 20; ++i) {
    const auto next = client->Send({.target = "/port"}, kPatience);
    ASSERT_TRUE(next.ok());
    EXPECT_EQ(next->body, first->body);
  }
}

TEST_F(TlsClient, ReadsLargePages) {
  const TlsPeer peer(server_);
  const auto client = Make(peer, {.ca_pem = authority_.pem()});
  for (const char* target : {"/page", "/chunks", "/chunks"}) {
    const auto response = client->Send({.target = target}, kPatience);
    ASSERT_TRUE(response.ok()) << response.error().message;
    EXPECT_TRUE(response->body == Page()) << target;
  }
}

TEST_F(TlsClient, SendsLargeBodies) {
  const TlsPeer peer(server_);
  const auto client = Make(peer, {.ca_pem = authority_.pem()});
  const auto response = client->Send(
      {.method = "POST", .target = "/echo", .body = Page(), .content_type = "a/b"}, kPatience);
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_TRUE(response->body == Page());
}

TEST_F(TlsClient, StreamsUntilStopped) {
  const TlsPeer peer(server_);
  const auto client = Make(peer, {.ca_pem = authority_.pem()});
  std::atomic<bool> streaming{false};
  Status ended = Error{};
  std::jthread watching([&](const std::stop_token& stop) {
    ended = client->Stream(
        {.target = "/silent"}, seconds(60), stop,
        [](int status, std::string_view) { return status == 200; },
        [&](std::string_view bytes) {
          EXPECT_EQ(bytes, "{}");
          streaming = true;
          return true;
        });
  });
  ASSERT_TRUE(Eventually([&] { return streaming.load(); }));
  const auto start = std::chrono::steady_clock::now();
  watching.request_stop();
  watching.join();
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(1000));
  EXPECT_TRUE(ended.ok());
}

TEST_F(TlsClient, NoticesSilence) {
  const TlsPeer peer(server_);
  const auto client = Make(peer, {.ca_pem = authority_.pem()});
  const Status ended = client->Stream(
      {.target = "/silent"}, seconds(1), {}, [](int, std::string_view) { return true; },
      [](std::string_view) { return true; });
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().message, "GET " + peer.origin() + "/silent: silent for 1s");
}

TEST_F(TlsClient, AServerThatSpeaksNoTlsIsUnavailable) {
  auto plain = Server::Listen({}, {});
  ASSERT_TRUE(plain.ok());
  auto client = Client::Create({.origin = "https://127.0.0.1:" + std::to_string((*plain)->port())});
  ASSERT_TRUE(client.ok());
  const auto response = (*client)->Send({.target = "/"}, kPatience);
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
}

// --- our server ---

TEST(HttplibClient, IsServed) {
  auto server = Server::Listen(
      {}, {{"GET", "/hello", [](const Request&, Response& response) { response.body = "hello"; }},
           {"POST", "/echo",
            [](const Request& request, Response& response) { response.body = request.body; }}});
  ASSERT_TRUE(server.ok());
  httplib::Client client("127.0.0.1", (*server)->port());
  client.set_keep_alive(true);
  EXPECT_EQ(client.Get("/hello")->body, "hello");
  EXPECT_EQ(client.Get("/nope")->status, 404);
  EXPECT_EQ(client.Head("/hello")->body, "");
  // Above 1 KiB it asks for "100 Continue" first.
  EXPECT_TRUE(client.Post("/echo", Page(), "application/x-www-form-urlencoded")->body == Page());
  const auto chunked = client.Post(
      "/echo",
      [](std::size_t offset, httplib::DataSink& sink) {
        sink.write(Page().data() + offset, std::min<std::size_t>(Page().size() - offset, 9999));
        if (offset + 9999 >= Page().size()) {
          sink.done();
        }
        return true;
      },
      "text/plain");
  ASSERT_TRUE(chunked);
  EXPECT_TRUE(chunked->body == Page());
}

}  // namespace
}  // namespace berth::net
