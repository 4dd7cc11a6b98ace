// Certificates made for one test, so that no key lies in the tree and none expires.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <memory>
#include <string>

namespace berth::net {

struct Identity {
  std::string certificate_pem;
  std::string key_pem;
};

// A certificate authority and what it signs. `names` is in OpenSSL's form:
// "DNS:a.example,IP:127.0.0.1".
class TestAuthority {
 public:
  TestAuthority() : key_(NewKey()) {
    certificate_ = Make("Berth test authority", key_.get(), "", nullptr);
    pem_ = CertificatePem(certificate_.get());
  }

  const std::string& pem() const { return pem_; }
  // Valid from an hour ago for `seconds` from now.
  Identity Issue(const std::string& common_name, const std::string& names,
                 long seconds = 3600) const {
    const Key key = NewKey();
    const Certificate made = Make(common_name, key.get(), names, certificate_.get(), seconds);
    return {CertificatePem(made.get()), KeyPem(key.get())};
  }

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)>;
  using Certificate = std::unique_ptr<X509, decltype(&::X509_free)>;
  using Bio = std::unique_ptr<BIO, decltype(&::BIO_free_all)>;

  static Key NewKey() { return {EVP_EC_gen("P-256"), &::EVP_PKEY_free}; }

  // Signed by `issuer`, or by itself as an authority.
  Certificate Make(const std::string& common_name, EVP_PKEY* key, const std::string& names,
                   X509* issuer, long seconds = 3600) const {
    static std::atomic<long> serial = 0;
    Certificate made(X509_new(), &::X509_free);
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), seconds);
    X509_set_pubkey(made.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                               0);
    X509* const signer = issuer != nullptr ? issuer : made.get();
    X509_set_issuer_name(made.get(), X509_get_subject_name(signer));
    AddExtension(made.get(), signer, NID_basic_constraints,
                 issuer == nullptr ? "critical,CA:TRUE" : "critical,CA:FALSE");
    AddExtension(made.get(), signer, NID_subject_key_identifier, "hash");
    AddExtension(made.get(), signer, NID_authority_key_identifier, "keyid:always");
    if (!names.empty()) {
      AddExtension(made.get(), signer, NID_subject_alt_name, names);
    }
    X509_sign(made.get(), key_.get(), EVP_sha256());
    return made;
  }

  static void AddExtension(X509* certificate, X509* signer, int id, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, signer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, decltype(&::X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()), &::X509_EXTENSION_free);
    X509_add_ext(certificate, extension.get(), -1);
  }

  static std::string TextOf(BIO* bio) {
    const char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
  }
  static std::string CertificatePem(X509* certificate) {
    const Bio bio(BIO_new(BIO_s_mem()), &::BIO_free_all);
    PEM_write_bio_X509(bio.get(), certificate);
    return TextOf(bio.get());
  }
  static std::string KeyPem(EVP_PKEY* key) {
    const Bio bio(BIO_new(BIO_s_mem()), &::BIO_free_all);
    PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    return TextOf(bio.get());
  }

  Key key_;
  Certificate certificate_{nullptr, &::X509_free};
  std::string pem_;
};

}  // namespace berth::net
