#include "tls_pem.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstddef>
#include <memory>

#include "tls_socket.h"

namespace berth::net {
namespace {

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

}  // namespace

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
    // Makes OpenSSL read its extensions now, once, and not in the first handshakes side by side.
    (void)X509_check_purpose(certificate.get(), -1, 0);
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

Status PresentCertificate(SSL_CTX* context, std::string_view whose,
                          const std::string& certificate_pem, const std::string& key_pem) {
  const std::string who(whose);
  const BioPtr certificates = MemoryBio(certificate_pem);
  const CertificatePtr own = NextCertificate(certificates.get());
  if (!own || SSL_CTX_use_certificate(context, own.get()) != 1) {
    return InvalidArgument(who + " certificate: " + TakeSslError());
  }
  while (const CertificatePtr link = NextCertificate(certificates.get())) {
    if (SSL_CTX_add1_chain_cert(context, link.get()) != 1) {
      return InvalidArgument(who + " certificate chain: " + TakeSslError());
    }
  }
  ERR_clear_error();
  const BioPtr key_text = MemoryBio(key_pem);
  const KeyPtr key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, &NoPassword, nullptr),
                   &::EVP_PKEY_free);
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return InvalidArgument(who + " key: " + TakeSslError());
  }
  return {};
}

}  // namespace berth::net
