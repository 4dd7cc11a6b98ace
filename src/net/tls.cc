#include "tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <utility>

#include "tls_pem.h"
#include "tls_socket.h"

namespace berth::net {
namespace {

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
  BERTH_ASSIGN_OR_RETURN(SslContextPtr context, NewSslContext(TLS_client_method()));
  constexpr std::array<unsigned char, 9> kHttp11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_CTX_set_alpn_protos(context.get(), kHttp11.data(), kHttp11.size());
  if (!options.skip_verification) {
    BERTH_RETURN_IF_ERROR(TrustAuthorities(context.get(), options.ca_pem));
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  }
  if (options.client_certificate_pem.empty() != options.client_key_pem.empty()) {
    return InvalidArgument("a client certificate and its key must be given together");
  }
  if (!options.client_certificate_pem.empty()) {
    BERTH_RETURN_IF_ERROR(PresentCertificate(
        context.get(), "client", options.client_certificate_pem, options.client_key_pem));
  }
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
  if (const Io io = connected->Connect(until); io != Io::kOk) {
    return Error{ErrorCode::kUnavailable, WhyRefused(ssl, io)};
  }
  return std::unique_ptr<Transport>(std::move(connected));
}

}  // namespace berth::net
