#include "json.h"

#include <fmt/core.h>

#include <algorithm>

namespace berth::device {
namespace {

constexpr std::size_t kMaxFields = 64;  // of one object; more than any of ours has

}  // namespace

Result<JsonDocument> JsonDocument::Parse(std::string_view text, std::size_t max_size) {
  if (text.size() > max_size) {
    return InvalidArgument(fmt::format("{} bytes, at most {}", text.size(), max_size));
  }
  auto document = std::make_unique<simdjson::dom::document>();
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  if (const auto error =
          parser.parse_into_document(*document, text.data(), text.size()).get(element)) {
    return InvalidArgument(fmt::format("no JSON: {}", simdjson::error_message(error)));
  }
  BERTH_ASSIGN_OR_RETURN(JsonObject root, JsonObject::Create(element, ""));
  return JsonDocument(std::move(document), std::move(root));
}

Result<JsonObject> JsonObject::Create(simdjson::dom::element element, std::string path) {
  const std::string where = path.empty() ? "" : path + ": ";
  simdjson::dom::object object;
  if (element.get(object) != simdjson::SUCCESS) {
    return InvalidArgument(where + "expected an object");
  }
  std::vector<std::string_view> keys;
  for (const simdjson::dom::key_value_pair field : object) {
    if (keys.size() == kMaxFields) {
      return InvalidArgument(fmt::format("{}more than {} fields", where, kMaxFields));
    }
    keys.push_back(field.key);
  }
  std::ranges::sort(keys);
  if (const auto twice = std::ranges::adjacent_find(keys); twice != keys.end()) {
    return InvalidArgument(fmt::format("{}field '{}' is there twice", where, *twice));
  }
  return JsonObject(object, std::move(path));
}

std::optional<simdjson::dom::element> JsonObject::Find(std::string_view key) const {
  simdjson::dom::element element;
  if (object_.at_key(key).get(element) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return element;
}

std::string JsonObject::PathOf(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

Error JsonObject::Expected(std::string_view key, std::string_view what) const {
  if (!Has(key)) {
    return InvalidArgument(PathOf(key) + " is missing");
  }
  return InvalidArgument(fmt::format("{}: expected {}", PathOf(key), what));
}

std::vector<std::string> JsonObject::Keys() const {
  std::vector<std::string> keys;
  for (const simdjson::dom::key_value_pair field : object_) {
    keys.emplace_back(field.key);
  }
  return keys;
}

Status JsonObject::Only(std::initializer_list<std::string_view> known) const {
  for (const simdjson::dom::key_value_pair field : object_) {
    if (std::ranges::find(known, field.key) == known.end()) {
      return InvalidArgument(PathOf(field.key) + " is no known field");
    }
  }
  return {};
}

Result<std::int64_t> JsonObject::Integer(std::string_view key, std::int64_t min,
                                         std::int64_t max) const {
  const auto element = Find(key);
  std::int64_t number = 0;
  if (!element || element->get(number) != simdjson::SUCCESS || number < min || number > max) {
    return Expected(key, fmt::format("an integer from {} to {}", min, max));
  }
  return number;
}

Result<std::string> JsonObject::Text(std::string_view key) const {
  const auto element = Find(key);
  std::string_view text;
  if (!element || element->get(text) != simdjson::SUCCESS) {
    return Expected(key, "a string");
  }
  return std::string(text);
}

Result<bool> JsonObject::Flag(std::string_view key) const {
  const auto element = Find(key);
  bool flag = false;
  if (!element || element->get(flag) != simdjson::SUCCESS) {
    return Expected(key, "true or false");
  }
  return flag;
}

Result<JsonObject> JsonObject::Object(std::string_view key) const {
  const auto element = Find(key);
  if (!element) {
    return Expected(key, "an object");
  }
  return Create(*element, PathOf(key));
}

Result<simdjson::dom::array> JsonObject::Array(std::string_view key, std::size_t max) const {
  const auto element = Find(key);
  simdjson::dom::array array;
  if (!element || element->get(array) != simdjson::SUCCESS || array.size() < 1 ||
      array.size() > max) {
    return Expected(key, fmt::format("a list of 1 to {}", max));
  }
  return array;
}

Result<std::vector<std::string>> JsonObject::Texts(std::string_view key, std::size_t max) const {
  BERTH_ASSIGN_OR_RETURN(const simdjson::dom::array array, Array(key, max));
  std::vector<std::string> texts;
  for (const simdjson::dom::element element : array) {
    std::string_view text;
    if (element.get(text) != simdjson::SUCCESS) {
      return InvalidArgument(fmt::format("{}[{}]: expected a string", PathOf(key), texts.size()));
    }
    texts.emplace_back(text);
  }
  return texts;
}

Result<std::vector<JsonObject>> JsonObject::Objects(std::string_view key, std::size_t max) const {
  BERTH_ASSIGN_OR_RETURN(const simdjson::dom::array array, Array(key, max));
  std::vector<JsonObject> objects;
  for (const simdjson::dom::element element : array) {
    BERTH_ASSIGN_OR_RETURN(JsonObject object,
                           Create(element, fmt::format("{}[{}]", PathOf(key), objects.size())));
    objects.push_back(std::move(object));
  }
  return objects;
}

}  // namespace berth::device
