#include "berth/net/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <utility>

#include "connection_pool.h"
#include "exchange.h"
#include "message_syntax.h"
#include "origin.h"
#include "socket.h"
#include "tls.h"
#include "wake_event.h"

namespace berth::net {
namespace {

using Step = Exchange::Step;

constexpr std::size_t kLargeBody = std::size_t{1} << 20;
constexpr std::size_t kMaxErrorBody = std::size_t{64} << 10;
// Shorter than servers' own limits, so that a request seldom meets a connection being closed.
constexpr Duration kMaxIdle = std::chrono::seconds(55);

Instant Now() { return std::chrono::steady_clock::now(); }

// What could not be sent as it is, or would break out of its line.
Status Validate(const ClientRequest& request) {
  const auto visible = [](char c) { return c > ' ' && c < '\x7f'; };
  if (!IsToken(request.method)) {
    return InvalidArgument("'" + request.method + "' is not an HTTP method");
  }
  if (!request.target.starts_with('/') || !std::ranges::all_of(request.target, visible)) {
    return InvalidArgument("'" + request.target + "' is not a percent-encoded path");
  }
  if (!IsFieldValue(request.content_type)) {
    return InvalidArgument("the content type holds control characters");
  }
  for (const auto& [name, value] : request.headers) {
    if (!IsToken(name) || !IsFieldValue(value)) {
      return InvalidArgument("header '" + name + "' holds characters that headers cannot hold");
    }
  }
  return {};
}

std::string ComposeHead(const ClientRequest& request, const std::string& authority) {
  std::string head =
      request.method + " " + request.target + " HTTP/1.1\r\nHost: " + authority + "\r\n";
  for (const auto& [name, value] : request.headers) {
    head.append(name).append(": ").append(value).append("\r\n");
  }
  if (!request.content_type.empty()) {
    head.append("Content-Type: ").append(request.content_type).append("\r\n");
  }
  const bool expects_length =
      request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (expects_length || !request.body.empty()) {
    head.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  }
  return head.append("\r\n");
}

std::string_view WhyIncomplete(Step step) {
  switch (step) {
    case Step::kTimeout:
      return "timed out";
    case Step::kStopped:
      return "stopped";
    case Step::kMalformed:
      return "the answer is malformed";
    case Step::kTooLarge:
      return "the answer is too large";
    default:
      return "the connection broke";
  }
}

// What the server says about its refusal, as far as it comes.
std::string ReadErrorBody(Exchange& exchange, const Until& until) {
  std::string body;
  for (auto piece = exchange.ReadPiece(until);
       piece.step == Step::kMore && body.size() < kMaxErrorBody;
       piece = exchange.ReadPiece(until)) {
    body.append(piece.bytes.substr(0, kMaxErrorBody - body.size()));
  }
  return body;
}

class PooledClient final : public Client {
 public:
  PooledClient(ClientOptions options, Origin origin, std::optional<TlsContext> tls)
      : options_(std::move(options)),
        origin_(std::move(origin)),
        tls_(std::move(tls)),
        pool_(options_.max_idle_connections, kMaxIdle) {}

  Result<ClientResponse> Send(const ClientRequest& request, Duration timeout) override;
  Status Stream(const ClientRequest& request, Duration silence, std::stop_token stop,
                const std::function<bool(int, std::string_view)>& on_status,
                const std::function<bool(std::string_view)>& on_bytes) override;

 private:
  struct Connection {
    std::unique_ptr<Transport> transport;
    bool reused = false;
  };
  // A kept connection unless `fresh`, else a new one.
  Result<Connection> Obtain(bool fresh, Until until);

  Result<ClientResponse> ReadAnswer(const ClientRequest& request, Exchange& exchange,
                                    const Until& until);
  Error Failed(const ClientRequest& request, ErrorCode code, std::string_view why) const;

  const ClientOptions options_;
  const Origin origin_;
  const std::optional<TlsContext> tls_;
  ConnectionPool pool_;
  std::atomic<std::size_t> page_bytes_{
      0};  // a little more than the last large answer: pages are alike
};

Error PooledClient::Failed(const ClientRequest& request, ErrorCode code,
                           std::string_view why) const {
  const std::string_view path =
      std::string_view(request.target).substr(0, request.target.find('?'));
  return {code, fmt::format("{} {}{}: {}", request.method, options_.origin, path, why)};
}

Result<PooledClient::Connection> PooledClient::Obtain(bool fresh, Until until) {
  if (!fresh) {
    if (auto kept = pool_.Take(Now())) {
      return Connection{std::move(kept), true};
    }
  }
  until.deadline = std::min(until.deadline, Now() + options_.connect_timeout);
  BERTH_ASSIGN_OR_RETURN(Socket socket, Socket::Connect(origin_.host, origin_.port, until));
  if (!tls_) {
    return Connection{std::make_unique<Socket>(std::move(socket)), false};
  }
  BERTH_ASSIGN_OR_RETURN(auto encrypted, tls_->Connect(std::move(socket), until));
  return Connection{std::move(encrypted), false};
}

Result<ClientResponse> PooledClient::Send(const ClientRequest& request, Duration timeout) {
  BERTH_RETURN_IF_ERROR(Validate(request));
  const std::string head = ComposeHead(request, origin_.authority);
  const Until until{.deadline = Now() + timeout};
  for (bool repeated = false;; repeated = true) {
    Result<Connection> connection = Obtain(/*fresh=*/repeated, until);
    if (!connection.ok()) {
      return Failed(request, connection.error().code, connection.error().message);
    }
    Exchange exchange(*connection->transport);
    const Io sent = exchange.SendRequest(head, request.body, until);
    // A server that refuses early closes while we still write; its answer may be there all the
    // same.
    const Step step =
        sent == Io::kTimeout ? Step::kTimeout : exchange.ReadHead(request.method == "HEAD", until);
    if (step == Step::kMore) {
      Result<ClientResponse> response = ReadAnswer(request, exchange, until);
      if (response.ok() && sent == Io::kOk && exchange.reusable()) {
        pool_.Give(std::move(connection->transport), Now());
      }
      return response;
    }
    // Not sent whole, it was not processed. A server may close a kept connection as we start to use
    // it: that it read the request before cannot be told, so only what changes nothing is sent
    // again then.
    const bool harmless = sent != Io::kOk || request.method == "GET";
    if (connection->reused && !repeated && harmless && step == Step::kClosed &&
        !exchange.answered()) {
      continue;
    }
    return Failed(request, sent == Io::kOk ? ErrorCode::kUnknownOutcome : ErrorCode::kUnavailable,
                  WhyIncomplete(step));
  }
}

Result<ClientResponse> PooledClient::ReadAnswer(const ClientRequest& request, Exchange& exchange,
                                                const Until& until) {
  ClientResponse response;
  const Step step =
      exchange.ReadBody(response.body, options_.max_response_bytes, page_bytes_, until);
  if (step == Step::kTooLarge) {
    return Failed(request, ErrorCode::kResourceExhausted,
                  fmt::format("the answer is larger than {} bytes", options_.max_response_bytes));
  }
  if (step != Step::kDone) {
    return Failed(request, ErrorCode::kUnknownOutcome, WhyIncomplete(step));
  }
  if (response.body.size() > kLargeBody) {
    page_bytes_ = response.body.size() + response.body.size() / 8;
  }
  response.status = exchange.head().status;
  response.headers = std::move(exchange.head().headers);
  return response;
}

Status PooledClient::Stream(const ClientRequest& request, Duration silence, std::stop_token stop,
                            const std::function<bool(int, std::string_view)>& on_status,
                            const std::function<bool(std::string_view)>& on_bytes) {
  BERTH_RETURN_IF_ERROR(Validate(request));
  const WakeEvent wake;
  if (!wake.valid()) {
    return Failed(request, ErrorCode::kUnavailable, "out of descriptors");
  }
  const std::stop_callback on_stop(stop, [&wake] { wake.Signal(); });
  const auto until = [&] { return Until{.deadline = Now() + silence, .wake_fd = wake.fd()}; };
  const auto ended = [&](Step step) -> Status {
    if (step == Step::kDone || stop.stop_requested()) {
      return {};
    }
    return Failed(request, ErrorCode::kUnavailable,
                  step == Step::kTimeout ? fmt::format("silent for {:g}s", Seconds(silence))
                                         : WhyIncomplete(step));
  };

  const std::string head = ComposeHead(request, origin_.authority);
  for (bool repeated = false;; repeated = true) {
    Result<Connection> connection = Obtain(/*fresh=*/repeated, until());
    if (!connection.ok()) {
      return stop.stop_requested()
                 ? Status()
                 : Failed(request, connection.error().code, connection.error().message);
    }
    Exchange exchange(*connection->transport);
    const Io sent = exchange.SendRequest(head, request.body, until());
    Step step = sent == Io::kTimeout ? Step::kTimeout : exchange.ReadHead(false, until());
    if (step == Step::kClosed && connection->reused && !repeated && !exchange.answered()) {
      continue;
    }
    if (step != Step::kMore) {
      return ended(step);
    }
    if (const int status = exchange.head().status; status != 200) {
      (void)on_status(status, ReadErrorBody(exchange, until()));
      return {};
    }
    if (!on_status(200, {})) {
      return {};
    }
    while (step == Step::kMore) {
      const Exchange::Piece piece = exchange.ReadPiece(until());
      step = piece.step;
      if (step == Step::kMore && (stop.stop_requested() || !on_bytes(piece.bytes))) {
        return {};
      }
    }
    if (exchange.reusable()) {
      pool_.Give(std::move(connection->transport), Now());
    }
    return ended(step);
  }
}

}  // namespace

Result<std::unique_ptr<Client>> Client::Create(ClientOptions options) {
  BERTH_ASSIGN_OR_RETURN(Origin origin, ParseOrigin(options.origin));
  if (options.origin.ends_with('/')) {
    options.origin.pop_back();
  }
  std::optional<TlsContext> tls;
  if (origin.tls) {
    BERTH_ASSIGN_OR_RETURN(tls, TlsContext::ForClient(options.tls, origin.host));
  }
  return std::unique_ptr<Client>(
      std::make_unique<PooledClient>(std::move(options), std::move(origin), std::move(tls)));
}

}  // namespace berth::net
