// One pass over a JSON text, value by value, in document order.
//
// simdjson's first stage finds the tokens with SIMD and checks UTF-8, quotes and control
// characters; the walk over them is ours. simdjson's own On-Demand limits the depth of nothing that
// it skips, and cannot return to a value that came before the key that tells its type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "berth/base/result.h"
#include "berth/kube/decoder.h"

namespace berth::kube {

// How a field's key is written in the path of an error.
enum class Keys : std::uint8_t {
  kFields,  // of a known type: spec.containers
  kMap,     // any text: limits[berth.dev/gpu-memory]
};

// Every call that reads consumes one value and answers false when it could not; then failure() says
// why, with the path of the value. Values that are not read are skipped without a look at more than
// their brackets. Views are good until the next call.
class Cursor {
 public:
  Cursor();
  ~Cursor();
  Cursor(Cursor&&) noexcept;
  Cursor& operator=(Cursor&&) noexcept;

  // `text` is followed by kJsonPadding readable bytes and stays while it is walked.
  bool Open(std::string_view text);
  bool AtEnd();  // false, with a failure, when something follows the value

  bool IsNull() const { return Peek() == 'n' && Token() == "null"; }
  bool IsObject() const { return Peek() == '{'; }
  bool IsArray() const { return Peek() == '['; }

  bool Skip();
  bool String(std::string& out);       // null: empty
  bool Text(std::string_view& out);    // a string; null: empty
  bool Amount(std::string_view& out);  // a string or a number, as written
  bool Bool(bool& out);                // null: false
  bool Int32(std::int32_t& out);       // null: 0
  bool Int64(std::int64_t& out);       // null: 0
  bool Quote(std::string_view& out);   // a string with its quotes, escapes as written

  // Calls field(key) for each; it must consume the value. null has no fields.
  template <typename Fn>
  bool Fields(Keys keys, Fn&& field);
  // The same with each key as written, in its quotes.
  template <typename Fn>
  bool QuotedFields(Fn&& field);
  // For a long array of strings: calls each(quoted) with every one, as Quote gives it. `each`
  // returns false to stop with a failure of its own (Refuse).
  template <typename Fn>
  bool Quotes(Fn&& each);
  // Calls element() for each; it must consume the value. null has no elements.
  template <typename Fn>
  bool Elements(Fn&& element);

  // For a value whose meaning depends on a later one, and to leave a malformed object.
  struct Mark {
    const std::uint32_t* next;
    std::size_t depth;
  };
  Mark Here() const { return {next_, depth_}; }
  // The object or array that was read since `mark`, as written.
  std::string_view Since(Mark mark) const {
    const std::uint32_t begin = *mark.next;
    return {text_ + begin, next_[-1] + 1 - begin};
  }
  void Return(Mark mark) {
    next_ = mark.next;
    depth_ = mark.depth;
  }

  struct Failure {
    ErrorCode code = ErrorCode::kInvalidArgument;
    std::string path;  // from the object that was asked for: spec.containers[0].name
    std::string what;
    bool syntax = false;  // the text is no JSON: nothing after it can be read
  };
  const Failure& failure() const { return failure_; }
  void Forgive() { failure_ = {}; }
  // All are always false.
  bool Refuse(ErrorCode code, std::string what);
  bool Fail(std::string what);          // the value is wrong
  bool Expected(const char* expected);  // the next value is of another type

 private:
  struct Tokens;

  char Peek() const { return next_ < end_ ? text_[*next_] : '\0'; }
  std::string_view Token() const;                          // a scalar, without the space after it
  std::string_view Quoted(const std::uint32_t* at) const;  // between the quotes, as written
  bool Key(std::string_view& key);
  bool SkipContainer();
  bool Enter(char bracket, const char* expected);
  bool NextOf(char close, bool& more);
  bool Unescape(std::string_view raw, std::string& out);
  bool Syntax(const char* what);
  bool TooDeep();
  void In(std::string_view segment);  // the failure happened below `segment`
  void InKey(Keys keys, const std::uint32_t* key);
  void InElement(std::size_t index);

  static bool HasEscape(std::string_view raw);

  const char* text_ = nullptr;
  const std::uint32_t* next_ = nullptr;
  const std::uint32_t* end_ = nullptr;
  std::size_t depth_ = 0;
  std::unique_ptr<Tokens> tokens_;
  std::string key_scratch_;
  std::string text_scratch_;
  Failure failure_;
};

inline std::string_view Cursor::Token() const {
  const char* begin = text_ + *next_;
  const char* end = text_ + next_[1];  // the last token is followed by the text's length
  while (end > begin && (end[-1] == ' ' || end[-1] == '\n' || end[-1] == '\r' || end[-1] == '\t')) {
    --end;
  }
  return {begin, static_cast<std::size_t>(end - begin)};
}

// Only white space lies between a string and the next token, so the closing quote is looked for
// from there.
inline std::string_view Cursor::Quoted(const std::uint32_t* at) const {
  const char* begin = text_ + at[0] + 1;
  const char* end = text_ + at[1] - 1;
  while (end > begin && *end != '"') {
    --end;
  }
  return {begin, static_cast<std::size_t>(end - begin)};
}

// Eight bytes at a time, the last ones out of the padding: strings are short, and a call of memchr
// costs more than the search.
inline bool Cursor::HasEscape(std::string_view raw) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = kOnes * 0x80;
  for (std::size_t at = 0; at < raw.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, raw.data() + at, sizeof bytes);
    bytes ^= kOnes * '\\';
    if (((bytes - kOnes) & ~bytes & kHighs) != 0) [[unlikely]] {
      return raw.find('\\') != std::string_view::npos;
    }
  }
  return false;
}

inline bool Cursor::Key(std::string_view& key) {
  if (end_ - next_ < 2 || text_[next_[0]] != '"' || text_[next_[1]] != ':') {
    return Syntax("expected a key and ':'");
  }
  key = Quoted(next_);
  if (HasEscape(key)) [[unlikely]] {
    if (!Unescape(key, key_scratch_)) {
      return false;
    }
    key = key_scratch_;
  }
  next_ += 2;
  return true;
}

inline bool Cursor::Skip() {
  const char first = Peek();
  if ((first | 0x20) == '{') {
    return SkipContainer();
  }
  if (first == '\0' || (first | 0x20) == '}' || first == ',' || first == ':') [[unlikely]] {
    return Syntax(first == '\0' ? "it ends too soon" : "expected a value");
  }
  ++next_;
  return true;
}

inline bool Cursor::Text(std::string_view& out) {
  if (Peek() != '"') {
    out = {};
    return IsNull() ? Skip() : Expected("a string");
  }
  out = Quoted(next_);
  if (HasEscape(out)) [[unlikely]] {
    if (!Unescape(out, text_scratch_)) {
      return false;
    }
    out = text_scratch_;
  }
  ++next_;
  return true;
}

inline bool Cursor::Quote(std::string_view& out) {
  if (Peek() != '"') [[unlikely]] {
    return Expected("a string");
  }
  const std::string_view text = Quoted(next_);
  out = {text.data() - 1, text.size() + 2};
  ++next_;
  return true;
}

inline bool Cursor::Enter(char bracket, const char* expected) {
  if (Peek() != bracket) [[unlikely]] {
    return Expected(expected);
  }
  if (++depth_ > kMaxDepth) [[unlikely]] {
    return TooDeep();
  }
  ++next_;
  return true;
}

// After a value: more of them, or the end of the object or array.
inline bool Cursor::NextOf(char close, bool& more) {
  const char c = Peek();
  if (c != ',' && c != close) [[unlikely]] {
    return Syntax(next_ == end_ ? "it ends too soon"
                                : (close == '}' ? "expected ',' or '}'" : "expected ',' or ']'"));
  }
  ++next_;
  more = c == ',';
  if (!more) {
    --depth_;
  }
  return true;
}

template <typename Fn>
bool Cursor::Fields(Keys keys, Fn&& field) {
  if (IsNull()) {
    return Skip();
  }
  if (!Enter('{', "an object")) {
    return false;
  }
  bool more = true;
  if (Peek() == '}') {
    return NextOf('}', more);
  }
  while (more) {
    const std::uint32_t* const at = next_;
    std::string_view key;
    if (!Key(key)) {
      return false;
    }
    if (!field(key)) {
      InKey(keys, at);
      return false;
    }
    if (!NextOf('}', more)) {
      return false;
    }
  }
  return true;
}

template <typename Fn>
bool Cursor::QuotedFields(Fn&& field) {
  return Fields(Keys::kMap, [&](std::string_view) {
    const std::string_view text = Quoted(next_ - 2);  // the key, before its colon
    return field(std::string_view(text.data() - 1, text.size() + 2));
  });
}

template <typename Fn>
bool Cursor::Elements(Fn&& element) {
  if (IsNull()) {
    return Skip();
  }
  if (!Enter('[', "an array")) {
    return false;
  }
  bool more = true;
  if (Peek() == ']') {
    return NextOf(']', more);
  }
  for (std::size_t index = 0; more; ++index) {
    if (!element()) {
      InElement(index);
      return false;
    }
    if (!NextOf(']', more)) {
      return false;
    }
  }
  return true;
}

template <typename Fn>
bool Cursor::Quotes(Fn&& each) {
  if (!Enter('[', "an array")) {
    return false;
  }
  bool more = true;
  if (Peek() == ']') {
    return NextOf(']', more);
  }
  const std::uint32_t* const first = next_;
  const auto position = [&] { return static_cast<std::size_t>(next_ - first) / 2; };
  while (more) {
    std::string_view quoted;
    if (!Quote(quoted) || !each(quoted)) {
      InElement(position());
      return false;
    }
    if (!NextOf(']', more)) {
      return false;
    }
  }
  return true;
}

}  // namespace berth::kube
