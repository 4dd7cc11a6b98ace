// An API server that answers by script, over real sockets: pages, watches that stream, stall and
// break, refusals, and hang-ups without a word. It knows nothing of Kubernetes; the test says all.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace berth::fakes {

// What the server was asked.
struct SeenRequest {
  std::string method;
  std::string path;   // without the query
  std::string query;  // without '?', as it came
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  // Empty when absent.
  std::string Header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key.size() == name.size() && strncasecmp(key.data(), name.data(), name.size()) == 0) {
        return value;
      }
    }
    return {};
  }

  // The raw value of a query parameter; nothing when absent.
  std::optional<std::string> Parameter(std::string_view name) const {
    std::string_view rest = query;
    while (!rest.empty()) {
      const std::string_view pair = rest.substr(0, rest.find('&'));
      rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
      const std::size_t equals = pair.find('=');
      if (pair.substr(0, equals) == name) {
        return std::string(equals == std::string_view::npos ? "" : pair.substr(equals + 1));
      }
    }
    return std::nullopt;
  }
};

// What the server does with one request.
class Answer {
 public:
  // A whole answer with Content-Length.
  static Answer Json(int status, std::string body) {
    Answer answer;
    answer.status_ = status;
    answer.pieces_ = {std::move(body)};
    return answer;
  }

  // 200 and a chunk for each piece. It ends in order unless a Then… says otherwise.
  static Answer Stream(std::vector<std::string> pieces) {
    Answer answer;
    answer.chunked_ = true;
    answer.pieces_ = std::move(pieces);
    return answer;
  }

  // Reads the request and closes the connection.
  static Answer HangUp() {
    Answer answer;
    answer.end_ = End::kHangUp;
    return answer;
  }

  // Reads the request and says nothing until the client or the test ends it.
  static Answer Silence() {
    Answer answer;
    answer.end_ = End::kSilence;
    return answer;
  }

  Answer ThenBreak() && { return std::move(*this).With(End::kBreak); }  // no last chunk, closed
  Answer ThenHold() && { return std::move(*this).With(End::kHold); }    // open, nothing more comes
  Answer WithHeader(const std::string& name, const std::string& value) && {
    headers_ += name + ": " + value + "\r\n";
    return std::move(*this);
  }

 private:
  friend class FakeApiServer;
  enum class End { kInOrder, kBreak, kHold, kHangUp, kSilence };

  Answer With(End end) && {
    end_ = end;
    return std::move(*this);
  }

  int status_ = 200;
  bool chunked_ = false;
  std::string headers_;
  std::vector<std::string> pieces_;
  End end_ = End::kInOrder;
};

// Thread-safe. Listens on 127.0.0.1 until destroyed.
class FakeApiServer {
 public:
  FakeApiServer() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || ::bind(listener_, generic, size) != 0 || ::listen(listener_, 128) != 0 ||
        ::getsockname(listener_, generic, &size) != 0) {
      ADD_FAILURE() << "no loopback port to listen on";
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }

  ~FakeApiServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
      const std::lock_guard lock(mutex_);
      for (const int socket : open_) {
        ::shutdown(socket, SHUT_RDWR);
      }
    }
    for (std::thread& connection : connections_) {
      connection.join();
    }
  }

  FakeApiServer(const FakeApiServer&) = delete;
  FakeApiServer& operator=(const FakeApiServer&) = delete;

  std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }

  // The next unanswered request for this method and path gets this answer; others are queued
  // behind it. A request without an answer fails the test and gets 501.
  void On(const std::string& method, const std::string& path, Answer answer) {
    const std::lock_guard lock(mutex_);
    script_[method + " " + path].push_back(std::move(answer));
  }

  std::vector<SeenRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  // The requests so far, once there are `count`; fewer when that takes too long.
  std::vector<SeenRequest> WaitForRequests(std::size_t count) const {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return requests_.size() >= count; });
    return requests_;
  }

 private:
  void Accept() {
    while (!stopping_) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) {
        if (errno == EINTR || errno == ECONNABORTED) {
          continue;
        }
        return;
      }
      const std::lock_guard lock(mutex_);
      open_.push_back(socket);
      connections_.emplace_back([this, socket] {
        Serve(socket);
        const std::lock_guard closing(mutex_);
        open_.remove(socket);
        ::close(socket);
      });
    }
  }

  void Serve(int socket) {
    std::string input;
    while (std::optional<SeenRequest> request = Read(socket, input)) {
      if (!Send(socket, Next(*std::move(request)))) {
        return;
      }
    }
  }

  Answer Next(SeenRequest request) {
    const std::lock_guard lock(mutex_);
    std::deque<Answer>& queue = script_[request.method + " " + request.path];
    Answer answer = Answer::Json(501, "not in the script");
    if (!queue.empty()) {
      answer = std::move(queue.front());
      queue.pop_front();
    } else {
      ADD_FAILURE() << "unscripted: " << request.method << " " << request.path << "?"
                    << request.query;
    }
    requests_.push_back(std::move(request));
    changed_.notify_all();
    return answer;
  }

  // False: the connection is done.
  static bool Send(int socket, const Answer& answer) {
    using End = Answer::End;
    if (answer.end_ == End::kHangUp) {
      return false;
    }
    if (answer.end_ == End::kSilence) {
      return WaitForPeer(socket);
    }
    const std::string head = "HTTP/1.1 " + std::to_string(answer.status_) +
                             " Scripted\r\nContent-Type: application/json\r\n" + answer.headers_;
    if (!answer.chunked_) {
      const std::string& body = answer.pieces_.front();
      return Write(socket,
                   head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body) &&
             answer.end_ == End::kInOrder;
    }
    bool sent = Write(socket, head + "Transfer-Encoding: chunked\r\n\r\n");
    for (const std::string& piece : answer.pieces_) {
      std::array<char, 16> size{};  // hexadecimal
      const char* const end =
          std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16).ptr;
      sent = sent &&
             Write(socket, std::string(std::as_const(size).data(), end) + "\r\n" + piece + "\r\n");
    }
    switch (answer.end_) {
      case End::kInOrder:
        return sent && Write(socket, "0\r\n\r\n");
      case End::kHold:
        return sent && WaitForPeer(socket);
      default:
        return false;
    }
  }

  // Until the client closes or the server stops. False, always: nothing follows.
  static bool WaitForPeer(int socket) {
    char byte = 0;
    while (::recv(socket, &byte, 1, 0) > 0) {
    }
    return false;
  }

  static bool Write(int socket, std::string_view text) {
    while (!text.empty()) {
      const ssize_t n = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) {
        return false;
      }
      text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  // Reads until `input` holds `bytes`. False when the connection ended first.
  static bool ReadUntil(int socket, std::string& input, std::size_t bytes) {
    char buffer[16384];
    while (input.size() < bytes) {
      const ssize_t n = ::recv(socket, buffer, sizeof buffer, 0);
      if (n <= 0) {
        return false;
      }
      input.append(buffer, static_cast<std::size_t>(n));
    }
    return true;
  }

  static std::optional<SeenRequest> Read(int socket, std::string& input) {
    std::size_t end = std::string::npos;
    while ((end = input.find("\r\n\r\n")) == std::string::npos) {
      if (!ReadUntil(socket, input, input.size() + 1)) {
        return std::nullopt;
      }
    }
    SeenRequest request;
    std::string_view head = std::string_view(input).substr(0, end);
    const auto take_line = [&head] {
      const std::string_view line = head.substr(0, head.find("\r\n"));
      head.remove_prefix(std::min(head.size(), line.size() + 2));
      return line;
    };
    const std::string_view first = take_line();
    request.method = first.substr(0, first.find(' '));
    std::string_view target = first.substr(request.method.size() + 1);
    target = target.substr(0, target.find(' '));
    const std::size_t question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string_view::npos) {
      request.query = target.substr(question + 1);
    }
    while (!head.empty()) {
      const std::string_view line = take_line();
      const std::size_t colon = line.find(": ");
      request.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
    const std::string length = request.Header("Content-Length");
    const std::size_t body = length.empty() ? 0 : std::stoul(length);
    input.erase(0, end + 4);
    if (!ReadUntil(socket, input, body)) {
      return std::nullopt;
    }
    request.body = input.substr(0, body);
    input.erase(0, body);
    return request;
  }

  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread acceptor_;

  mutable std::mutex mutex_;  // guards what follows
  mutable std::condition_variable changed_;
  std::map<std::string, std::deque<Answer>> script_;
  std::vector<SeenRequest> requests_;
  std::list<int> open_;
  std::list<std::thread> connections_;
};

}  // namespace berth::fakes
