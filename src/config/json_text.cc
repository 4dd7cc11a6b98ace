#include "json_text.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <iterator>

namespace berth::config {
namespace {

constexpr std::size_t kMaxDepth = 500;

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHexDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Walks JSON without building anything. Every Take* consumes what it names or returns false.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::size_t position() const { return at_; }
  bool done() const { return at_ == text_.size(); }
  char peek() const { return done() ? '\0' : text_[at_]; }

  void SkipSpace() {
    while (!done() && IsSpace(text_[at_])) {
      ++at_;
    }
  }

  bool Take(char c) {
    if (peek() != c || done()) {
      return false;
    }
    ++at_;
    return true;
  }

  bool TakeString() {
    if (!Take('"')) {
      return false;
    }
    while (!done()) {
      const char c = text_[at_++];
      if (c == '"') {
        return true;
      }
      if (static_cast<std::uint8_t>(c) < 0x20 || (c == '\\' && !TakeEscape())) {
        return false;
      }
    }
    return false;
  }

  // Objects and arrays are walked with a stack of our own: the text decides how deep it is.
  bool TakeContainer() {
    std::vector<char> closers;
    do {
      SkipSpace();
      if (peek() == '{' || peek() == '[') {
        if (closers.size() == kMaxDepth) {
          return false;
        }
        const char closer = peek() == '{' ? '}' : ']';
        ++at_;
        SkipSpace();
        if (peek() != closer) {
          closers.push_back(closer);
          if (closer == '}' && !TakeKey()) {
            return false;
          }
          continue;
        }
        ++at_;
      } else if (!TakeScalar()) {
        return false;
      }
      if (!TakeAfterValue(closers)) {
        return false;
      }
    } while (!closers.empty());
    return true;
  }

 private:
  bool TakeEscape() {
    if (done()) {
      return false;
    }
    const char c = text_[at_++];
    if (c != 'u') {
      return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
    }
    for (int i = 0; i < 4; ++i, ++at_) {
      if (!IsHexDigit(peek())) {
        return false;
      }
    }
    return true;
  }

  bool TakeKey() {
    SkipSpace();
    if (!TakeString()) {
      return false;
    }
    SkipSpace();
    return Take(':');
  }

  // Closes what ends here; stops before the next value or when nothing is open any more.
  bool TakeAfterValue(std::vector<char>& closers) {
    while (!closers.empty()) {
      SkipSpace();
      if (Take(closers.back())) {
        closers.pop_back();
        continue;
      }
      return Take(',') && (closers.back() == ']' || TakeKey());
    }
    return true;
  }

  bool TakeScalar() {
    if (peek() == '"') {
      return TakeString();
    }
    for (const std::string_view word : {"true", "false", "null"}) {
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return true;
      }
    }
    return TakeNumber();
  }

  bool TakeDigits() {
    const std::size_t begin = at_;
    while (IsDigit(peek())) {
      ++at_;
    }
    return at_ != begin;
  }

  bool TakeNumber() {
    Take('-');
    if (!Take('0') && !TakeDigits()) {
      return false;
    }
    if (Take('.') && !TakeDigits()) {
      return false;
    }
    if (Take('e') || Take('E')) {
      if (!Take('+')) {
        Take('-');
      }
      return TakeDigits();
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

void AppendQuoted(std::string& out, std::string_view text) {
  static constexpr std::string_view kPlainEscapes = "btn_fr";  // of U+0008 and up; '_' has none
  out += '"';
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto code = static_cast<std::uint8_t>(c);
    if (code >= 0x20 && c != '"' && c != '\\') {
      continue;
    }
    out.append(text, copied, i - copied);
    copied = i + 1;
    out += '\\';
    if (code >= 0x20) {
      out += c;
    } else if (code >= 8 && code < 14 && code != 11) {
      out += kPlainEscapes[code - 8U];
    } else {
      fmt::format_to(std::back_inserter(out), "u{:04x}", code);
    }
  }
  out.append(text, copied);
  out += '"';
}

std::optional<std::vector<std::string_view>> SplitJson(std::string_view text) {
  std::vector<std::string_view> documents;
  Scanner scanner(text);
  for (scanner.SkipSpace(); !scanner.done(); scanner.SkipSpace()) {
    const std::size_t begin = scanner.position();
    if ((scanner.peek() != '{' && scanner.peek() != '[') || !scanner.TakeContainer()) {
      return std::nullopt;
    }
    documents.push_back(text.substr(begin, scanner.position() - begin));
  }
  if (documents.empty()) {
    return std::nullopt;
  }
  return documents;
}

std::string_view SkimTopLevelString(std::string_view text, std::string_view key) {
  Scanner scanner(text);
  int depth = 0;
  bool key_before = false;
  while (!scanner.done()) {
    const std::size_t begin = scanner.position();
    if (scanner.peek() == '"') {
      if (!scanner.TakeString()) {
        return {};
      }
      const std::string_view string = text.substr(begin + 1, scanner.position() - begin - 2);
      if (key_before) {
        return string;
      }
      scanner.SkipSpace();
      key_before = depth == 1 && string == key && scanner.Take(':');
      scanner.SkipSpace();
      if (key_before && scanner.peek() != '"') {
        return {};
      }
      continue;
    }
    const char c = scanner.peek();
    depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
    scanner.Take(c);
    if (depth == 0 && (c == '}' || c == ']')) {
      return {};
    }
  }
  return {};
}

}  // namespace berth::config
