// Longest first, then exchanges that lighten the heaviest machine, until none does; then random
// swaps ("kicks"), from which the exchanges start again, as long as it was agreed to try.
#include <algorithm>
#include <functional>
#include <optional>

#include "berth/base/random.h"
#include "schedulers.h"

namespace berth::plan {
namespace {

// Tasks and machines looked at: as many for any small instance, some for each task of a large one.
constexpr std::uint64_t kLeastSteps = 2'000'000;
constexpr std::uint64_t kStepsOfATask = 10;
constexpr int kSwapsOfAKick = 2;

struct Task {
  Duration demand{};
  std::uint32_t number = 0;
};

struct Load {
  std::vector<Task> tasks;  // longest first, equals by number
  Duration sum{};
};

// A task of the heaviest machine for a shorter one, or for none, of another machine.
struct Exchange {
  std::size_t to = 0;
  std::size_t given = 0;  // positions in `tasks`
  std::optional<std::size_t> taken;
  Duration heavier{};  // of the two machines, afterwards
};

class Search {
 public:
  Search(const Instance& instance, const Assignment& start, std::uint64_t seed)
      : loads_(instance.machines),
        bound_(LowerBound(instance)),
        most_steps_(std::max(kLeastSteps, kStepsOfATask * start.size())),
        random_(seed, Stream::kKicks) {
    for (std::uint32_t task = 0; task < start.size(); ++task) {
      Load& load = loads_[start[task]];
      load.tasks.push_back({instance.demands[task], task});
      load.sum += instance.demands[task];
    }
    for (Load& load : loads_) {
      std::ranges::sort(load.tasks, &Search::IsBefore);
    }
    tasks_ = start.size();
  }

  Assignment Run() {
    Descend();
    while (!IsDone()) {
      const std::vector<Load> best = loads_;
      const Duration makespan = loads_[Heaviest()].sum;
      Count(tasks_);
      Kick();
      Descend();
      if (loads_[Heaviest()].sum > makespan) {
        loads_ = best;
      }
    }
    return Assigned();
  }

 private:
  static bool IsBefore(const Task& a, const Task& b) {
    return a.demand != b.demand ? a.demand > b.demand : a.number < b.number;
  }

  void Count(std::size_t steps) { steps_ += steps; }
  bool IsDone() const {
    return loads_.size() == 1 || steps_ > most_steps_ || loads_[Heaviest()].sum <= bound_;
  }
  std::size_t Heaviest() const {
    return static_cast<std::size_t>(std::ranges::max_element(loads_, {}, &Load::sum) -
                                    loads_.begin());
  }

  void Descend() {
    while (!IsDone()) {
      const std::size_t from = Heaviest();
      const std::optional<Exchange> exchange = FindExchange(from);
      if (!exchange) {
        return;
      }
      Apply(from, *exchange);
    }
  }

  // The one after which the heavier of its two machines is lightest.
  std::optional<Exchange> FindExchange(std::size_t from) {
    std::optional<Exchange> best;
    for (std::size_t to = 0; to < loads_.size(); ++to) {
      if (to == from) {
        continue;
      }
      const std::optional<Exchange> found =
          FindBetween(from, to, best ? best->heavier : loads_[from].sum);
      best = found ? found : best;
      if (best && best->heavier <= bound_) {
        break;
      }
    }
    return best;
  }

  // The best of those after which both are lighter than `limit`.
  std::optional<Exchange> FindBetween(std::size_t from, std::size_t to, Duration limit) {
    const Load& giver = loads_[from];
    const Load& taker = loads_[to];
    const Duration half = (giver.sum - taker.sum) / 2;
    std::optional<Exchange> best;
    const auto consider = [&](std::size_t given, std::optional<std::size_t> taken) {
      const Duration moved =
          giver.tasks[given].demand - (taken ? taker.tasks[*taken].demand : Duration(0));
      const Duration heavier = std::max(giver.sum - moved, taker.sum + moved);
      if (heavier < limit) {
        limit = heavier;
        best = {.to = to, .given = given, .taken = taken, .heavier = heavier};
      }
    };
    // Shorter tasks are given for shorter ones: both walks go one way.
    std::size_t other = 0;
    for (std::size_t given = 0; given < giver.tasks.size(); ++given) {
      consider(given, std::nullopt);
      const Duration wanted = giver.tasks[given].demand - half;
      while (other < taker.tasks.size() && taker.tasks[other].demand > wanted) {
        ++other;
      }
      if (other < taker.tasks.size()) {
        consider(given, other);
      }
      if (other > 0) {
        consider(given, other - 1);
      }
    }
    Count(1 + giver.tasks.size() + other);
    return best;
  }

  void Apply(std::size_t from, const Exchange& exchange) {
    const Task given = Take(from, exchange.given);
    if (exchange.taken) {
      Give(from, Take(exchange.to, *exchange.taken));
    }
    Give(exchange.to, given);
  }

  Task Take(std::size_t machine, std::size_t position) {
    Load& load = loads_[machine];
    const auto at = load.tasks.begin() + static_cast<std::ptrdiff_t>(position);
    const Task task = *at;
    load.tasks.erase(at);
    load.sum -= task.demand;
    return task;
  }

  void Give(std::size_t machine, Task task) {
    Load& load = loads_[machine];
    load.tasks.insert(std::ranges::lower_bound(load.tasks, task, &Search::IsBefore), task);
    load.sum += task.demand;
  }

  // Tasks drawn from the heaviest machine and from another change places.
  void Kick() {
    for (int i = 0; i < kSwapsOfAKick; ++i) {
      const std::size_t from = Heaviest();
      const std::size_t to = (from + 1 + Draw(loads_.size() - 1)) % loads_.size();
      const Task given = Take(from, Draw(loads_[from].tasks.size()));
      if (!loads_[to].tasks.empty()) {
        Give(from, Take(to, Draw(loads_[to].tasks.size())));
      }
      Give(to, given);
    }
  }

  std::size_t Draw(std::size_t limit) { return random_.Below(static_cast<std::uint32_t>(limit)); }

  Assignment Assigned() const {
    Assignment assignment(tasks_);
    for (Machine machine = 0; machine < loads_.size(); ++machine) {
      for (const Task& task : loads_[machine].tasks) {
        assignment[task.number] = machine;
      }
    }
    return assignment;
  }

  std::vector<Load> loads_;
  const Duration bound_;
  const std::uint64_t most_steps_;
  Random random_;
  std::size_t tasks_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace

Assignment LocalSearch(const Instance& instance, std::uint64_t seed) {
  return Search(instance, LongestFirst(instance, seed), seed).Run();
}

}  // namespace berth::plan
