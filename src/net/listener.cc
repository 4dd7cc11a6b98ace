#include "listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

namespace berth::net {
namespace {

constexpr int kBacklog = 4096;  // the system's own limit (net.core.somaxconn) may be lower
constexpr int kExhaustedPauseMs = 50;

void SetOption(int fd, int level, int option, int value) {
  (void)::setsockopt(fd, level, option, &value, sizeof(value));
}

std::string Describe(const std::string& host, std::uint16_t port) {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

// An open, bound and listening socket, or one that is not valid with errno set.
Socket TryListen(const addrinfo& address, bool dual_stack) {
  Socket socket(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) {
    return socket;
  }
  SetOption(socket.fd(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (address.ai_family == AF_INET6) {
    SetOption(socket.fd(), IPPROTO_IPV6, IPV6_V6ONLY, dual_stack ? 0 : 1);
  }
  if (::bind(socket.fd(), address.ai_addr, address.ai_addrlen) != 0 ||
      ::listen(socket.fd(), kBacklog) != 0) {
    const int error = errno;
    socket = Socket();
    errno = error;
  }
  return socket;
}

std::uint16_t BoundPort(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return 0;
  }
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port
                   : reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

bool OutOfResources(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

Result<Listener> Listener::Bind(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string service = std::to_string(port);
  if (const int error =
          ::getaddrinfo(host.empty() ? nullptr : host.c_str(), service.c_str(), &hints, &found);
      error != 0) {
    return InvalidArgument(Describe(host, port) + ": " + ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);

  Socket listening;
  int error = EADDRNOTAVAIL;
  // For every address IPv6 comes first: one socket then takes both families.
  for (const int family :
       host.empty() ? std::array{AF_INET6, AF_INET} : std::array{AF_UNSPEC, AF_UNSPEC}) {
    for (const addrinfo* each = found; each != nullptr && !listening.valid();
         each = each->ai_next) {
      if (family == AF_UNSPEC || each->ai_family == family) {
        listening = TryListen(*each, host.empty());
        error = listening.valid() ? 0 : errno;
      }
    }
  }
  WakeEvent wake;
  if (!listening.valid() || !wake.valid()) {
    return Error{
        ErrorCode::kUnavailable,
        Describe(host, port) + ": " + std::generic_category().message(error != 0 ? error : errno)};
  }
  const std::uint16_t bound = BoundPort(listening.fd());
  return Listener(std::move(listening), std::move(wake), bound);
}

std::optional<Socket> Listener::Accept() {
  std::array<pollfd, 2> waited = {pollfd{.fd = wake_.fd(), .events = POLLIN, .revents = 0},
                                  pollfd{.fd = listening_.fd(), .events = POLLIN, .revents = 0}};
  while (true) {
    if (::poll(waited.data(), waited.size(), -1) < 0) {
      continue;  // a signal
    }
    if (waited[0].revents != 0) {
      return std::nullopt;
    }
    Socket socket(::accept4(listening_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket.valid()) {
      SetOption(socket.fd(), IPPROTO_TCP, TCP_NODELAY, 1);
      return socket;
    }
    if (OutOfResources(errno)) {
      (void)::poll(waited.data(), 1, kExhaustedPauseMs);  // the client waits in the backlog
    }
    // Anything else befell that one connection before it was taken.
  }
}

}  // namespace berth::net
