#include "tls.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <string_view>
#include <utility>

namespace berth::net {
namespace {

constexpr std::size_t kReadAheadBytes = std::size_t{64} << 10;  // several records in one recv

// What OpenSSL's queue of errors holds for this thread; empties it.
std::string TakeSslError() {
  std::string text = "unknown TLS error";
  while (const unsigned long code = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(code);
    text = reason != nullptr ? reason : "TLS error " + std::to_string(code);
  }
  return text;
}

// --- a BIO on our socket: OpenSSL's own would raise SIGPIPE and leave blocking to the descriptor
// ---

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

class TlsSocket final : public Transport {
 public:
  TlsSocket(Socket socket, SSL* ssl) : socket_(std::move(socket)), ssl_(ssl) {
    BIO* bio = BIO_new(SocketBio());
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket_.fd())));
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);  // owns it now
  }
  ~TlsSocket() override {
    if (healthy_ && SSL_is_init_finished(ssl_.get()) == 1) {
      SSL_shutdown(ssl_.get());  // says goodbye, waits for no answer
    }
    ERR_clear_error();
  }

  Io Handshake(const Until& until) {
    return Repeat([this] { return SSL_connect(ssl_.get()); }, until);
  }

  ReadResult ReadSome(std::span<char> into, const Until& until) override {
    std::size_t bytes = 0;
    const Io io =
        Repeat([&] { return SSL_read_ex(ssl_.get(), into.data(), into.size(), &bytes); }, until);
    return {io, io == Io::kOk ? bytes : 0};
  }

  Io WriteAll(std::string_view first, std::string_view second, const Until& until) override {
    for (std::string_view part : {first, second}) {
      while (!part.empty()) {
        std::size_t bytes = 0;
        const Io io = Repeat(
            [&] { return SSL_write_ex(ssl_.get(), part.data(), part.size(), &bytes); }, until);
        if (io != Io::kOk) {
          return io;
        }
        part.remove_prefix(bytes);
      }
    }
    return Io::kOk;
  }

  // Session tickets may lie unread in the socket, so TLS is asked, not the socket.
  bool Quiet() override {
    char byte = 0;
    ERR_clear_error();
    const int result = SSL_peek(ssl_.get(), &byte, 1);
    const bool quiet = result <= 0 && SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ;
    healthy_ = healthy_ && (quiet || result > 0);
    return quiet;
  }

  SSL* ssl() const { return ssl_.get(); }

 private:
  // Repeats an OpenSSL call until it has worked, waiting for what it waits for.
  template <typename Call>
  Io Repeat(Call call, const Until& until) {
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

  Socket socket_;
  std::unique_ptr<SSL, SslFree> ssl_;
  bool healthy_ = true;
};

// --- what a client trusts and who it is ---

using BioPtr = std::unique_ptr<BIO, decltype(&::BIO_free_all)>;
using CertificatePtr = std::unique_ptr<X509, decltype(&::X509_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)>;

BioPtr MemoryBio(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &::BIO_free_all};
}

int NoPassword(char*, int, int, void*) { return 0; }  // rather than ask on the terminal

CertificatePtr NextCertificate(BIO* pem) {
  return {PEM_read_bio_X509(pem, nullptr, &NoPassword, nullptr), &::X509_free};
}

Status TrustAuthorities(SSL_CTX* context, const std::string& ca_pem) {
  if (ca_pem.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1) {
      return Error{ErrorCode::kUnavailable,
                   "the system's certificate authorities: " + TakeSslError()};
    }
    return {};
  }
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  // A cluster's CA file may hold an intermediate or the server's own certificate: being in the file
  // is enough.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  const BioPtr pem = MemoryBio(ca_pem);
  std::size_t count = 0;
  while (const CertificatePtr certificate = NextCertificate(pem.get())) {
    if (X509_STORE_add_cert(store, certificate.get()) != 1) {
      return InvalidArgument("CA certificate " + std::to_string(count + 1) + ": " + TakeSslError());
    }
    ++count;
  }
  ERR_clear_error();  // "no start line" at the end of the text
  if (count == 0) {
    return InvalidArgument("the CA file holds no PEM certificate");
  }
  return {};
}

Status PresentCertificate(SSL_CTX* context, const TlsOptions& options) {
  if (options.client_certificate_pem.empty() != options.client_key_pem.empty()) {
    return InvalidArgument("a client certificate and its key must be given together");
  }
  if (options.client_certificate_pem.empty()) {
    return {};
  }
  const BioPtr certificates = MemoryBio(options.client_certificate_pem);
  const CertificatePtr own = NextCertificate(certificates.get());
  if (!own || SSL_CTX_use_certificate(context, own.get()) != 1) {
    return InvalidArgument("client certificate: " + TakeSslError());
  }
  while (const CertificatePtr link = NextCertificate(certificates.get())) {
    if (SSL_CTX_add1_chain_cert(context, link.get()) != 1) {
      return InvalidArgument("client certificate chain: " + TakeSslError());
    }
  }
  ERR_clear_error();
  const BioPtr key_text = MemoryBio(options.client_key_pem);
  const KeyPtr key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, &NoPassword, nullptr),
                   &::EVP_PKEY_free);
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return InvalidArgument("client key: " + TakeSslError());
  }
  return {};
}

bool IsAddress(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> parsed{};
  return ::inet_pton(AF_INET, host.c_str(), parsed.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), parsed.data()) == 1;
}

bool ExpectName(SSL* ssl, const std::string& name) {
  X509_VERIFY_PARAM* expected = SSL_get0_param(ssl);
  if (IsAddress(name)) {
    return X509_VERIFY_PARAM_set1_ip_asc(expected, name.c_str()) == 1;
  }
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_host(expected, name.c_str(), name.size()) == 1 &&
         SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
}

std::string WhyRefused(SSL* ssl, Io io) {
  if (io == Io::kTimeout) {
    return "TLS handshake timed out";
  }
  if (io == Io::kStopped) {
    return "stopped";
  }
  const long verdict = SSL_get_verify_result(ssl);
  if (verdict != X509_V_OK) {
    return std::string("server certificate: ") + X509_verify_cert_error_string(verdict);
  }
  return ERR_peek_error() == 0 ? "connection closed in the TLS handshake"
                               : "TLS handshake: " + TakeSslError();
}

}  // namespace

Result<TlsContext> TlsContext::ForClient(const TlsOptions& options, const std::string& host) {
  ContextPtr context(SSL_CTX_new(TLS_client_method()));
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1) {
    return Error{ErrorCode::kInternal, TakeSslError()};
  }
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context.get(), 1);
  SSL_CTX_set_default_read_buffer_len(context.get(), kReadAheadBytes);
  constexpr std::array<unsigned char, 9> kHttp11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_CTX_set_alpn_protos(context.get(), kHttp11.data(), kHttp11.size());
  if (!options.skip_verification) {
    BERTH_RETURN_IF_ERROR(TrustAuthorities(context.get(), options.ca_pem));
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  }
  BERTH_RETURN_IF_ERROR(PresentCertificate(context.get(), options));
  return TlsContext(std::move(context), options.server_name.empty() ? host : options.server_name,
                    !options.skip_verification);
}

Result<std::unique_ptr<Transport>> TlsContext::Connect(Socket socket, const Until& until) const {
  ERR_clear_error();
  SSL* ssl = SSL_new(context_.get());
  if (ssl == nullptr) {
    return Error{ErrorCode::kInternal, TakeSslError()};
  }
  auto connected = std::make_unique<TlsSocket>(std::move(socket), ssl);
  if (verify_
          ? !ExpectName(ssl, server_name_)
          : !IsAddress(server_name_) && SSL_set_tlsext_host_name(ssl, server_name_.c_str()) != 1) {
    return InvalidArgument("server name '" + server_name_ + "': " + TakeSslError());
  }
  if (const Io io = connected->Handshake(until); io != Io::kOk) {
    return Error{ErrorCode::kUnavailable, WhyRefused(ssl, io)};
  }
  return std::unique_ptr<Transport>(std::move(connected));
}

}  // namespace berth::net
