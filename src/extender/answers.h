// Answers as text, appended piece by piece: names come quoted and escaped from the request or the
// name table.
#pragma once

#include <charconv>
#include <cstdint>
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
