// What is read from files that may be in the middle of being replaced.
#pragma once

#include <chrono>
#include <optional>
#include <utility>

#include "berth/base/clock.h"

namespace berth::app {

// States, by what is seen at the path:
//
//   settled ──other content, or none──▶ pending ──the same again──▶ settled, to be loaded
//      ▲                                  │   ▲
//      └────────what it was before────────┘   └── yet another content
//
// Content counts once it was read twice, so that a file that is being written, or is away while a
// ConfigMap's links are swapped, is not taken for what is meant.
template <typename Content>
class Settling {
 public:
  // Between the two looks, where the usual interval is longer.
  static constexpr Duration kSoon = std::chrono::milliseconds(250);

  explicit Settling(Content first) : settled_(std::move(first)) {}

  enum class Look {
    kSame,
    kUnsettled,  // look again soon
    kNew,        // settled() is to be loaded
  };
  Look See(Content content) {
    if (content == settled_) {
      pending_.reset();
      return Look::kSame;
    }
    if (content != pending_) {
      pending_ = std::move(content);
      return Look::kUnsettled;
    }
    settled_ = std::move(content);
    pending_.reset();
    return Look::kNew;
  }

  const Content& settled() const { return settled_; }

 private:
  Content settled_;
  std::optional<Content> pending_;
};

}  // namespace berth::app
