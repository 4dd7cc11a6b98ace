// Memory that requests borrow: fresh pages for every 223 KB body would cost more than reading it.
// It belongs to requests, not to connections, so that two thousand idle connections hold none.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "berth/base/mutex.h"
#include "berth/net/http.h"
#include "byte_buffer.h"

namespace berth::net {

struct Scratch {
  ByteBuffer body;
  Response response;
};

// Thread-safe. Keeps a few, and none that has grown large.
class ScratchPool {
 public:
  class Loan {
   public:
    explicit Loan(ScratchPool& pool) : pool_(pool), scratch_(pool.Take()) {}
    ~Loan() { pool_.Give(std::move(scratch_)); }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;

    Scratch& operator*() { return *scratch_; }
    Scratch* operator->() { return scratch_.get(); }

   private:
    ScratchPool& pool_;
    std::unique_ptr<Scratch> scratch_;
  };

 private:
  std::unique_ptr<Scratch> Take() BERTH_EXCLUDES(mu_);
  void Give(std::unique_ptr<Scratch> scratch) BERTH_EXCLUDES(mu_);

  Mutex mu_;
  std::vector<std::unique_ptr<Scratch>> free_ BERTH_GUARDED_BY(mu_);
};

}  // namespace berth::net
