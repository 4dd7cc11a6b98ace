#include "socket.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <limits>
#include <utility>

namespace berth::net {
namespace {

Instant Now() { return std::chrono::steady_clock::now(); }

// Rounded up, so that a wait never ends just before its deadline and spins.
int PollMilliseconds(Duration left) {
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(
      std::clamp<std::int64_t>(milliseconds, 0, std::numeric_limits<int>::max()));
}

}  // namespace

Socket::~Socket() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

Socket::Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Socket::Io Socket::Wait(short events, Instant deadline) {
  while (true) {
    const Duration left = deadline - Now();
    if (left <= Duration::zero()) {
      return Io::kTimeout;
    }
    pollfd waited{.fd = fd_, .events = events, .revents = 0};
    const int ready = ::poll(&waited, 1, PollMilliseconds(left));
    if (ready > 0) {
      return Io::kOk;  // errors and hang-ups show in the read or write that follows
    }
    if (ready < 0 && errno != EINTR) {
      return Io::kClosed;
    }
  }
}

Socket::Io Socket::WaitReadable(Instant deadline) { return Wait(POLLIN, deadline); }

Socket::ReadResult Socket::ReadSome(std::span<char> into, Instant deadline) {
  while (true) {
    const ssize_t received = ::recv(fd_, into.data(), into.size(), MSG_DONTWAIT);
    if (received > 0) {
      return {Io::kOk, static_cast<std::size_t>(received)};
    }
    if (received == 0) {
      return {Io::kClosed, 0};
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (const Io io = Wait(POLLIN, deadline); io != Io::kOk) {
        return {io, 0};
      }
    } else if (errno != EINTR) {
      return {Io::kClosed, 0};
    }
  }
}

Socket::Io Socket::WriteAll(std::string_view first, std::string_view second, Instant deadline) {
  // iovec is not const-correct; sendmsg only reads.
  std::array<iovec, 2> parts = {iovec{const_cast<char*>(first.data()), first.size()},
                                iovec{const_cast<char*>(second.data()), second.size()}};
  std::size_t left = first.size() + second.size();
  while (left > 0) {
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t sent = ::sendmsg(fd_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        if (const Io io = Wait(POLLOUT, deadline); io != Io::kOk) {
          return io;
        }
      } else if (errno != EINTR) {
        return Io::kClosed;
      }
      continue;
    }
    auto progress = static_cast<std::size_t>(sent);
    left -= progress;
    for (iovec& part : parts) {
      const std::size_t taken = std::min(progress, part.iov_len);
      part.iov_base = static_cast<char*>(part.iov_base) + taken;
      part.iov_len -= taken;
      progress -= taken;
    }
  }
  return Io::kOk;
}

void Socket::Linger(Duration limit) {
  ::shutdown(fd_, SHUT_WR);
  const Instant deadline = Now() + limit;
  std::array<char, 16384> discarded;
  while (Now() < deadline && ReadSome(discarded, deadline).io == Io::kOk) {
  }
}

std::string PeerName(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0 ||
      ::getnameinfo(reinterpret_cast<sockaddr*>(&address), length, host.data(), host.size(),
                    port.data(), port.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return {};
  }
  const std::string name = host.data();
  return (name.find(':') == std::string::npos ? name : "[" + name + "]") + ":" + port.data();
}

}  // namespace berth::net
