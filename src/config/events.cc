#include "events.h"

#include <fmt/format.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <cstddef>
#include <cstdint>
#include <istream>
#include <streambuf>

namespace berth::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Reads the caller's text in place.
class TextBuffer final : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    char* const begin = const_cast<char*>(text.data());  // never written through: get area only
    setg(begin, begin, begin + text.size());
  }
};

// Length of the UTF-8 sequence at the front of `text`, 0 when malformed: too short, overlong, a
// surrogate or past U+10FFFF.
std::size_t SequenceLength(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length > text.size()) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) {
      return 0;
    }
  }
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool outside = (lead == 0xED && byte(1) > 0x9F) || (lead == 0xF4 && byte(1) > 0x8F);
  return overlong || outside ? 0 : length;
}

std::optional<SyntaxError> CheckCharacters(std::string_view text) {
  Position at;  // in bytes, as yaml-cpp counts
  while (!text.empty()) {
    const auto c = static_cast<std::uint8_t>(text.front());
    const std::size_t length = SequenceLength(text);
    if (length == 0) {
      return SyntaxError{at, "the text is not UTF-8"};
    }
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) {
      return SyntaxError{at, fmt::format("control character U+{:04X} is not allowed", c)};
    }
    if (c == '\n') {
      ++at.line;
      at.column = 1;
    } else {
      at.column += static_cast<int>(length);
    }
    text.remove_prefix(length);
  }
  return std::nullopt;
}

// yaml-cpp's words for a tab in the indentation, the commonest mistake of all, do not name it.
std::optional<SyntaxError> FindTabInIndentation(std::string_view text, Position at) {
  for (int line = 1; line < at.line; ++line) {
    const std::size_t end = text.find('\n');
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  const std::string_view indentation = text.substr(0, text.find_first_not_of(" \t"));
  const std::size_t tab = indentation.find('\t');
  if (tab == std::string_view::npos) {
    return std::nullopt;
  }
  return SyntaxError{{at.line, static_cast<int>(tab) + 1},
                     "a tab in the indentation, where YAML takes spaces only"};
}

// yaml-cpp takes whatever follows a document for another one, and a stray ',' or ']' for another
// one for ever. A document after the first begins with "---", or the one before ended with "...".
bool IsDocumentStart(std::string_view text, std::size_t before, std::size_t at) {
  return text.substr(at).starts_with("---") ||
         text.substr(before, at - before).find("\n...") != std::string_view::npos;
}

}  // namespace

std::optional<SyntaxError> ReadEvents(std::string_view text, DocumentHandler& handler) {
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  if (std::optional<SyntaxError> error = CheckCharacters(text)) {
    return error;
  }
  TextBuffer buffer(text);
  std::istream stream(&buffer);
  try {
    YAML::Parser parser(stream);
    std::optional<std::size_t> before;
    while (parser.HandleNextDocument(handler)) {
      const auto start = static_cast<std::size_t>(handler.start().pos);
      if (before && !IsDocumentStart(text, *before, start)) {
        return SyntaxError{At(handler.start()), "text after the end of the document"};
      }
      before = start;
    }
  } catch (const YAML::Exception& e) {
    const Position at = e.mark.is_null() ? Position{} : At(e.mark);
    const std::optional<SyntaxError> tab = FindTabInIndentation(text, at);
    return tab ? *tab : SyntaxError{at, e.msg};
  } catch (const std::exception& e) {
    return SyntaxError{{}, e.what()};
  }
  return std::nullopt;
}

}  // namespace berth::config
