// What a request's path and query say.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/result.h"

namespace berth::server {

// Percent-decoded; nullopt when a % is not followed by two hexadecimal digits.
std::optional<std::string> PercentDecoded(std::string_view text);

// "verbose&limit=5" -> {"limit": "5", "verbose": ""}. kInvalidArgument: malformed, or given twice.
using Parameters = std::map<std::string, std::string, std::less<>>;
Result<Parameters> ParseQuery(std::string_view query);

// A part of a list: `limit` items behind the one that the continue token stands for.
struct PageRequest {
  std::size_t limit = 500;  // 1..kMaxPage
  std::string after;        // key of the last item seen; empty: from the start
};
inline constexpr std::size_t kMaxPage = 5000;

// From limit= and continue=; any other parameter is an error that names the known ones.
Result<PageRequest> ParsePage(std::string_view query);

struct ExplainQuery {
  std::size_t limit = 20;  // nodes of each kind, 1..kMaxPage
  bool table = false;      // text for people
};

// From limit= and output=json|table.
Result<ExplainQuery> ParseExplainQuery(std::string_view query);

// Opaque to clients: the key in hexadecimal.
std::string ContinueToken(std::string_view key);

// The decoded segments of `path` below `prefix`: "/api/v1/pods/ml/llm-0" -> {"ml", "llm-0"}.
// nullopt when one is empty or malformed.
std::optional<std::vector<std::string>> SegmentsBelow(std::string_view path,
                                                      std::string_view prefix);

}  // namespace berth::server
