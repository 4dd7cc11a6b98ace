// Kubernetes' resource.Quantity: "100m", "1.5", "4Gi", "2e3".
#pragma once

#include <cstdint>
#include <string_view>

#include "berth/base/result.h"

namespace berth::kube {

// The value times `scale` (1 for bytes and counts, 1000 for millicores), rounded up as Kubernetes
// does, saturated at the ends of int64. kInvalidArgument: not a quantity. Grammar: apimachinery
// `resource.Quantity`.
Result<std::int64_t> ParseQuantity(std::string_view text, std::int64_t scale);

}  // namespace berth::kube
