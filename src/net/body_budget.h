// How many body bytes all connections of a server hold together.
#pragma once

#include <atomic>
#include <cstddef>

namespace berth::net {

// Thread-safe.
class BodyBudget {
 public:
  explicit BodyBudget(std::size_t limit) : limit_(limit) {}

  // One request's part of the budget; given back when it goes. Bytes are taken as they arrive, not
  // as they are announced: a client that announces much and sends nothing must not keep others out.
  class Share {
   public:
    explicit Share(BodyBudget& budget) : budget_(budget) {}
    ~Share() { budget_.taken_.fetch_sub(taken_, std::memory_order_relaxed); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    // False when the others leave no room for `bytes` more.
    [[nodiscard]] bool Take(std::size_t bytes) {
      if (budget_.taken_.fetch_add(bytes, std::memory_order_relaxed) + bytes > budget_.limit_) {
        budget_.taken_.fetch_sub(bytes, std::memory_order_relaxed);
        return false;
      }
      taken_ += bytes;
      return true;
    }
    std::size_t taken() const { return taken_; }

   private:
    BodyBudget& budget_;
    std::size_t taken_ = 0;
  };

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> taken_{0};
};

}  // namespace berth::net
