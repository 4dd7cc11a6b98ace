// What the Node objects say beyond their facts, kept once for all nodes that say the same. Not
// thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <utility>

#include "berth/device/write.h"

namespace berth::state {

using NodeWordsPtr = std::shared_ptr<const device::NodeWords>;

class WordsPool {
 public:
  NodeWordsPtr Share(device::NodeWords words) {
    if (const auto known = pool_.find(words); known != pool_.end()) {
      return *known;
    }
    if (pool_.size() >= most_) {
      std::erase_if(pool_, [](const NodeWordsPtr& kept) { return kept.use_count() == 1; });
      most_ = kSpare + 2 * pool_.size();
    }
    return *pool_.insert(std::make_shared<const device::NodeWords>(std::move(words))).first;
  }

  std::size_t size() const { return pool_.size(); }

 private:
  static constexpr std::size_t kSpare = 64;

  struct ByWords {
    using is_transparent = void;
    bool operator()(const NodeWordsPtr& a, const NodeWordsPtr& b) const { return *a < *b; }
    bool operator()(const NodeWordsPtr& a, const device::NodeWords& b) const { return *a < b; }
    bool operator()(const device::NodeWords& a, const NodeWordsPtr& b) const { return a < *b; }
  };

  std::set<NodeWordsPtr, ByWords> pool_;
  std::size_t most_ = kSpare;  // those that nobody has any more are dropped before it grows further
};

}  // namespace berth::state
