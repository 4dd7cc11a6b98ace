// Quantities that carry their unit. A bare integer for memory is this field's commonest wound.
#pragma once

#include <compare>
#include <cstdint>

#include "berth/base/arithmetic.h"

namespace berth {

// One number, one unit. Arithmetic stays inside the unit; the raw number comes out only by name.
template <typename Tag, typename Rep = std::int64_t>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(Rep count) : count_(count) {}

  constexpr Rep count() const { return count_; }

  friend constexpr auto operator<=>(Quantity, Quantity) = default;
  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return Quantity(static_cast<Rep>(a.count_ + b.count_));
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity(static_cast<Rep>(a.count_ - b.count_));
  }
  friend constexpr Quantity operator*(Quantity a, Rep n) {
    return Quantity(static_cast<Rep>(a.count_ * n));
  }
  constexpr Quantity& operator+=(Quantity other) { return *this = *this + other; }
  constexpr Quantity& operator-=(Quantity other) { return *this = *this - other; }

 private:
  Rep count_ = 0;
};

using MiB = Quantity<struct MiBTag>;          // device memory, 2^20 bytes
using Bytes = Quantity<struct BytesTag>;      // host memory
using Millicores = Quantity<struct CpuTag>;   // 1/1000 of a CPU
using Percent = Quantity<struct PercentTag>;  // share of one device's compute, 100 = all of it

constexpr MiB operator""_MiB(unsigned long long n) { return MiB(static_cast<std::int64_t>(n)); }
constexpr MiB operator""_GiB(unsigned long long n) {
  return MiB(static_cast<std::int64_t>(n) * 1024);
}

constexpr MiB RoundedUp(Bytes memory) {
  return MiB(DivideUp(memory.count(), std::int64_t{1} << 20));
}
constexpr Bytes ToBytes(MiB memory) { return Bytes(memory.count() * (std::int64_t{1} << 20)); }

}  // namespace berth
