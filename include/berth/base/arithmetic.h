// Whole numbers, rounded the way that is meant.
#pragma once

#include <cstdint>

namespace berth {

// a / b, rounded up; a >= 0, b > 0.
constexpr std::int64_t DivideUp(std::int64_t a, std::int64_t b) {
  return a / b + (a % b != 0 ? 1 : 0);
}

}  // namespace berth
