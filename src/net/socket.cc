#include "socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <limits>
#include <memory>
#include <system_error>
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

Result<Socket> Socket::Connect(const std::string& host, const std::string& port,
                               const Until& until) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
    return Error{ErrorCode::kUnavailable, ::gai_strerror(error)};
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
  int error = EADDRNOTAVAIL;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    Socket socket(::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.valid()) {
      error = errno;
      continue;
    }
    error = ::connect(socket.fd(), each->ai_addr, each->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
      if (const Io io = socket.Wait(POLLOUT, until); io != Io::kOk) {
        return Error{ErrorCode::kUnavailable,
                     io == Io::kStopped ? "stopped" : "connecting timed out"};
      }
      socklen_t length = sizeof(error);
      ::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &length);
    }
    if (error == 0) {
      const int on = 1;
      ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      return socket;
    }
  }
  return Error{ErrorCode::kUnavailable, std::generic_category().message(error)};
}

Io Socket::Wait(short events, const Until& until) {
  while (true) {
    const Duration left = until.deadline - Now();
    if (left <= Duration::zero()) {
      return Io::kTimeout;
    }
    std::array<pollfd, 2> waited = {pollfd{.fd = fd_, .events = events, .revents = 0},
                                    pollfd{.fd = until.wake_fd, .events = POLLIN, .revents = 0}};
    const int ready = ::poll(waited.data(), until.wake_fd < 0 ? 1 : 2, PollMilliseconds(left));
    if (ready > 0) {
      return waited[1].revents != 0 ? Io::kStopped : Io::kOk;
    }
    if (ready < 0 && errno != EINTR) {
      return Io::kClosed;
    }
  }
}

Transport::ReadResult Socket::ReadSome(std::span<char> into, const Until& until) {
  while (true) {
    const ssize_t received = ::recv(fd_, into.data(), into.size(), MSG_DONTWAIT);
    if (received > 0) {
      return {Io::kOk, static_cast<std::size_t>(received)};
    }
    if (received == 0) {
      return {Io::kClosed, 0};
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (const Io io = Wait(POLLIN, until); io != Io::kOk) {
        return {io, 0};
      }
    } else if (errno != EINTR) {
      return {Io::kClosed, 0};
    }
  }
}

Io Socket::WriteAll(std::string_view first, std::string_view second, const Until& until) {
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
        if (const Io io = Wait(POLLOUT, until); io != Io::kOk) {
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

bool Socket::Quiet() {
  char byte = 0;
  return ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

Io Socket::AwaitInput(const Until& until) { return Wait(POLLIN, until); }

void Socket::Linger(Duration limit) {
  ::shutdown(fd_, SHUT_WR);
  const Until until{.deadline = Now() + limit};
  std::array<char, 16384> discarded;
  while (Now() < until.deadline && ReadSome(discarded, until).io == Io::kOk) {
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
