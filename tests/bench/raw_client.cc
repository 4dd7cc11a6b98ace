#include "raw_client.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace berth::bench {
namespace {

[[noreturn]] void Die(const std::string& what) {
  fmt::print(stderr, "berth-load: {}\n", what);
  std::exit(1);  // NOLINT(concurrency-mt-unsafe): this program has one thread
}

std::string LastError() {
  return std::strerror(errno);
}  // NOLINT(concurrency-mt-unsafe): one thread

}  // namespace

std::string PostRequest(std::string_view path, std::string_view body) {
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: "
      "{}\r\n"
      "Content-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n{}",
      path, body.size(), body);
}

RawClient::RawClient(std::uint16_t port)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket_ < 0 ||
      ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    Die("connect: " + LastError());
  }
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

RawClient::~RawClient() { ::close(socket_); }

void RawClient::Send(std::string_view request) {
  while (!request.empty()) {
    const ssize_t sent = ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      Die("send: " + LastError());
    }
    request.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string_view RawClient::Receive() {
  std::size_t got = 0;
  std::size_t head = 0;
  std::size_t whole = 0;  // 0: the head has not come yet
  while (whole == 0 || got < whole) {
    if (buffer_.size() < std::max(whole, got + 65536)) {
      buffer_.resize(std::max(whole, 2 * (got + 65536)));
    }
    const ssize_t received = ::recv(socket_, buffer_.data() + got, buffer_.size() - got, 0);
    if (received <= 0) {
      Die("the server hung up: " + LastError());
    }
    got += static_cast<std::size_t>(received);
    const std::string_view text(buffer_.data(), got);
    const std::size_t end = whole == 0 ? text.find("\r\n\r\n") : std::string_view::npos;
    if (end == std::string_view::npos) {
      continue;
    }
    head = end + 4;
    constexpr std::string_view kLength = "Content-Length: ";
    const std::size_t at = text.substr(0, end).find(kLength);
    std::size_t length = 0;
    if (!text.starts_with("HTTP/1.1 200 ") || at == std::string_view::npos ||
        std::from_chars(text.data() + at + kLength.size(), text.data() + end, length).ec !=
            std::errc{}) {
      Die(fmt::format("unexpected answer: {}", text.substr(0, 500)));
    }
    whole = head + length;
  }
  return std::string_view(buffer_).substr(head, whole - head);
}

}  // namespace berth::bench
