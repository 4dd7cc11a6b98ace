// What a server has seen, counted where it happens.
#pragma once

#include <atomic>
#include <cstdint>

#include "berth/net/server.h"

namespace berth::net {

// Thread-safe.
struct Counters {
  std::atomic<std::uint64_t> connections_accepted{0};
  std::atomic<std::uint64_t> connections_open{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> refused_body_too_large{0};
  std::atomic<std::uint64_t> refused_headers_too_large{0};
  std::atomic<std::uint64_t> refused_overload{0};
  std::atomic<std::uint64_t> cut_slow{0};
  std::atomic<std::uint64_t> refused_malformed{0};
  std::atomic<std::uint64_t> refused_handshakes{0};

  ServerStats Read() const {
    return {.connections_accepted = connections_accepted.load(),
            .connections_open = connections_open.load(),
            .requests = requests.load(),
            .refused_body_too_large = refused_body_too_large.load(),
            .refused_headers_too_large = refused_headers_too_large.load(),
            .refused_overload = refused_overload.load(),
            .cut_slow = cut_slow.load(),
            .refused_malformed = refused_malformed.load(),
            .refused_handshakes = refused_handshakes.load()};
  }
};

inline void Count(std::atomic<std::uint64_t>& counter) {
  counter.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace berth::net
