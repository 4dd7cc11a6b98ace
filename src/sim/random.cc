#include "berth/sim/random.h"

#include <bit>
#include <cmath>

#include "portable_math.h"

namespace berth::sim {
namespace {

std::uint64_t SplitMix(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15;
  std::uint64_t z = state;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EB;
  return z ^ (z >> 31U);
}

}  // namespace

Random::Random(std::uint64_t seed, std::uint64_t stream) : state_{} {
  std::uint64_t mixed = seed;
  mixed = SplitMix(mixed) ^ (stream * 0xD1342543DE82EF95);
  for (std::uint64_t& word : state_) {
    word = SplitMix(mixed);
  }
}

std::uint64_t Random::Next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17U;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Random::Uniform() { return static_cast<double>(Next() >> 11U) * 0x1p-53; }

double Random::Positive() { return static_cast<double>((Next() >> 11U) + 1) * 0x1p-53; }

std::uint32_t Random::Below(std::uint32_t limit) {
  return static_cast<std::uint32_t>(((Next() >> 32U) * limit) >> 32U);
}

double Random::Exponential(double mean) { return -mean * Log(Positive()); }

// Marsaglia's polar method; the second number is not kept, so that a draw depends on the state
// alone.
double Random::Normal() {
  for (;;) {
    const double x = (2 * Uniform()) - 1;
    const double y = (2 * Uniform()) - 1;
    const double square = (x * x) + (y * y);
    if (square > 0 && square < 1) {
      return x * std::sqrt(-2 * Log(square) / square);
    }
  }
}

double Random::Gamma(double shape) {
  if (shape < 1) {
    const double larger = Gamma(shape + 1);
    return larger * Exp(Log(Positive()) / shape);
  }
  const double d = shape - (1.0 / 3);
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = Normal();
    const double root = 1 + (c * x);
    if (root <= 0) {
      continue;
    }
    const double v = root * root * root;
    if (Log(Positive()) < (x * x / 2) + (d * (1 - v + Log(v)))) {
      return d * v;
    }
  }
}

std::vector<double> ZipfShares(int count, double exponent) {
  std::vector<double> shares;
  double sum = 0;
  for (int rank = 1; rank <= count; ++rank) {
    shares.push_back(Exp(-exponent * Log(rank)));
    sum += shares.back();
  }
  for (double& share : shares) {
    share /= sum;
  }
  return shares;
}

}  // namespace berth::sim
