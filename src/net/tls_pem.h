// Certificates and keys from PEM texts into an SSL_CTX.
#pragma once

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string>
#include <string_view>

#include "berth/base/result.h"

namespace berth::net {

// The context's other side must be signed by one of these; empty: by one of the system's.
// kInvalidArgument: no certificate in the text, or one that cannot be read.
Status TrustAuthorities(SSL_CTX* context, const std::string& ca_pem);

// What the context shows of itself: its certificate first, then the chain, and the key. `whose`
// begins the errors: "client", "server". kInvalidArgument: none in the texts, or they are no pair.
Status PresentCertificate(SSL_CTX* context, std::string_view whose,
                          const std::string& certificate_pem, const std::string& key_pem);

}  // namespace berth::net
