// Who Berth is to the API server, and the token that proves it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "berth/base/result.h"
#include "berth/net/client.h"

namespace berth::apiclient {

struct Credentials {
  std::string origin;  // "https://10.0.0.1:6443"
  net::TlsOptions tls;
  std::string token;       // bearer token; not looked at when token_file is set
  std::string token_file;  // re-read, because the kubelet rotates it
};

// Where the kubelet mounts a service account.
inline constexpr std::string_view kServiceAccountDirectory =
    "/var/run/secrets/kubernetes.io/serviceaccount";

using Environment = std::function<std::optional<std::string>(const std::string& name)>;
std::optional<std::string> ProcessEnvironment(const std::string& name);

// The service account that the kubelet mounted at `directory`, and the API server that
// KUBERNETES_SERVICE_HOST and _PORT name. kNotFound: not in a cluster, with what is missing.
Result<Credentials> InCluster(const std::string& directory, const Environment& environment);

// The namespace that Berth's pod runs in, as the kubelet mounted it at `directory`; empty: none.
std::string OwnNamespace(const std::string& directory);

// The bearer token of the moment: fixed, or read from a file that is looked at again every
// kRereadInterval. A file that has become unreadable or empty leaves the last good token in use.
// Thread-safe.
class TokenSource {
 public:
  static constexpr Duration kRereadInterval = std::chrono::seconds(10);

  // An Error when the file cannot be read now: a wrong path is found at the start, not by 401s.
  static Result<std::unique_ptr<TokenSource>> Create(const Credentials& credentials,
                                                     const Clock& clock);

  std::string Token() BERTH_EXCLUDES(mutex_);  // empty: none, the client certificate speaks

  // After a 401: reads the file at once. True when the token is another one than `refused`.
  bool Refresh(std::string_view refused) BERTH_EXCLUDES(mutex_);

 private:
  TokenSource(std::string token, std::string file, const Clock& clock);
  void Reread() BERTH_EXCLUDES(mutex_);

  const std::string file_;
  const Clock& clock_;
  Mutex mutex_;
  std::string token_ BERTH_GUARDED_BY(mutex_);
  Instant next_read_ BERTH_GUARDED_BY(mutex_);
};

}  // namespace berth::apiclient
