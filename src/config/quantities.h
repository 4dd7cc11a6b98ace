// Text forms of what settings hold. Parsers give nullopt for anything else than the whole form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "berth/base/clock.h"
#include "berth/config/duration.h"

namespace berth::config {

// Bytes: "4096", "128Mi", "1Gi", "2G" (Ki Mi Gi Ti, k M G T).
std::optional<std::int64_t> ParseSize(std::string_view text);
std::string FormatSize(std::int64_t bytes);  // exact, in the largest binary unit

// Bytes per second: "20GB/s", "1.5GiB/s", "10Gbit/s" (units B, kB, KiB, MB, MiB, GB, GiB, TB, TiB,
// and kbit, Mbit, Gbit, Tbit of decimal powers), "0". Rounded down to whole bytes.
std::optional<std::int64_t> ParseBandwidth(std::string_view text);
std::string FormatBandwidth(std::int64_t bytes_per_second);  // exact, "1.25GB/s"

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
bool IsMetricName(std::string_view text);  // of Prometheus: [a-zA-Z_:][a-zA-Z0-9_:]*

// As the value of a label, but not empty: a name that fits into annotations, labels and metrics.
bool IsName(std::string_view text);

// A name that berth.dev/model can carry: no '@', which sets the variant apart.
bool IsModelName(std::string_view text);

// Quoted YAML can escape any character into a text.
bool HasNoControls(std::string_view text);

std::string LowerCase(std::string text);  // ASCII letters

// One word, without white space and control characters.
bool IsId(std::string_view text);

// "http://host", "https://host:port/path" without user, query and fragment.
bool IsUrl(std::string_view text);

// Domain-prefixed, not Kubernetes' own. Source: apis/core/v1/helper IsExtendedResourceName.
bool IsExtendedResource(std::string_view text);

}  // namespace berth::config
