// Files that change while the program runs, and while they are read.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "berth/base/clock.h"
#include "berth/base/result.h"
#include "file.h"

namespace berth::app {

// Between the two looks at a new text.
inline constexpr Duration kSettle = std::chrono::milliseconds(250);

// A content counts once it was seen twice, so that a file that is being written, or is away while
// the links of a mounted ConfigMap or Secret are swapped, is not taken for what is meant.
//
//   settled ──other content──▶ pending ──the same again──▶ settled
//      ▲                        │   ▲
//      └──what it was before────┘   └── yet another
template <typename Content>
class Settling {
 public:
  // What is in use from the start.
  void Begin(Content content) { settled_ = std::move(content); }

  // A look, after which `load` takes into use what has settled. Returns when to look again.
  template <typename Load>
  Duration Poll(Content content, Duration interval, Load load) {
    switch (Look(std::move(content))) {
      case Seen::kNothingNew:
        return interval;
      case Seen::kPending:
        return std::min(interval, kSettle);
      case Seen::kSettled:
        break;
    }
    load();
    return interval;
  }

  const Content& settled() const { return settled_; }

 private:
  enum class Seen : std::uint8_t { kNothingNew, kPending, kSettled };

  // kSettled: `settled` is another content from now on.
  Seen Look(Content content) {
    if (content == settled_) {
      pending_.reset();
      return Seen::kNothingNew;
    }
    if (content != pending_) {
      pending_ = std::move(content);
      return Seen::kPending;
    }
    settled_ = std::move(content);
    pending_.reset();
    return Seen::kSettled;
  }

  Content settled_;
  std::optional<Content> pending_;
};

// What a look at a path found.
struct FileText {
  std::string text;
  std::optional<Error> error;  // instead of the text

  friend bool operator==(const FileText&, const FileText&) = default;
};

// One byte more than is allowed tells a text that is too large from one that just fits.
inline FileText LookAt(const std::string& path, std::size_t max_bytes) {
  Result<std::string> text = ReadRegularFile(path, max_bytes + 1);
  return text.ok() ? FileText{.text = std::move(text).value(), .error = {}}
                   : FileText{.text = {}, .error = text.error()};
}

}  // namespace berth::app
