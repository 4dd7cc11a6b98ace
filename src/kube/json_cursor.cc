#include "berth/kube/json_cursor.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace berth::kube {
namespace {

static_assert(kJsonPadding >= simdjson::SIMDJSON_PADDING);

// The token buffer of a larger text is given back when a text of less than a quarter comes.
constexpr std::size_t kKeepBytes = std::size_t{16} << 20;

// A key or value in an error message is cut here.
constexpr std::size_t kShownBytes = 100;

// The four brackets share these bits, and hardly another token begins with them: most tokens of
// what is skipped cost one comparison.
constexpr int kBracketMask = 0xD9;
constexpr int kBracketBits = '[' & kBracketMask;
static_assert((']' & kBracketMask) == kBracketBits && ('{' & kBracketMask) == kBracketBits &&
              ('}' & kBracketMask) == kBracketBits);

void AppendUtf8(std::uint32_t code, std::string& out) {
  const auto byte = [&out](std::uint32_t b) { out.push_back(static_cast<char>(b)); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | (code >> 6));
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | (code >> 12));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | (code >> 18));
    byte(0x80 | ((code >> 12) & 0x3F));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

// The four digits of \uXXXX at the start of `text`.
bool Hex4(std::string_view text, std::uint32_t& code) {
  if (text.size() < 4) {
    return false;
  }
  const char* const end = text.data() + 4;
  const auto [stop, error] = std::from_chars(text.data(), end, code, 16);
  return error == std::errc() && stop == end;
}

// What an error message shows of `text`: no more than kShownBytes, whole characters.
std::string_view Shown(std::string_view text) {
  if (text.size() <= kShownBytes) {
    return text;
  }
  std::size_t at = kShownBytes;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) {
    --at;
  }
  return text.substr(0, at);
}

}  // namespace

struct Cursor::Tokens {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
  std::size_t capacity = 0;
};

Cursor::Cursor() : tokens_(std::make_unique<Tokens>()) {}
Cursor::~Cursor() = default;
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor& Cursor::operator=(Cursor&&) noexcept = default;

bool Cursor::Open(std::string_view text) {
  failure_ = {};
  text_ = text.data();
  next_ = end_ = nullptr;
  depth_ = 0;
  if (text.size() > std::numeric_limits<std::uint32_t>::max() - kJsonPadding) {
    failure_ = {ErrorCode::kResourceExhausted, "", "JSON of 4 GiB or more", true};
    return false;
  }
  const bool oversized = tokens_->capacity > kKeepBytes && text.size() < tokens_->capacity / 4;
  if (text.size() > tokens_->capacity || oversized || tokens_->stage == nullptr) {
    const std::size_t capacity = std::max<std::size_t>(text.size(), 4096);
    tokens_->capacity = 0;
    if (simdjson::get_active_implementation()->create_dom_parser_implementation(
            capacity, 1, tokens_->stage) != simdjson::SUCCESS) {
      failure_ = {ErrorCode::kResourceExhausted, "", "no memory for the tokens of the JSON", true};
      return false;
    }
    tokens_->capacity = capacity;
  }
  const simdjson::error_code error =
      tokens_->stage->stage1(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                             simdjson::stage1_mode::regular);
  if (error != simdjson::SUCCESS) {
    failure_ = {ErrorCode::kInvalidArgument, "",
                error == simdjson::EMPTY
                    ? std::string("not JSON: the text is empty")
                    : fmt::format("not JSON: {}", simdjson::error_message(error)),
                true};
    return false;
  }
  next_ = tokens_->stage->structural_indexes.get();
  end_ = next_ + tokens_->stage->n_structural_indexes;
  constexpr std::string_view kBegins = "{[\"-0123456789tfn";
  return kBegins.find(Peek()) != std::string_view::npos || Syntax("expected a value");
}

bool Cursor::AtEnd() { return next_ == end_ || Syntax("something follows the value"); }

bool Cursor::SkipContainer() {
  const char* const text = text_;
  const std::uint32_t* next = next_;
  const std::uint32_t* const end = end_;
  std::size_t depth = depth_;
  std::size_t deepest = depth;
  while (next < end) {
    const int c = text[*next++];
    if ((c & kBracketMask) != kBracketBits) {
      continue;
    }
    if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == '}' || c == ']') && --depth == depth_) {
      break;
    }
  }
  if (deepest > kMaxDepth) {
    return TooDeep();
  }
  next_ = next;
  return depth == depth_ || Syntax("it ends too soon");
}

bool Cursor::String(std::string& out) {
  std::string_view text;
  if (!Text(text)) {
    return false;
  }
  out.assign(text);
  return true;
}

bool Cursor::Amount(std::string_view& out) {
  const char c = Peek();
  if (c == '-' || (c >= '0' && c <= '9')) {
    out = Token();
    ++next_;
    return true;
  }
  return c == '"' ? Text(out) : Expected("a quantity");
}

bool Cursor::Bool(bool& out) {
  const char c = Peek();
  const std::string_view token = c == 't' || c == 'f' || c == 'n' ? Token() : std::string_view();
  if (token != "true" && token != "false" && token != "null") {
    return Expected("true or false");
  }
  out = token == "true";
  ++next_;
  return true;
}

bool Cursor::Int32(std::int32_t& out) {
  std::int64_t wide = 0;
  const Mark at = Here();
  if (!Int64(wide)) {
    return false;
  }
  if (!std::in_range<std::int32_t>(wide)) {
    Return(at);
    return Expected("a whole number of 32 bits");
  }
  out = static_cast<std::int32_t>(wide);
  return true;
}

bool Cursor::Int64(std::int64_t& out) {
  out = 0;
  if (IsNull()) {
    return Skip();
  }
  const char c = Peek();
  if (c != '-' && (c < '0' || c > '9')) {
    return Expected("a whole number");
  }
  const std::string_view token = Token();
  const char* const end = token.data() + token.size();
  const auto [stop, error] = std::from_chars(token.data(), end, out);
  if (error != std::errc() || stop != end) {
    return Expected(error == std::errc::result_out_of_range ? "a whole number of 64 bits"
                                                            : "a whole number");
  }
  ++next_;
  return true;
}

bool Cursor::Unescape(std::string_view raw, std::string& out) {
  out.clear();
  while (!raw.empty()) {
    const std::size_t plain = std::min(raw.find('\\'), raw.size());
    out.append(raw.substr(0, plain));
    raw.remove_prefix(plain);
    if (raw.size() < 2) {
      return raw.empty() || Syntax("an escape is cut short");
    }
    const char kind = raw[1];
    raw.remove_prefix(2);
    if (kind == 'u') {
      std::uint32_t code = 0;
      if (!Hex4(raw, code)) {
        return Syntax("\\u without four hexadecimal digits");
      }
      raw.remove_prefix(4);
      if (code >= 0xD800 && code < 0xE000) {
        // Half a surrogate pair becomes U+FFFD, as Go's decoder has it.
        std::uint32_t low = 0;
        if (code < 0xDC00 && raw.starts_with("\\u") && Hex4(raw.substr(2), low) && low >= 0xDC00 &&
            low < 0xE000) {
          code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
          raw.remove_prefix(6);
        } else {
          code = 0xFFFD;
        }
      }
      AppendUtf8(code, out);
      continue;
    }
    constexpr std::string_view kKinds = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const std::size_t which = kKinds.find(kind);
    if (which == std::string_view::npos) {
      return Syntax("unknown escape");
    }
    out.push_back(kMeanings[which]);
  }
  return true;
}

bool Cursor::Expected(const char* expected) {
  switch (Peek()) {
    case '\0':
      return Syntax("it ends too soon");
    case '{':
      return Fail(fmt::format("expected {}, found an object", expected));
    case '[':
      return Fail(fmt::format("expected {}, found an array", expected));
    case '}':
    case ']':
    case ',':
    case ':':
      return Syntax("expected a value");
    default:
      return Fail(fmt::format("expected {}, found {}", expected, Shown(Token())));
  }
}

bool Cursor::Fail(std::string what) {
  failure_ = {ErrorCode::kInvalidArgument, "", std::move(what), false};
  return false;
}

bool Cursor::Refuse(ErrorCode code, std::string what) {
  failure_ = {code, "", std::move(what), false};
  return false;
}

bool Cursor::Syntax(const char* what) {
  const std::string where = next_ < end_ ? fmt::format(" at byte {}", *next_) : std::string();
  failure_ = {ErrorCode::kInvalidArgument, "", fmt::format("not JSON{}: {}", where, what), true};
  next_ = end_;
  return false;
}

bool Cursor::TooDeep() {
  failure_ = {ErrorCode::kResourceExhausted, "",
              fmt::format("JSON nested deeper than {} levels", kMaxDepth), true};
  next_ = end_;
  return false;
}

void Cursor::In(std::string_view segment) {
  if (!failure_.path.empty() && failure_.path.front() != '[') {
    failure_.path.insert(0, ".");
  }
  failure_.path.insert(0, segment);
}

void Cursor::InKey(Keys keys, const std::uint32_t* key) {
  const std::string_view name = Shown(Quoted(key));
  In(keys == Keys::kMap ? fmt::format("[{}]", name) : std::string(name));
}

void Cursor::InElement(std::size_t index) { In(fmt::format("[{}]", index)); }

}  // namespace berth::kube
