#include "berth/plan/instance.h"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>

#include "berth/base/check.h"
#include "berth/base/random.h"

namespace berth::plan {
namespace {

using std::chrono::milliseconds;

Duration Milliseconds(double count) {
  return std::max(Duration(1), Duration(static_cast<std::int64_t>(count * 1e6)));
}

template <typename Draw>
Instance Drawn(std::size_t tasks, std::size_t machines, Draw draw) {
  Instance instance{.demands = {}, .machines = machines};
  instance.demands.reserve(tasks);
  for (std::size_t i = 0; i < tasks; ++i) {
    instance.demands.push_back(draw());
  }
  return instance;
}

Instance Uniform(std::uint64_t seed) {
  Random random(seed);
  return Drawn(51, 10, [&] { return Milliseconds(1 + (99 * random.Uniform())); });
}

Instance Lognormal(std::uint64_t seed) {
  Random random(seed);
  return Drawn(200, 16, [&] { return Milliseconds(random.Lognormal(0, 1)); });
}

template <std::size_t kTasks, std::size_t kMachines>
Instance Shop(std::uint64_t seed) {
  Random random(seed);
  return Drawn(kTasks, kMachines, [&]() -> Duration {
    const double at = random.Uniform();
    return at < 0.6 ? std::chrono::microseconds(500) : milliseconds(at < 0.9 ? 1 : 2);
  });
}

// Two tasks each of 2m-1 down to m+1 and three of m: the longest first end at 4m-1, where 3m is
// possible (Graham, 1969).
Instance LptWorst(std::uint64_t /*seed*/) {
  constexpr int kMachines = 8;
  Instance instance{.demands = {}, .machines = kMachines};
  for (int length = (2 * kMachines) - 1; length > kMachines; --length) {
    instance.demands.insert(instance.demands.end(), 2, milliseconds(length));
  }
  instance.demands.insert(instance.demands.end(), 3, milliseconds(kMachines));
  return instance;
}

Duration RoundedUp(Duration time, Duration unit) {
  const Duration rest = time % unit;
  return rest == Duration(0) ? time : time + (unit - rest);
}

// The unit that all demands are whole multiples of.
Duration UnitOf(std::span<const Duration> demands) {
  std::int64_t unit = 0;
  for (const Duration demand : demands) {
    unit = std::gcd(unit, demand.count());
  }
  return Duration(unit);
}

}  // namespace

Duration LowerBound(const Instance& instance) {
  BERTH_CHECK(!instance.demands.empty());
  BERTH_CHECK(instance.machines > 0);
  std::vector<Duration> demands = instance.demands;
  const auto machines = static_cast<std::int64_t>(instance.machines);
  const Duration sum = std::accumulate(demands.begin(), demands.end(), Duration(0));
  const Duration share = RoundedUp((sum + Duration(machines - 1)) / machines, UnitOf(demands));
  const Duration longest = *std::ranges::max_element(demands);
  if (demands.size() <= instance.machines) {
    return std::max(share, longest);
  }
  const auto next = demands.begin() + machines;  // the (m+1)-th longest, from 0
  std::ranges::nth_element(demands, next, std::greater());
  const Duration pair = *std::min_element(demands.begin(), next) + *next;
  return std::max({share, longest, pair});
}

std::span<const Family> Families() {
  static constexpr std::array<Family, 6> kFamilies = {{
      {"uniform", "51 tasks of 1 to 100 ms on 10 machines", &Uniform},
      {"lognormal", "200 tasks, lognormal(0, 1) ms, on 16 machines", &Lognormal},
      {"shop", "1,000 tasks of 0.5, 1 and 2 ms (0.6, 0.3, 0.1) on 100 machines", &Shop<1000, 100>},
      {"shop-large", "10,000 of the same on 1,000 machines", &Shop<10'000, 1000>},
      {"lpt-worst", "17 tasks on 8 machines: the worst case of longest first", &LptWorst},
      {"scale", "1,000,000 tasks of the shop on 1,000 machines; only if named",
       &Shop<1'000'000, 1000>, true},
  }};
  return kFamilies;
}

}  // namespace berth::plan
