// An HTTP/1.1 client with a pool of kept connections to one origin.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "berth/base/clock.h"
#include "berth/base/result.h"
#include "berth/net/http.h"

namespace berth::net {

struct TlsOptions {
  std::string ca_pem;                  // trusts these only; empty: the system's authorities
  std::string client_certificate_pem;  // both or neither
  std::string client_key_pem;
  std::string server_name;  // empty: the URL's host
  bool skip_verification = false;
};

struct ClientOptions {
  std::string origin;  // "https://10.0.0.1:6443"; a path is not allowed
  TlsOptions tls;
  Duration connect_timeout = std::chrono::seconds(5);
  std::size_t max_response_bytes = std::size_t{256} << 20;
  std::size_t max_idle_connections = 128;
};

struct ClientRequest {
  std::string method = "GET";
  std::string target;  // path and query, already percent-encoded
  Headers headers;
  std::string body;
  std::string content_type;
};

struct ClientResponse {
  int status = 0;
  std::string body;  // kBodyPadding readable bytes follow (reserved capacity)
  Headers headers;
};

// Thread-safe. No redirects, no retries except one on a kept connection that the server had closed
// before reading a byte, and that only where nothing can have happened (GET, or the request was not
// sent).
class Client {
 public:
  // Connects to nothing yet. kInvalidArgument: the origin, or what the PEM texts hold (or do not
  // hold).
  static Result<std::unique_ptr<Client>> Create(ClientOptions options);
  virtual ~Client() = default;

  // One exchange within `timeout`, all of it (only a host name's look-up has the resolver's own
  // limits). Any HTTP status is a success here. Errors: kInvalidArgument: a target or header that
  // cannot be sent as it is; kUnavailable: no connection, or surely nothing was processed;
  // kUnknownOutcome: sent, but the answer did not come whole; kResourceExhausted: the answer is
  // larger than max_response_bytes.
  virtual Result<ClientResponse> Send(const ClientRequest& request, Duration timeout) = 0;

  // Streams the body of a GET. `on_status` sees the status first (return false to stop), `on_bytes`
  // each piece as it comes (false to stop). Ends when the server ends the answer (ok), on a stop
  // (ok), after `silence` without a byte (kUnavailable, "silent for 90s"), or when the connection
  // breaks (kUnavailable). A non-200 status is given to on_status with its body (up to 64 KiB) and
  // ends the stream. A requested stop ends it within 200 ms even when nothing arrives.
  virtual Status Stream(
      const ClientRequest& request, Duration silence, std::stop_token stop,
      const std::function<bool(int status, std::string_view error_body)>& on_status,
      const std::function<bool(std::string_view bytes)>& on_bytes) = 0;
};

}  // namespace berth::net
