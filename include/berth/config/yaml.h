// YAML at the door: everything else in Berth reads JSON or values.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "berth/base/result.h"

namespace berth::config {

// One or many YAML documents as one JSON array of documents; documents without content are left
// out. Text that is JSON already is passed through (checked for syntax only), which is many times
// faster than reading it as YAML. Otherwise, as kubectl reads a manifest: plain scalars by the
// rules of YAML 1.1 that Go's yaml.v2 keeps (yes/on are true, 010 is 8, 1_000 is 1000), quoted ones
// are strings, keys that are numbers or booleans become strings, merge keys and anchors are
// resolved. Unlike kubectl, a key given twice is an error. Errors begin "LINE:COLUMN: ", counted
// from 1: kInvalidArgument for the text, kResourceExhausted for a document that grows past
// `max_bytes` of JSON ("billion laughs").
Result<std::string> YamlToJson(std::string_view text, std::size_t max_bytes = std::size_t{1} << 30);

}  // namespace berth::config
