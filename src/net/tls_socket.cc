#include "tls_socket.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace berth::net {
namespace {

constexpr std::size_t kReadAheadBytes = std::size_t{64} << 10;  // several records in one recv

// A BIO on our socket: OpenSSL's own would raise SIGPIPE and leave blocking to the descriptor.

int FdOf(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

int FinishTransfer(BIO* bio, ssize_t bytes, std::size_t* done, void (*set_retry)(BIO*)) {
  BIO_clear_retry_flags(bio);
  if (bytes > 0) {
    *done = static_cast<std::size_t>(bytes);
    return 1;
  }
  *done = 0;
  if (bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
    set_retry(bio);
  }
  return 0;
}

int BioRead(BIO* bio, char* into, std::size_t size, std::size_t* done) {
  return FinishTransfer(bio, ::recv(FdOf(bio), into, size, MSG_DONTWAIT), done,
                        [](BIO* retried) { BIO_set_retry_read(retried); });
}

int BioWrite(BIO* bio, const char* from, std::size_t size, std::size_t* done) {
  return FinishTransfer(bio, ::send(FdOf(bio), from, size, MSG_DONTWAIT | MSG_NOSIGNAL), done,
                        [](BIO* retried) { BIO_set_retry_write(retried); });
}

long BioControl(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

struct BioMethodFree {
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};

const BIO_METHOD* SocketBio() {
  static const std::unique_ptr<BIO_METHOD, BioMethodFree> method = [] {
    std::unique_ptr<BIO_METHOD, BioMethodFree> made(
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "berth socket"));
    BIO_meth_set_read_ex(made.get(), &BioRead);
    BIO_meth_set_write_ex(made.get(), &BioWrite);
    BIO_meth_set_ctrl(made.get(), &BioControl);
    return made;
  }();
  return method.get();
}

}  // namespace

// What OpenSSL's queue of errors holds for this thread; empties it.
std::string TakeSslError() {
  std::string text = "unknown TLS error";
  while (const unsigned long code = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(code);
    text = reason != nullptr ? reason : "TLS error " + std::to_string(code);
  }
  return text;
}

Result<SslContextPtr> NewSslContext(const SSL_METHOD* method) {
  SslContextPtr context(SSL_CTX_new(method));
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1) {
    return Error{ErrorCode::kInternal, TakeSslError()};
  }
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context.get(), 1);
  SSL_CTX_set_default_read_buffer_len(context.get(), kReadAheadBytes);
  return context;
}

TlsSocket::TlsSocket(Socket&& socket, SSL* ssl)
    : own_(std::move(socket)), socket_(own_), ssl_(ssl) {
  Attach();
}

TlsSocket::TlsSocket(Socket& socket, SSL* ssl) : socket_(socket), ssl_(ssl) { Attach(); }

TlsSocket::~TlsSocket() {
  if (healthy_ && SSL_is_init_finished(ssl_.get()) == 1) {
    SSL_shutdown(ssl_.get());  // says goodbye, waits for no answer
  }
  ERR_clear_error();
}

void TlsSocket::Attach() {
  BIO* bio = BIO_new(SocketBio());
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a BIO has room for a pointer only
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket_.fd())));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);  // owns it now
}

template <typename Call>
Io TlsSocket::Repeat(Call call, const Until& until) {
  while (true) {
    ERR_clear_error();
    const int result = call();
    if (result > 0) {
      return Io::kOk;
    }
    const int error = SSL_get_error(ssl_.get(), result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      healthy_ = false;  // after these no call is allowed any more, SSL_shutdown neither
      return Io::kClosed;
    }
    if (const Io io = socket_.Wait(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, until);
        io != Io::kOk) {
      return io;
    }
  }
}

Io TlsSocket::Connect(const Until& until) {
  return Repeat([this] { return SSL_connect(ssl_.get()); }, until);
}

Io TlsSocket::Accept(const Until& until) {
  return Repeat([this] { return SSL_accept(ssl_.get()); }, until);
}

Transport::ReadResult TlsSocket::ReadSome(std::span<char> into, const Until& until) {
  std::size_t bytes = 0;
  const Io io =
      Repeat([&] { return SSL_read_ex(ssl_.get(), into.data(), into.size(), &bytes); }, until);
  return {io, io == Io::kOk ? bytes : 0};
}

Io TlsSocket::WriteAll(std::string_view first, std::string_view second, const Until& until) {
  for (std::string_view part : {first, second}) {
    while (!part.empty()) {
      std::size_t bytes = 0;
      const Io io =
          Repeat([&] { return SSL_write_ex(ssl_.get(), part.data(), part.size(), &bytes); }, until);
      if (io != Io::kOk) {
        return io;
      }
      part.remove_prefix(bytes);
    }
  }
  return Io::kOk;
}

// Session tickets may lie unread in the socket, so TLS is asked, not the socket.
bool TlsSocket::Quiet() {
  char byte = 0;
  ERR_clear_error();
  const int result = SSL_peek(ssl_.get(), &byte, 1);
  const bool quiet = result <= 0 && SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ;
  healthy_ = healthy_ && (quiet || result > 0);
  return quiet;
}

Io TlsSocket::AwaitInput(const Until& until) {
  while (Quiet()) {
    if (const Io io = socket_.Wait(POLLIN, until); io != Io::kOk) {
      return io;
    }
  }
  return Io::kOk;
}

}  // namespace berth::net
