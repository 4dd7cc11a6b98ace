// Ends waits of another thread: its descriptor becomes readable and stays so.
#pragma once

#include <sys/eventfd.h>

#include "socket.h"

namespace berth::net {

class WakeEvent {
 public:
  WakeEvent() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  bool valid() const { return event_.valid(); }
  int fd() const { return event_.fd(); }
  // Thread-safe.
  void Signal() const { (void)::eventfd_write(event_.fd(), 1); }

 private:
  Socket event_;
};

}  // namespace berth::net
