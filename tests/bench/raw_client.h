// One kept connection, bytes in and bytes out: a client that costs next to nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace berth::bench {

// A POST as kube-scheduler sends it.
std::string PostRequest(std::string_view path, std::string_view body);

// Any failure ends the program with a message: a measurement that lost a request is none.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void Send(std::string_view request);
  // The body of the next answer, which must be a 200; good until the next call.
  std::string_view Receive();
  std::string_view Exchange(std::string_view request) {
    Send(request);
    return Receive();
  }

 private:
  int socket_;
  std::string buffer_;
};

}  // namespace berth::bench
