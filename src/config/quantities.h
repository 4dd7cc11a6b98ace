// Text forms of what settings hold. Parsers give nullopt for anything else than the whole form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "berth/base/clock.h"

namespace berth::config {

// "5s", "250ms", "1m30s", "1.5h" (units ns us ms s m h), "0". Grammar: Go's time.ParseDuration,
// without signs. nullopt also past the range of Duration.
std::optional<Duration> ParseDuration(std::string_view text);
std::string FormatDuration(Duration duration);  // exact; "1m30s"

// Bytes: "4096", "128Mi", "1Gi", "2G" (Ki Mi Gi Ti, k M G T).
std::optional<std::int64_t> ParseSize(std::string_view text);
std::string FormatSize(std::int64_t bytes);  // exact, in the largest binary unit

// "host:port", ":port", "[::1]:port". Empty: well-formed; else what is wrong with it.
std::string CheckAddress(std::string_view text);

struct Address {
  std::string_view host;  // without brackets; empty: every address
  std::string_view port;
};
Address SplitAddress(std::string_view text);  // of a well-formed one

// "nvidia.com/gpu" as Kubernetes' label keys and resource names are formed: [DNS subdomain "/"]
// name.
bool IsQualifiedName(std::string_view text);

// Domain-prefixed, not Kubernetes' own. Source: apis/core/v1/helper IsExtendedResourceName.
bool IsExtendedResource(std::string_view text);

}  // namespace berth::config
