// Schedulers that take each task once.
#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>
#include <utility>

#include "berth/base/random.h"
#include "schedulers.h"

namespace berth::plan {
namespace {

template <typename Choose>
Assignment EachTo(const Instance& instance, Choose choose) {
  Assignment assignment;
  assignment.reserve(instance.demands.size());
  for (std::size_t task = 0; task < instance.demands.size(); ++task) {
    assignment.push_back(choose(task));
  }
  return assignment;
}

// Each task in turn to the machine with the least load; of equals to the first.
Assignment ListSchedule(const Instance& instance, std::span<const std::uint32_t> order) {
  using Load = std::pair<Duration, Machine>;
  std::vector<Load> idle;
  idle.reserve(instance.machines);
  for (Machine machine = 0; machine < instance.machines; ++machine) {
    idle.emplace_back(0, machine);
  }
  std::priority_queue<Load, std::vector<Load>, std::greater<>> machines(std::greater<>(),
                                                                        std::move(idle));
  Assignment assignment(instance.demands.size());
  for (const std::uint32_t task : order) {
    const auto [load, machine] = machines.top();
    machines.pop();
    assignment[task] = machine;
    machines.emplace(load + instance.demands[task], machine);
  }
  return assignment;
}

std::vector<std::uint32_t> InOrder(const Instance& instance) {
  std::vector<std::uint32_t> order(instance.demands.size());
  std::iota(order.begin(), order.end(), 0U);
  return order;
}

Machine MachineCount(const Instance& instance) { return static_cast<Machine>(instance.machines); }

}  // namespace

Assignment RoundRobin(const Instance& instance, std::uint64_t /*seed*/) {
  return EachTo(instance, [count = instance.machines](std::size_t task) {
    return static_cast<Machine>(task % count);
  });
}

Assignment Hash(const Instance& instance, std::uint64_t /*seed*/) {
  return EachTo(instance, [count = MachineCount(instance)](std::size_t task) {
    return Random(task).Below(count);
  });
}

Assignment AtRandom(const Instance& instance, std::uint64_t seed) {
  Random random(seed, Stream::kAtRandom);
  return EachTo(instance,
                [&](std::size_t /*task*/) { return random.Below(MachineCount(instance)); });
}

Assignment TwoChoices(const Instance& instance, std::uint64_t seed) {
  Random random(seed, Stream::kTwoChoices);
  std::vector<Duration> loads(instance.machines);
  return EachTo(instance, [&](std::size_t task) {
    const Machine one = random.Below(MachineCount(instance));
    const Machine other = random.Below(MachineCount(instance));
    const Machine chosen = loads[other] < loads[one] ? other : one;
    loads[chosen] += instance.demands[task];
    return chosen;
  });
}

Assignment LeastLoaded(const Instance& instance, std::uint64_t /*seed*/) {
  return ListSchedule(instance, InOrder(instance));
}

Assignment LongestFirst(const Instance& instance, std::uint64_t /*seed*/) {
  std::vector<std::uint32_t> order = InOrder(instance);
  std::ranges::stable_sort(order, std::greater(),
                           [&](std::uint32_t task) { return instance.demands[task]; });
  return ListSchedule(instance, order);
}

}  // namespace berth::plan
