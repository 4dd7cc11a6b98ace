// An HTTP/1.1 server in which every size, count and wait has a limit. docs/adr/0008 says why it is
// our own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/result.h"
#include "berth/net/http.h"

namespace berth::net {

struct Route {
  std::string method;  // "GET", "POST", "DELETE"
  std::string path;    // exact, or ending in "/*": everything below; exact wins, then the longer
  Handler handler;
};

// Who a server is and which clients it takes. PEM texts. TLS 1.2 or later.
struct ServerTls {
  std::string certificate_pem;  // its own first, then the chain
  std::string key_pem;
  // Not empty: a client must show a certificate that one of these has signed.
  std::string client_ca_pem;
  // Not empty: and one of these, letter by letter, is its common name or a DNS name of it.
  std::vector<std::string> client_names;
};

struct CertificateValidity {
  WallTime not_before{};
  WallTime not_after{};
};
// What Server::SetTls would take. kInvalidArgument: no certificate or key in the texts, they are no
// pair, client_names without client_ca_pem.
Result<CertificateValidity> CheckServerTls(const ServerTls& tls);

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one, see Server::port
  std::size_t max_body_bytes = std::size_t{128}
                               << 20;  // Content-Length and chunked alike; beyond it 413
  std::size_t max_total_body_bytes = std::size_t{256} << 20;  // over all connections; beyond it 503
  std::size_t max_header_bytes = std::size_t{64}
                                 << 10;  // request line and all headers together; beyond it 431
  std::size_t max_connections = 2048;    // beyond it the connection gets 503 and is closed
  Duration request_deadline =
      std::chrono::seconds(10);  // from a request's first byte to its last; then cut
  Duration write_deadline = std::chrono::seconds(10);  // for the whole answer
  Duration idle_timeout =
      std::chrono::seconds(300);  // of a kept connection; kube-scheduler closes after 90 s
  // Asked for each answer; false: it closes its connection, so that the client connects anew, and
  // finds who serves now. Empty: connections are kept.
  std::function<bool()> keeps_connections;
  // Nothing: plain. A handshake has request_deadline.
  std::optional<ServerTls> tls;
  // Called on the connection's thread for each handshake that fails; may be empty.
  std::function<void(std::string_view peer, const Error& why)> on_handshake_failed;
};

struct ServerStats {
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_open = 0;
  std::uint64_t requests = 0;
  std::uint64_t refused_body_too_large = 0;
  std::uint64_t refused_headers_too_large = 0;
  std::uint64_t refused_overload = 0;  // body budget or connection limit
  std::uint64_t cut_slow = 0;          // deadlines passed
  std::uint64_t refused_malformed = 0;
  std::uint64_t refused_handshakes = 0;  // by the client, by us, or cut; not those that were slow
};

// Serves on threads of its own, from Listen until Stop or destruction. Thread-safe.
class Server {
 public:
  // kInvalidArgument: the address is malformed, or what CheckServerTls says; kUnavailable: it
  // cannot be bound ("127.0.0.1:7480: address already in use").
  static Result<std::unique_ptr<Server>> Listen(ServerOptions options, std::vector<Route> routes);

  virtual ~Server() = default;
  virtual std::uint16_t port() const = 0;
  virtual ServerStats stats() const = 0;

  // For connections that begin from now on; open ones live on as they are. kInvalidArgument as
  // CheckServerTls, or the server is plain: then nothing changes.
  virtual Status SetTls(const ServerTls& tls) = 0;

  // Accepts nothing new, lets requests in progress finish until `drain` has passed, then cuts them.
  // Idempotent.
  virtual void Stop(Duration drain) = 0;
};

// "127.0.0.1:7480", ":7481", "[::1]:80" -> host and port. An empty host means every address.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};
Result<HostPort> ParseHostPort(std::string_view text);

}  // namespace berth::net
