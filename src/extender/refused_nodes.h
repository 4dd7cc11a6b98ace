// Why nodes were refused, in numbers, and in one word.
#pragma once

#include <array>
#include <cstdint>

#include "berth/core/decide.h"
#include "berth/core/reason.h"

namespace berth::extender {

using RefusedNodes = std::array<std::uint64_t, core::kReasonCount>;  // by core::Reason

RefusedNodes CountRefused(const core::Decision& decision);

// The closest miss: what stands for the whole refusal where only one text can.
core::Reason Nearest(const RefusedNodes& refused);

}  // namespace berth::extender
