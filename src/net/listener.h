// A listening TCP socket that survives what accept(2) may report and can be woken from another
// thread. (cpp-httplib's own accept loop ends for good on ECONNABORTED and spins while the process
// is out of descriptors.)
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "berth/base/result.h"
#include "socket.h"
#include "wake_event.h"

namespace berth::net {

class Listener {
 public:
  // An empty host is every address, IPv6 and IPv4. kUnavailable: it cannot be bound;
  // kInvalidArgument: no such host.
  static Result<Listener> Bind(const std::string& host, std::uint16_t port);

  // The next connection; nothing once Wake was called.
  std::optional<Socket> Accept();
  // Ends this and every later Accept. Thread-safe.
  void Wake() { wake_.Signal(); }
  // No connection is taken any more. Not while another thread is in Accept.
  void Close() { listening_ = Socket(); }

  std::uint16_t port() const { return port_; }

 private:
  Listener(Socket listening, WakeEvent wake, std::uint16_t port)
      : listening_(std::move(listening)), wake_(std::move(wake)), port_(port) {}

  Socket listening_;
  WakeEvent wake_;
  std::uint16_t port_;
};

}  // namespace berth::net
