// Answers as text, appended piece by piece: names come quoted and escaped from the request or the
// name table.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace berth::extender {

inline void AppendInteger(std::int64_t value, std::string& out) {
  char digits[20];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, static_cast<std::size_t>(end - digits));
}

// {"Error":"berth: ..."}: what a verb says when it cannot answer.
void AppendError(std::string_view message, std::string& out);

// Many short pieces, appended in few long ones: appending each to a string would cost more than
// copying it.
class Pieces {
 public:
  explicit Pieces(std::string& out) : out_(out) {}

  void Append(std::string_view piece) {
    if (piece.size() > buffer_.size() - used_) [[unlikely]] {
      Overflow(piece);
      return;
    }
    std::memcpy(buffer_.data() + used_, piece.data(), piece.size());
    used_ += piece.size();
  }

  // Before anybody looks at `out`.
  void Flush();

 private:
  void Overflow(std::string_view piece);

  std::string& out_;
  std::size_t used_ = 0;
  std::array<char, 4096> buffer_;
};

// Writes `[a,b]` or `{a,b}`: a comma before every element but the first.
class Sequence {
 public:
  explicit Sequence(std::string& out) : out_(out) {}
  std::string& Next() {
    if (!first_) {
      out_ += ',';
    }
    first_ = false;
    return out_;
  }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace berth::extender
