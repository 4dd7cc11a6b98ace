// kubectl's configuration file (kind: Config), current context only.
#pragma once

#include <string>
#include <string_view>

#include "berth/base/result.h"

namespace berth::config {

struct Kubeconfig {
  std::string server;  // "https://10.0.0.1:6443"
  std::string tls_server_name;
  bool insecure_skip_tls_verify = false;
  std::string ca_pem;  // from certificate-authority-data or -authority; empty: the system's
  std::string client_certificate_pem;
  std::string client_key_pem;
  std::string token;
  std::string token_file;  // wins over token; re-read by the caller
};

// Files named in it are read relative to the file's own directory. Exec and auth-provider plugins
// are refused by name: an in-cluster service has a service account.
Result<Kubeconfig> LoadKubeconfig(const std::string& path);

}  // namespace berth::config
