// A connection byte by byte: says what no proper client would say.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace berth::net {

inline constexpr auto kPatience =
    std::chrono::seconds(20);  // of a test that waits for what must come

struct RawAnswer {
  int status = 0;
  std::string head;
  std::string body;
};

class RawConnection {
 public:
  explicit RawConnection(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  // The server's side, for servers that say what no proper server would say.
  static RawConnection Adopt(int fd) { return RawConnection(AdoptedFd{fd}); }
  ~RawConnection() { ::close(fd_); }
  RawConnection(RawConnection&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        connected_(other.connected_),
        input_(std::move(other.input_)) {}
  RawConnection& operator=(RawConnection&&) = delete;

  bool connected() const { return connected_; }
  int fd() const { return fd_; }

  // False when the other side does not take it any more.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // Waits for bytes or the end, at most `patience`. False at the end or when nothing came.
  bool Receive(std::chrono::milliseconds patience = kPatience) {
    pollfd waited{.fd = fd_, .events = POLLIN, .revents = 0};
    if (::poll(&waited, 1, static_cast<int>(patience.count())) <= 0) {
      return false;
    }
    std::array<char, 65536> piece;
    const ssize_t received = ::recv(fd_, piece.data(), piece.size(), 0);
    closed_ = received <= 0;
    if (received > 0) {
      input_.append(piece.data(), static_cast<std::size_t>(received));
    }
    return received > 0;
  }

  // The next message's head; empty when the connection ends before it.
  std::string ReadHead() {
    std::size_t end = 0;
    while ((end = input_.find("\r\n\r\n")) == std::string::npos) {
      if (!Receive()) {
        return {};
      }
    }
    std::string head = input_.substr(0, end + 4);
    input_.erase(0, head.size());
    return head;
  }

  // The next message, whole; nothing when the connection ends before it.
  std::optional<RawAnswer> ReadAnswer() {
    RawAnswer answer;
    answer.head = ReadHead();
    if (answer.head.empty()) {
      return std::nullopt;
    }
    answer.status = std::atoi(answer.head.c_str() + std::string_view("HTTP/1.1 ").size());
    std::size_t length = 0;
    if (const auto at = answer.head.find("Content-Length: "); at != std::string::npos) {
      length = std::strtoull(answer.head.c_str() + at + 16, nullptr, 10);
    }
    while (input_.size() < length) {
      if (!Receive()) {
        return std::nullopt;
      }
    }
    answer.body = input_.substr(0, length);
    input_.erase(0, length);
    return answer;
  }

  std::optional<RawAnswer> Exchange(std::string_view request) {
    return Send(request) ? ReadAnswer() : std::nullopt;
  }

  // Whether the other side closes it, within `patience` of the last byte it sends.
  bool WaitClosed(std::chrono::milliseconds patience = kPatience) {
    while (Receive(patience)) {
    }
    return closed_;
  }
  bool closed() const { return closed_; }
  // No more bytes from this side; the other may still send.
  void FinishSending() { ::shutdown(fd_, SHUT_WR); }

 private:
  struct AdoptedFd {
    int fd;
  };
  explicit RawConnection(AdoptedFd adopted) : fd_(adopted.fd), connected_(true) {}

  int fd_;
  bool connected_ = false;
  bool closed_ = false;
  std::string input_;
};

inline int StatusOf(const std::optional<RawAnswer>& answer) { return answer ? answer->status : 0; }

inline std::string Get(std::string_view path) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n\r\n";
}

inline std::string Post(std::string_view path, std::string_view body) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

inline std::string PostChunked(std::string_view path, std::string_view chunks) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(chunks);
}

}  // namespace berth::net
