// The closed sets of label values, in the order of the enums that index them.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace berth::observe {

inline constexpr auto kVerbs =
    std::to_array<std::string_view>({"filter", "prioritize", "preempt", "bind"});
inline constexpr auto kCallResults =
    std::to_array<std::string_view>({"ok", "refused", "error", "shed"});
inline constexpr auto kRejections =
    std::to_array<std::string_view>({"overload", "too_large", "headers_too_large", "malformed_http",
                                     "slow", "bad_json", "tls_handshake"});
inline constexpr auto kDecisionOutcomes =
    std::to_array<std::string_view>({"fits", "contended", "refused"});
inline constexpr auto kPlacementOutcomes = std::to_array<std::string_view>(
    {"bound", "already_bound", "conflict", "error", "unknown", "not_leader"});
inline constexpr auto kWakeResults = std::to_array<std::string_view>({"ok", "gone", "error"});
inline constexpr auto kObservedOutcomes =
    std::to_array<std::string_view>({"same_node", "other_node", "only_berth_refused", "undecided"});
inline constexpr auto kObservedDecisions = std::to_array<std::string_view>({"fits", "refused"});
inline constexpr auto kPodStates = std::to_array<std::string_view>({"pending", "assumed", "bound"});
inline constexpr auto kNodeModes =
    std::to_array<std::string_view>({"none", "whole", "shared", "mixed", "invalid", "foreign"});
// By signing::Proof, but for the sound one.
inline constexpr auto kProofFaults =
    std::to_array<std::string_view>({"missing", "unknown_key", "wrong"});
inline constexpr auto kOfferedModes = std::to_array<std::string_view>({"whole", "shared"});
inline constexpr auto kTiers =
    std::to_array<std::string_view>({"device", "host", "disk", "peer", "remote"});
inline constexpr auto kCacheResources = std::to_array<std::string_view>({"nodes", "pods"});
inline constexpr auto kRestartReasonNames =
    std::to_array<std::string_view>({"expired", "silent", "broken", "error"});
inline constexpr auto kLogLevelNames =
    std::to_array<std::string_view>({"debug", "info", "warn", "error"});
inline constexpr auto kResourceStates = std::to_array<std::string_view>({"capacity", "allocated"});

inline constexpr auto kFreshness = std::to_array<std::string_view>({"fresh", "stale", "missing"});
inline constexpr auto kScrapeResultNames =
    std::to_array<std::string_view>({"ok", "timeout", "unreachable", "broken", "http_error",
                                     "too_large", "parse_error", "unrecognised", "invalid"});

// Words of the API client; what is not among them is the last.
inline constexpr auto kApiVerbs =
    std::to_array<std::string_view>({"get", "list", "watch", "create", "patch", "other"});
inline constexpr auto kApiResources = std::to_array<std::string_view>(
    {"nodes", "pods", "pods/binding", "pods/status", "leases", "other"});
inline constexpr auto kApiCodes =
    std::to_array<std::string_view>({"none", "200", "201", "400", "401", "403", "404", "409", "410",
                                     "422", "429", "500", "503", "504", "other"});

}  // namespace berth::observe
