#include "portable_math.h"

#include <cmath>
#include <numbers>

namespace berth::sim {

// With m in [sqrt(1/2), sqrt(2)): ln m = 2 artanh((m - 1) / (m + 1)).
double Log(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < std::numbers::sqrt2 / 2) {
    m *= 2;
    --exponent;
  }
  const double t = (m - 1) / (m + 1);
  const double square = t * t;
  double sum = 0;
  for (int k = 23; k >= 1; k -= 2) {
    sum = (sum * square) + (1.0 / k);
  }
  return (exponent * std::numbers::ln2) + (2 * t * sum);
}

// e^x = 2^n e^r with |r| <= ln 2 / 2.
double Exp(double x) {
  if (x < -745) {
    return 0;
  }
  const double n = std::floor((x / std::numbers::ln2) + 0.5);
  const double r = x - (n * std::numbers::ln2);
  double sum = 1;
  for (int k = 15; k >= 1; --k) {
    sum = 1 + (sum * r / k);
  }
  return std::ldexp(sum, static_cast<int>(n));
}

}  // namespace berth::sim
