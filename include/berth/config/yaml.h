// YAML at the door: everything else in Berth reads JSON or values.
#pragma once

#include <string>
#include <string_view>

#include "berth/base/result.h"

namespace berth::config {

// One or many YAML documents as one JSON array of documents (JSON text is YAML too). Plain scalars
// become null, booleans and numbers by the YAML 1.2 core schema as Kubernetes reads it; keys are
// strings. Merge keys and anchors are resolved, recursion and documents that grow past `max_bytes`
// of JSON ("billion laughs") are errors with line and column.
Result<std::string> YamlToJson(std::string_view text, std::size_t max_bytes = std::size_t{1} << 30);

}  // namespace berth::config
