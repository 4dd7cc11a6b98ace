#include "validation.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

namespace berth::apiclient {
namespace {

constexpr std::size_t kMaxPrefixBytes = 253;
constexpr std::size_t kMaxNameBytes = 63;

bool Alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// One or more of letters, digits and `inner`, beginning and ending with a letter or digit.
bool IsWord(std::string_view text, std::string_view inner) {
  return !text.empty() && Alphanumeric(text.front()) && Alphanumeric(text.back()) &&
         std::ranges::all_of(text, [inner](char c) {
           return Alphanumeric(c) || inner.find(c) != std::string_view::npos;
         });
}

// Labels of letters, digits and '-' between dots. Upper case passes: the API server lowers
// annotation keys before it looks.
bool IsSubdomain(std::string_view text) {
  if (text.size() > kMaxPrefixBytes) {
    return false;
  }
  while (true) {
    const std::size_t dot = text.find('.');
    if (!IsWord(text.substr(0, dot), "-")) {
      return false;
    }
    if (dot == std::string_view::npos) {
      return true;
    }
    text.remove_prefix(dot + 1);
  }
}

// apimachinery's IsQualifiedName: "name" or "example.com/name".
bool IsQualifiedName(std::string_view key) {
  const std::size_t slash = key.find('/');
  if (slash != std::string_view::npos) {
    if (!IsSubdomain(key.substr(0, slash))) {
      return false;
    }
    key.remove_prefix(slash + 1);
  }
  return key.size() <= kMaxNameBytes && IsWord(key, "-_.");
}

}  // namespace

Status ValidateAnnotations(const kube::StringMap& annotations) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : annotations) {
    if (!IsQualifiedName(key)) {
      return InvalidArgument(fmt::format(
          "annotation key {:?}: expected a name, with an optional DNS prefix before '/'", key));
    }
    BERTH_RETURN_IF_ERROR(ValidateUtf8("annotation " + key, value));
    bytes += key.size() + value.size();
  }
  if (bytes > kMaxAnnotationBytes) {
    return InvalidArgument(
        fmt::format("annotations: {} bytes, at most {} are allowed", bytes, kMaxAnnotationBytes));
  }
  return {};
}

Status ValidatePathSegment(std::string_view field, std::string_view name) {
  if (name.empty() || name == "." || name == ".." ||
      name.find_first_of("/%") != std::string_view::npos) {
    return InvalidArgument(fmt::format("{} {:?}: is no object name", field, name));
  }
  return ValidateUtf8(field, name);
}

Status ValidateUtf8(std::string_view field, std::string_view text) {
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    return InvalidArgument(fmt::format("{}: is not UTF-8", field));
  }
  return {};
}

}  // namespace berth::apiclient
