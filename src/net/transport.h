// A connection's two directions, plain or encrypted, every wait with an end.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "berth/base/clock.h"

namespace berth::net {

enum class Io {
  kOk,
  kClosed,   // by the other side, or broken
  kTimeout,  // the deadline passed
  kStopped,  // woken
};

// When a wait gives up.
struct Until {
  Instant deadline;
  int wake_fd = -1;  // readable: stop waiting. -1: nobody will
};

// Not thread-safe; one thread at a time.
class Transport {
 public:
  struct ReadResult {
    Io io = Io::kOk;
    std::size_t bytes = 0;
  };

  virtual ~Transport() = default;

  // Reads what is there, at least one byte, at most `into`.
  virtual ReadResult ReadSome(std::span<char> into, const Until& until) = 0;
  // Sends both parts, in one piece where the system takes them.
  virtual Io WriteAll(std::string_view first, std::string_view second, const Until& until) = 0;
  // Nothing unread, not closed: what a kept connection must be before it carries another request.
  virtual bool Quiet() = 0;
  // Waits until a read would find bytes or the end.
  virtual Io AwaitInput(const Until& until) = 0;
};

}  // namespace berth::net
