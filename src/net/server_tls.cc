#include "server_tls.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <utility>

#include "tls_pem.h"

namespace berth::net {
namespace {

// Of TLS 1.2; those of 1.3 are all sound.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

constexpr std::string_view kHttp11 = "http/1.1";

// HTTP/1.1 wherever it is offered; a client that offers only others could not talk to us.
int ChooseProtocol(SSL*, const unsigned char** chosen, unsigned char* length,
                   const unsigned char* offered, unsigned int size, void*) {
  std::string_view left(reinterpret_cast<const char*>(offered), size);
  while (!left.empty()) {
    const auto bytes = static_cast<std::size_t>(static_cast<unsigned char>(left.front()));
    const std::string_view name = left.substr(1, bytes);
    if (name == kHttp11) {
      *chosen = reinterpret_cast<const unsigned char*>(name.data());
      *length = static_cast<unsigned char>(name.size());
      return SSL_TLSEXT_ERR_OK;
    }
    left.remove_prefix(std::min(bytes + 1, left.size()));
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// A name with a NUL inside is one that somebody wants to be read short.
void AddName(std::string_view name, std::vector<std::string>& names) {
  if (!name.empty() && name.find('\0') == std::string_view::npos) {
    names.emplace_back(name);
  }
}

// Its common names, then the DNS names among its alternative names.
std::vector<std::string> NamesOf(X509* certificate) {
  std::vector<std::string> names;
  const X509_NAME* subject = X509_get_subject_name(certificate);
  for (int i = -1; (i = X509_NAME_get_index_by_NID(subject, NID_commonName, i)) >= 0;) {
    unsigned char* text = nullptr;
    const int size =
        ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i)));
    if (size >= 0) {
      AddName({reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)}, names);
      OPENSSL_free(text);
    }
  }
  const std::unique_ptr<GENERAL_NAMES, decltype(&::GENERAL_NAMES_free)> alternatives(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      &::GENERAL_NAMES_free);
  for (int i = 0; alternatives && i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (name->type == GEN_DNS) {
      AddName({reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
               static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))},
              names);
    }
  }
  return names;
}

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

WallTime TimeOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) {
    return {};
  }
  return WallTime(std::chrono::seconds(::timegm(&parts)));
}

}  // namespace

// What one handshake learns of the client.
struct ServerTlsContext::Attempt {
  std::string client_name;
  std::string refused;  // its names, none of which is allowed
};

// In place of OpenSSL's own check, so that a client with a wrong name gets an alert, not a
// connection.
int ServerTlsContext::VerifyClient(X509_STORE_CTX* store, void* self) {
  if (X509_verify_cert(store) != 1) {
    return 0;
  }
  const auto& context = *static_cast<const ServerTlsContext*>(self);
  const auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto& attempt = *static_cast<Attempt*>(SSL_get_app_data(ssl));
  std::vector<std::string> names = NamesOf(X509_STORE_CTX_get0_cert(store));
  if (context.client_names_.empty()) {
    attempt.client_name = names.empty() ? std::string() : std::move(names.front());
    return 1;
  }
  for (std::string& name : names) {
    if (std::ranges::find(context.client_names_, name) != context.client_names_.end()) {
      attempt.client_name = std::move(name);
      return 1;
    }
  }
  attempt.refused = names.empty() ? "no name" : Joined(names);
  X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

Result<std::shared_ptr<const ServerTlsContext>> ServerTlsContext::Create(const ServerTls& tls) {
  const std::shared_ptr<ServerTlsContext> made(new ServerTlsContext);
  BERTH_ASSIGN_OR_RETURN(made->context_, NewSslContext(TLS_server_method()));
  SSL_CTX* const context = made->context_.get();
  if (SSL_CTX_set_cipher_list(context, kCiphers) != 1) {
    return Error{ErrorCode::kInternal, TakeSslError()};
  }
  // No resumption: every connection is checked against the names and authorities of its day.
  SSL_CTX_set_options(context,
                      SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_alpn_select_cb(context, &ChooseProtocol, nullptr);
  BERTH_RETURN_IF_ERROR(PresentCertificate(context, "server", tls.certificate_pem, tls.key_pem));
  if (!tls.client_ca_pem.empty()) {
    BERTH_RETURN_IF_ERROR(TrustAuthorities(context, tls.client_ca_pem));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_cert_verify_callback(context, &VerifyClient, made.get());
  } else if (!tls.client_names.empty()) {
    return InvalidArgument("client names without an authority to vouch for them");
  }
  made->client_names_ = tls.client_names;
  const X509* own = SSL_CTX_get0_certificate(context);
  made->not_before_ = TimeOf(X509_get0_notBefore(own));
  made->not_after_ = TimeOf(X509_get0_notAfter(own));
  return std::shared_ptr<const ServerTlsContext>(made);
}

Result<ServerTlsContext::Accepted> ServerTlsContext::Accept(Socket& socket,
                                                            const Until& until) const {
  ERR_clear_error();
  SSL* ssl = SSL_new(context_.get());
  if (ssl == nullptr) {
    return Error{ErrorCode::kUnavailable, TakeSslError()};
  }
  Attempt attempt;
  SSL_set_app_data(ssl, &attempt);
  auto accepted = std::make_unique<TlsSocket>(socket, ssl);
  const Io io = accepted->Accept(until);
  SSL_set_app_data(ssl, nullptr);
  if (io == Io::kOk) {
    return Accepted{.transport = std::move(accepted),
                    .client_name = std::move(attempt.client_name)};
  }
  if (io == Io::kTimeout) {
    return Error{ErrorCode::kUnavailable, "TLS handshake timed out"};
  }
  if (!attempt.refused.empty()) {
    return InvalidArgument("client certificate names " + attempt.refused +
                           ", none of which is allowed");
  }
  if (const long verdict = SSL_get_verify_result(ssl); verdict != X509_V_OK) {
    return InvalidArgument(std::string("client certificate: ") +
                           X509_verify_cert_error_string(verdict));
  }
  if (ERR_peek_error() == 0) {
    return Error{ErrorCode::kUnavailable, "connection closed in the TLS handshake"};
  }
  return InvalidArgument("TLS handshake: " + TakeSslError());
}

Result<CertificateValidity> CheckServerTls(const ServerTls& tls) {
  BERTH_ASSIGN_OR_RETURN(const auto context, ServerTlsContext::Create(tls));
  return CertificateValidity{.not_before = context->not_before(),
                             .not_after = context->not_after()};
}

}  // namespace berth::net
