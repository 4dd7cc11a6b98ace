// The server's side of TLS: who it is and which clients it takes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "berth/base/result.h"
#include "berth/net/server.h"
#include "socket.h"
#include "tls_socket.h"
#include "transport.h"

namespace berth::net {

// Read once, shared by the connections that begin while it is in use. Thread-safe once made.
class ServerTlsContext {
 public:
  // kInvalidArgument: as ServerTls says.
  static Result<std::shared_ptr<const ServerTlsContext>> Create(const ServerTls& tls);

  struct Accepted {
    std::unique_ptr<Transport> transport;
    std::string client_name;  // that made it allowed, else its common name; empty: none was asked
  };
  // The handshake. `socket` stays the caller's and outlives the transport. kUnavailable: timed out
  // or cut; kInvalidArgument: the client is not what is asked, or speaks no TLS.
  Result<Accepted> Accept(Socket& socket, const Until& until) const;

  // When its own certificate ends.
  WallTime not_after() const { return not_after_; }
  WallTime not_before() const { return not_before_; }

 private:
  struct Attempt;

  ServerTlsContext() = default;
  static int VerifyClient(X509_STORE_CTX* store, void* self);

  SslContextPtr context_;
  std::vector<std::string> client_names_;
  WallTime not_before_;
  WallTime not_after_;
};

// The context that new connections take. Thread-safe.
class ServerTlsBox {
 public:
  using Ptr = std::shared_ptr<const ServerTlsContext>;

  Ptr Load() const BERTH_EXCLUDES(mu_) {
    const MutexLock lock(mu_);
    return current_;
  }
  void Set(Ptr next) BERTH_EXCLUDES(mu_) {
    const MutexLock lock(mu_);
    current_.swap(next);
  }

 private:
  mutable Mutex mu_;
  Ptr current_ BERTH_GUARDED_BY(mu_);  // nullptr: plain
};

}  // namespace berth::net
