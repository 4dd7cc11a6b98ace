// The client's side of TLS: whom it trusts and who it is.
#pragma once

#include <memory>
#include <string>

#include "berth/base/result.h"
#include "berth/net/client.h"
#include "socket.h"
#include "tls_socket.h"
#include "transport.h"

namespace berth::net {

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
  TlsContext(SslContextPtr context, std::string server_name, bool verify)
      : context_(std::move(context)), server_name_(std::move(server_name)), verify_(verify) {}

  SslContextPtr context_;
  std::string server_name_;
  bool verify_;
};

}  // namespace berth::net
