// One encrypted connection over a Socket, by OpenSSL; the client's and the server's side.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "berth/base/result.h"
#include "socket.h"
#include "transport.h"

namespace berth::net {

struct SslContextFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslContextPtr = std::unique_ptr<SSL_CTX, SslContextFree>;

// What OpenSSL's queue of errors holds for this thread; empties it.
std::string TakeSslError();

// TLS 1.2 or later, with what both sides want of a connection. `method`: TLS_client_method() or
// TLS_server_method().
Result<SslContextPtr> NewSslContext(const SSL_METHOD* method);

class TlsSocket final : public Transport {
 public:
  TlsSocket(Socket&& socket, SSL* ssl);
  // `socket` stays the caller's and outlives the object.
  TlsSocket(Socket& socket, SSL* ssl);
  ~TlsSocket() override;
  TlsSocket(const TlsSocket&) = delete;
  TlsSocket& operator=(const TlsSocket&) = delete;

  Io Connect(const Until& until);
  Io Accept(const Until& until);

  ReadResult ReadSome(std::span<char> into, const Until& until) override;
  Io WriteAll(std::string_view first, std::string_view second, const Until& until) override;
  bool Quiet() override;
  Io AwaitInput(const Until& until) override;

  SSL* ssl() const { return ssl_.get(); }

 private:
  void Attach();

  // Repeats an OpenSSL call until it has worked, waiting for what it waits for.
  template <typename Call>
  Io Repeat(Call call, const Until& until);

  Socket own_;
  Socket& socket_;
  std::unique_ptr<SSL, SslFree> ssl_;
  bool healthy_ = true;
};

}  // namespace berth::net
