// The server's side of TLS, against our own client and against clients that say nothing.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "berth/base/mutex.h"
#include "berth/net/client.h"
#include "berth/net/server.h"
#include "net/certificates.h"
#include "net/raw_connection.h"
#include "net/waiting.h"
#include "testing/case_name.h"

namespace berth::net {
namespace {

const TestAuthority& Authority() {
  static const TestAuthority authority;
  return authority;
}
const TestAuthority& Stranger() {
  static const TestAuthority authority;
  return authority;
}

ServerTls OneWay() {
  const Identity own = Authority().Issue("berth", "IP:127.0.0.1");
  return {.certificate_pem = own.certificate_pem,
          .key_pem = own.key_pem,
          .client_ca_pem = {},
          .client_names = {}};
}

ServerTls Mutual(std::vector<std::string> names = {}) {
  ServerTls tls = OneWay();
  tls.client_ca_pem = Authority().pem();
  tls.client_names = std::move(names);
  return tls;
}

// Answers with the client's name, and tells why handshakes fail.
class TlsServer {
 public:
  explicit TlsServer(ServerTls tls, ServerOptions options = {}) {
    options.tls = std::move(tls);
    options.on_handshake_failed = [this](std::string_view, const Error& why) {
      const MutexLock lock(mu_);
      why_ = why.message;
    };
    server_ = Server::Listen(std::move(options),
                             {{.method = "POST",
                               .path = "/who",
                               .handler =
                                   [](const Request& request, Response& response) {
                                     response.body = std::string(request.client_name) + ":" +
                                                     std::string(request.body);
                                   }}})
                  .value();
  }

  Server& operator*() { return *server_; }
  Server* operator->() { return server_.get(); }
  std::string origin() const { return "https://127.0.0.1:" + std::to_string(server_->port()); }
  std::string why() {
    const MutexLock lock(mu_);
    return why_;
  }

 private:
  Mutex mu_;
  std::string why_ BERTH_GUARDED_BY(mu_);
  std::unique_ptr<Server> server_;
};

std::unique_ptr<Client> ClientOf(const TlsServer& server, const Identity& identity = {}) {
  return Client::Create({.origin = server.origin(),
                         .tls = {.ca_pem = Authority().pem(),
                                 .client_certificate_pem = identity.certificate_pem,
                                 .client_key_pem = identity.key_pem,
                                 .server_name = {}}})
      .value();
}

Result<ClientResponse> Ask(Client& client, std::string body = "x") {
  return client.Send({.method = "POST", .target = "/who", .headers = {}, .body = std::move(body)},
                     std::chrono::seconds(10));
}

TEST(ServerTls, ServesARequestAndKeepsTheConnection) {
  TlsServer server(OneWay());
  const auto client = ClientOf(server);
  const std::string large(300'000, 'a');  // many records
  for (const std::string& body : {std::string("x"), std::string(), large}) {
    const auto answer = Ask(*client, body);
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->body, ":" + body);
  }
  EXPECT_EQ(server->stats().connections_accepted, 1U);
  EXPECT_EQ(server->stats().refused_handshakes, 0U);
}

struct Case {
  std::string name;
  std::vector<std::string> allowed;
  Identity identity;
  std::string answer;  // empty: refused
  std::string why;
};

void PrintTo(const Case& value, std::ostream* out) { *out << value.name; }
class MutualTlsTest : public ::testing::TestWithParam<Case> {};

TEST_P(MutualTlsTest, TakesWhomItKnowsAndSaysWhyItRefusesOthers) {
  TlsServer server(Mutual(GetParam().allowed));
  const auto answer = Ask(*ClientOf(server, GetParam().identity));
  if (!GetParam().answer.empty()) {
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->body, GetParam().answer);
    EXPECT_EQ(server->stats().refused_handshakes, 0U);
    return;
  }
  EXPECT_FALSE(answer.ok());
  ASSERT_TRUE(Eventually([&] { return server->stats().refused_handshakes == 1; }));
  ASSERT_TRUE(Eventually([&] { return !server.why().empty(); }));
  EXPECT_NE(server.why().find(GetParam().why), std::string::npos) << server.why();
  EXPECT_EQ(server->stats().requests, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Clients, MutualTlsTest,
    ::testing::Values(
        Case{"AnyOfTheAuthority", {}, Authority().Issue("anybody", ""), "anybody:x", ""},
        Case{"ByCommonName",
             {"system:kube-scheduler"},
             Authority().Issue("system:kube-scheduler", ""),
             "system:kube-scheduler:x",
             ""},
        Case{"ByDnsName",
             {"nobody", "scheduler.example"},
             Authority().Issue("other", "DNS:a.example,DNS:scheduler.example"),
             "scheduler.example:x",
             ""},
        Case{"NameNotAllowed",
             {"system:kube-scheduler"},
             Authority().Issue("system:kube-proxy", "DNS:proxy.example"),
             "",
             "client certificate names system:kube-proxy, proxy.example, none of which is allowed"},
        Case{"NameIsOnlyABeginning",
             {"system:kube-scheduler"},
             Authority().Issue("system:kube-scheduler2", ""),
             "",
             "none of which is allowed"},
        Case{"AddressIsNoName",
             {"10.0.0.1"},
             Authority().Issue("a", "IP:10.0.0.1"),
             "",
             "none of which is allowed"},
        Case{"NoCertificate", {}, {}, "", "peer did not return a certificate"},
        Case{"AnotherAuthority",
             {},
             Stranger().Issue("system:kube-scheduler", ""),
             "",
             "client certificate: "},
        Case{"Expired",
             {},
             Authority().Issue("system:kube-scheduler", "", -60),
             "",
             "client certificate: certificate has expired"}),
    berth::tests::CaseName);

TEST(ServerTls, AnExpiredCertificateOfTheServerIsRefusedByTheClient) {
  ServerTls tls = OneWay();
  const Identity old = Authority().Issue("berth", "IP:127.0.0.1", -60);
  tls.certificate_pem = old.certificate_pem;
  tls.key_pem = old.key_pem;
  TlsServer server(tls);
  const auto answer = Ask(*ClientOf(server));
  ASSERT_FALSE(answer.ok());
  EXPECT_NE(answer.error().message.find("expired"), std::string::npos) << answer.error().message;
}

struct VersionCase {
  std::string name;
  int version;
  bool taken;
};
void PrintTo(const VersionCase& value, std::ostream* out) { *out << value.name; }
class TlsVersionTest : public ::testing::TestWithParam<VersionCase> {};

TEST_P(TlsVersionTest, OneDotTwoIsTheLeast) {
  TlsServer server(OneWay());
  const RawConnection connection((*server).port());
  const std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context(
      SSL_CTX_new(TLS_client_method()), &::SSL_CTX_free);
  SSL_CTX_set_security_level(context.get(), 0);  // the old versions' hashes
  SSL_CTX_set_min_proto_version(context.get(), GetParam().version);
  SSL_CTX_set_max_proto_version(context.get(), GetParam().version);
  const std::unique_ptr<SSL, decltype(&::SSL_free)> ssl(SSL_new(context.get()), &::SSL_free);
  SSL_set_fd(ssl.get(), connection.fd());
  EXPECT_EQ(SSL_connect(ssl.get()) == 1, GetParam().taken);
  if (GetParam().taken) {
    EXPECT_EQ(SSL_version(ssl.get()), GetParam().version);
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, TlsVersionTest,
                         ::testing::Values(VersionCase{"Tls10", TLS1_VERSION, false},
                                           VersionCase{"Tls11", TLS1_1_VERSION, false},
                                           VersionCase{"Tls12", TLS1_2_VERSION, true},
                                           VersionCase{"Tls13", TLS1_3_VERSION, true}),
                         berth::tests::CaseName);

TEST(ServerTls, PlainHttpGetsNoAnswer) {
  TlsServer server(OneWay());
  RawConnection connection(server->port());
  connection.Send(Post("/who", "x"));
  EXPECT_TRUE(connection.WaitClosed());
  ASSERT_TRUE(Eventually([&] { return server->stats().refused_handshakes == 1; }));
  EXPECT_EQ(server->stats().requests, 0U);
}

TEST(ServerTls, AStalledHandshakeEndsAtItsDeadlineAndDelaysNobody) {
  ServerOptions options;
  options.request_deadline = std::chrono::milliseconds(300);
  TlsServer server(Mutual(), options);
  std::vector<RawConnection> stalled;
  for (int i = 0; i < 50; ++i) {
    stalled.emplace_back(server->port());
    ASSERT_TRUE(stalled.back().connected());
    // Half of them with the first bytes of a hello.
    if (i % 2 == 0) {
      ASSERT_TRUE(stalled.back().Send(std::string_view("\x16\x03\x01", 3)));
    }
  }
  ASSERT_TRUE(Eventually([&] { return server->stats().connections_open == 50; }));
  const auto answer = Ask(*ClientOf(server, Authority().Issue("a", "")));
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->body, "a:x");
  for (RawConnection& connection : stalled) {
    EXPECT_TRUE(connection.WaitClosed());
  }
  EXPECT_TRUE(Eventually([&] { return server->stats().cut_slow == 50; }));
}

TEST(ServerTls, StoppingWaitsForNoStalledHandshake) {
  TlsServer server(OneWay());
  const RawConnection stalled(server->port());
  ASSERT_TRUE(Eventually([&] { return server->stats().connections_open == 1; }));
  const auto begun = std::chrono::steady_clock::now();
  server->Stop(std::chrono::seconds(10));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

TEST(ServerTls, NewConnectionsGetTheNewCertificateAndOpenOnesLiveOn) {
  TlsServer server(OneWay());
  const auto kept = ClientOf(server);
  ASSERT_TRUE(Ask(*kept).ok());

  const TestAuthority next;
  const Identity own = next.Issue("berth", "IP:127.0.0.1");
  ASSERT_TRUE(server
                  ->SetTls({.certificate_pem = own.certificate_pem,
                            .key_pem = own.key_pem,
                            .client_ca_pem = {},
                            .client_names = {}})
                  .ok());
  EXPECT_TRUE(Ask(*kept).ok());
  EXPECT_EQ(server->stats().connections_accepted, 1U);
  EXPECT_FALSE(Ask(*ClientOf(server)).ok());  // trusts the authority of before only
  const auto newcomer =
      Client::Create({.origin = server.origin(), .tls = {.ca_pem = next.pem()}}).value();
  EXPECT_TRUE(Ask(*newcomer).ok());
}

TEST(ServerTls, KeepsWhatItHasWhenTheNewOneIsNoPair) {
  TlsServer server(Mutual());
  ServerTls broken = OneWay();
  broken.key_pem = Authority().Issue("other", "").key_pem;
  const Status refused = server->SetTls(broken);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(refused.error().message.find("server key: "), std::string::npos)
      << refused.error().message;
  EXPECT_FALSE(CheckServerTls(broken).ok());
  EXPECT_TRUE(Ask(*ClientOf(server, Authority().Issue("a", ""))).ok());
}

TEST(ServerTls, APlainServerTakesNoCertificate) {
  const auto server = Server::Listen({}, {}).value();
  EXPECT_FALSE(server->SetTls(OneWay()).ok());
}

TEST(ServerTls, RefusesNamesWithoutAnAuthority) {
  ServerTls tls = OneWay();
  tls.client_names = {"a"};
  ServerOptions options;
  options.tls = tls;
  const auto server = Server::Listen(options, {});
  ASSERT_FALSE(server.ok());
  EXPECT_EQ(server.error().code, ErrorCode::kInvalidArgument);
}

TEST(ServerTls, TellsWhenTheCertificateEnds) {
  const auto validity = CheckServerTls(OneWay());
  ASSERT_TRUE(validity.ok());
  const auto left = validity->not_after - std::chrono::system_clock::now();
  EXPECT_GT(left, std::chrono::minutes(55));
  EXPECT_LT(left, std::chrono::minutes(65));
}

TEST(ServerTls, AHundredReloadsUnderLoadFailNoRequest) {
  TlsServer server(Mutual());
  const Identity identity = Authority().Issue("a", "");
  std::vector<ServerTls> turns;
  for (int i = 0; i < 4; ++i) {
    turns.push_back(Mutual());
  }
  std::atomic<bool> done = false;
  std::atomic<int> failed = 0;
  std::atomic<int> answered = 0;
  std::vector<std::thread> load;
  for (int i = 0; i < 3; ++i) {
    load.emplace_back([&, kept = i == 0] {
      const auto client = ClientOf(server, identity);
      while (!done) {
        const auto answer = kept ? Ask(*client) : Ask(*ClientOf(server, identity));
        ++(answer.ok() && answer->body == "a:x" ? answered : failed);
      }
    });
  }
  for (std::size_t i = 0; i < 100; ++i) {
    const int before = answered;
    ASSERT_TRUE(server->SetTls(turns[i % turns.size()]).ok());
    ASSERT_TRUE(Eventually([&] { return answered > before || failed > 0; }));
  }
  done = true;
  for (std::thread& each : load) {
    each.join();
  }
  EXPECT_EQ(failed, 0);
  EXPECT_GE(answered, 100);
  EXPECT_EQ(server->stats().refused_handshakes, 0U);
}

}  // namespace
}  // namespace berth::net
