// One TCP socket.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "berth/base/result.h"
#include "transport.h"

namespace berth::net {

class Socket final : public Transport {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() override;
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;

  // kUnavailable: no such host, refused, unreachable or not within `until`. A host name's look-up
  // takes as long as the resolver's own limits allow.
  static Result<Socket> Connect(const std::string& host, const std::string& port,
                                const Until& until);

  ReadResult ReadSome(std::span<char> into, const Until& until) override;
  Io WriteAll(std::string_view first, std::string_view second, const Until& until) override;
  bool Quiet() override;
  Io AwaitInput(const Until& until) override;

  // Waits for `events` of poll(2); errors and hang-ups count, and show in the read or write that
  // follows.
  Io Wait(short events, const Until& until);
  // Tells the other side that nothing more comes and swallows what it still sends, for a while:
  // closing at once would answer its bytes with a reset, which can destroy the answer before it is
  // read.
  void Linger(Duration limit);

  bool valid() const { return fd_ >= 0; }
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

// "127.0.0.1:53298" or "[::1]:53298"; empty when it cannot be told.
std::string PeerName(int fd);

}  // namespace berth::net
