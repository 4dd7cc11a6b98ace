// One connected TCP socket whose every wait has an end. TLS for the server will stand beside it
// with the same four verbs.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "berth/base/clock.h"

namespace berth::net {

class Socket {
 public:
  enum class Io { kOk, kClosed, kTimeout };
  struct ReadResult {
    Io io = Io::kOk;
    std::size_t bytes = 0;
  };

  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket();
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;

  // Waits until there is something to read (the other side's close counts).
  Io WaitReadable(Instant deadline);
  // Reads what is there, at least one byte, at most `into`.
  ReadResult ReadSome(std::span<char> into, Instant deadline);
  // Sends both parts, in one packet train where the system takes them.
  Io WriteAll(std::string_view first, std::string_view second, Instant deadline);
  // Tells the other side that nothing more comes and swallows what it still sends, for a while:
  // closing at once would answer its bytes with a reset, which can destroy the answer before it is
  // read.
  void Linger(Duration limit);

  bool valid() const { return fd_ >= 0; }
  int fd() const { return fd_; }

 private:
  Io Wait(short events, Instant deadline);

  int fd_ = -1;
};

// "127.0.0.1:53298" or "[::1]:53298"; empty when it cannot be told.
std::string PeerName(int fd);

}  // namespace berth::net
