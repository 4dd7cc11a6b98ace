// What a plain YAML scalar means. kubectl's reader (sigs.k8s.io/yaml over Go's yaml.v2) still
// follows YAML 1.1 here, and a manifest must mean the same to Berth as to the cluster.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "berth/base/result.h"

namespace berth::config {

struct Null {
  friend bool operator==(Null, Null) = default;
};

// Integers come as the smallest type that holds them; past 64 bits they are doubles, as in Go.
using Scalar = std::variant<Null, bool, std::int64_t, std::uint64_t, double, std::string>;

// `tag` as yaml-cpp gives it: "?" for a plain scalar, "!" for a quoted one, else the explicit tag.
// An explicit tag of the core schema that the text does not fit is an error.
Result<Scalar> ResolveScalar(std::string_view tag, std::string_view text);

// "a string", "an integer", ... for complaints.
std::string_view TypeName(const Scalar& scalar);

// Shortest text that reads back to the same number, in JSON's grammar and Go's layout.
std::string FormatNumber(double number);

// The text of a scalar used as a key, as kubectl turns it into a string. kInvalidArgument for null.
Result<std::string> KeyText(const Scalar& scalar);

}  // namespace berth::config
