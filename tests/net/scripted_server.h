// A server that does on each connection what the test says, however wrong.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/raw_connection.h"

namespace berth::net {

class ScriptedServer {
 public:
  // Runs for each connection on a thread of its own; `index` counts connections from 0.
  using Script = std::function<void(RawConnection& client, int index)>;

  explicit ScriptedServer(Script script)
      : script_(std::move(script)), fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    (void)::bind(fd_, generic, length);
    (void)::listen(fd_, 128);
    (void)::getsockname(fd_, generic, &length);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::jthread([this] { AcceptAll(); });
  }
  ~ScriptedServer() {
    ::shutdown(fd_, SHUT_RDWR);  // ends accept
    acceptor_.join();
    connections_.clear();  // joins
    ::close(fd_);
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int accepted() const { return accepted_; }
  int finished() const { return finished_; }  // scripts that have ended, their connections closed

 private:
  void AcceptAll() {
    for (int fd = 0; (fd = ::accept(fd_, nullptr, nullptr)) >= 0;) {
      connections_.emplace_back([this, fd, index = accepted_++] {
        {
          RawConnection client = RawConnection::Adopt(fd);
          script_(client, index);
        }
        ++finished_;
      });
    }
  }

  const Script script_;
  const int fd_;
  std::uint16_t port_ = 0;
  std::atomic<int> accepted_{0};
  std::atomic<int> finished_{0};
  std::vector<std::jthread> connections_;  // touched by the acceptor only, until it is joined
  std::jthread acceptor_;
};

}  // namespace berth::net
