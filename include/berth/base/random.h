// Random numbers that are the same on every machine: the standard fixes its engines but not its
// distributions, and C libraries differ in the last bit of log and exp.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace berth {

// xoshiro256** (Blackman and Vigna), filled by splitmix64. Streams of one seed are independent, so
// that one part of a workload can change without the others.
class Random {
 public:
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0);
  // Of a stream that the caller has a name for.
  template <typename Stream>
    requires std::is_enum_v<Stream>
  Random(std::uint64_t seed, Stream stream) : Random(seed, static_cast<std::uint64_t>(stream)) {}

  std::uint64_t Next();
  double Uniform();                          // 0 <= x < 1
  std::uint32_t Below(std::uint32_t limit);  // 0 <= x < limit; limit > 0
  double Exponential(double mean);
  // The exponential of a normal number of that mean and standard deviation.
  double Lognormal(double mu, double sigma);
  // Mean `shape`, variance `shape`; shape > 0 (Marsaglia and Tsang, 2000).
  double Gamma(double shape);

 private:
  double Positive();  // 0 < x <= 1
  double Normal();

  std::array<std::uint64_t, 4> state_;
};

// Of `count` items by rank, adding up to 1: the i-th has 1 / i^exponent.
std::vector<double> ZipfShares(int count, double exponent);

}  // namespace berth
