// Kubernetes' resource.Quantity: "100m", "1.5", "4Gi", "2e3".
#pragma once

#include <cstdint>
#include <string_view>

#include "berth/base/result.h"

namespace berth::kube {

// The value times `scale` (1 for bytes and counts, 1000 for millicores; at most 10^9), rounded up
// (away from zero) as Kubernetes does, saturated at the ends of int64. kInvalidArgument: not a
// quantity. Grammar: apimachinery `resource.Quantity`; digits after the 28th round up.
Result<std::int64_t> ParseQuantity(std::string_view text, std::int64_t scale);

// An amount that comes in whole pieces, as extended resources do: the value, saturated;
// kInvalidArgument also for a fraction ("1500m") or a negative amount.
Result<std::int64_t> ParseCount(std::string_view text);

}  // namespace berth::kube
