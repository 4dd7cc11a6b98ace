// Buffers that a request borrows and the next one finds warm.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "berth/base/mutex.h"
#include "berth/cluster/node.h"
#include "berth/kube/decoder.h"
#include "name_follower.h"
#include "wire.h"

namespace berth::extender {

struct Scratch {
  Scratch(std::size_t max_nodes, kube::Parts parts) : wire(max_nodes), decoder(parts) {}

  WireReader wire;
  kube::Decoder decoder;
  std::vector<cluster::NodeIndex> candidates;
  std::vector<std::uint32_t> offered;  // candidates[i] is the request's node offered[i]
  std::vector<std::uint32_t> unknown;  // positions in the request
  NameOrder orders;
};

// Thread-safe. Grows to as many as there ever were requests at once.
class ScratchPool {
 public:
  ScratchPool(std::size_t max_nodes, kube::Parts parts) : max_nodes_(max_nodes), parts_(parts) {}

  class [[nodiscard]] Loan {
   public:
    Loan(ScratchPool& pool, std::unique_ptr<Scratch> scratch)
        : pool_(pool), scratch_(std::move(scratch)) {}
    ~Loan() { pool_.Return(std::move(scratch_)); }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    Scratch& operator*() { return *scratch_; }
    Scratch* operator->() { return scratch_.get(); }

   private:
    ScratchPool& pool_;
    std::unique_ptr<Scratch> scratch_;
  };

  Loan Borrow() BERTH_EXCLUDES(mu_) {
    {
      const MutexLock lock(mu_);
      if (!idle_.empty()) {
        std::unique_ptr<Scratch> scratch = std::move(idle_.back());
        idle_.pop_back();
        return Loan(*this, std::move(scratch));
      }
    }
    return Loan(*this, std::make_unique<Scratch>(max_nodes_, parts_));
  }

 private:
  void Return(std::unique_ptr<Scratch> scratch) BERTH_EXCLUDES(mu_) {
    const MutexLock lock(mu_);
    if (idle_.size() < kKeep) {
      idle_.push_back(std::move(scratch));
    }
  }

  static constexpr std::size_t kKeep = 8;  // a burst of binds needs many for a moment, small ones
  const std::size_t max_nodes_;
  const kube::Parts parts_;  // of the pods in requests
  Mutex mu_;
  std::vector<std::unique_ptr<Scratch>> idle_ BERTH_GUARDED_BY(mu_);
};

}  // namespace berth::extender
