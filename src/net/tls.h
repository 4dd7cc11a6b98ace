// TLS over a Socket, by OpenSSL.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "berth/base/result.h"
#include "berth/net/client.h"
#include "socket.h"
#include "transport.h"

namespace berth::net {

struct SslContextFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

// Authorities and certificates, read once and shared by every connection of a client. Thread-safe
// once made.
class TlsContext {
 public:
  // kInvalidArgument: PEM that holds no certificate or key, a certificate without its key or with
  // another's.
  static Result<TlsContext> ForClient(const TlsOptions& options, const std::string& host);

  // The handshake; the server must be who its name says. kUnavailable otherwise.
  Result<std::unique_ptr<Transport>> Connect(Socket socket, const Until& until) const;

 private:
  using ContextPtr = std::unique_ptr<SSL_CTX, SslContextFree>;

  TlsContext(ContextPtr context, std::string server_name, bool verify)
      : context_(std::move(context)), server_name_(std::move(server_name)), verify_(verify) {}

  ContextPtr context_;
  std::string server_name_;
  bool verify_;
};

}  // namespace berth::net
