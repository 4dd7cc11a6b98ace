// Small JSON objects out of annotations, read strictly: every error names the field and what was
// expected, a key that is there twice is one of them.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/base/result.h"

namespace berth::device {

// Borrows from the JsonDocument.
class JsonObject {
 public:
  static Result<JsonObject> Create(simdjson::dom::element element, std::string path);

  bool Has(std::string_view key) const { return Find(key).has_value(); }
  // kInvalidArgument: a key that is not among `known`.
  Status Only(std::initializer_list<std::string_view> known) const;

  // An absent key is an error here too: it "is missing".
  Result<std::int64_t> Integer(std::string_view key, std::int64_t min, std::int64_t max) const;
  Result<std::string> Text(std::string_view key) const;
  Result<bool> Flag(std::string_view key) const;
  Result<JsonObject> Object(std::string_view key) const;
  Result<std::vector<std::string>> Texts(std::string_view key, std::size_t max) const;
  Result<std::vector<JsonObject>> Objects(std::string_view key, std::size_t max) const;
  std::vector<std::string> Keys() const;

  std::string PathOf(std::string_view key) const;  // "devices[2].memoryMiB"

 private:
  JsonObject(simdjson::dom::object object, std::string path)
      : object_(object), path_(std::move(path)) {}

  std::optional<simdjson::dom::element> Find(std::string_view key) const;
  Error Expected(std::string_view key, std::string_view what) const;
  Result<simdjson::dom::array> Array(std::string_view key, std::size_t max) const;

  simdjson::dom::object object_;
  std::string path_;
};

class JsonDocument {
 public:
  // kInvalidArgument: longer than max_size, no JSON, or not an object.
  static Result<JsonDocument> Parse(std::string_view text, std::size_t max_size);

  JsonObject root() const { return root_; }

 private:
  JsonDocument(std::unique_ptr<simdjson::dom::document> text, JsonObject root)
      : text_(std::move(text)), root_(std::move(root)) {}

  std::unique_ptr<simdjson::dom::document> text_;  // what root_ looks at
  JsonObject root_;
};

}  // namespace berth::device
