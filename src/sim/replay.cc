#include "berth/sim/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "berth/base/check.h"
#include "berth/base/random.h"
#include "berth/sim/event_queue.h"
#include "replay_world.h"

namespace berth::sim {
namespace {

constexpr std::size_t kDoneEvery = 1000;  // events between two calls of `done`

// To the nearest whole number, halves to the even one, as the published evaluation rounds.
double Round(double value, int digits) {
  const double scale = std::pow(10.0, digits);
  return std::nearbyint(value * scale) / scale;
}

Millidevices CapacityOf(std::span<const TraceNode> nodes) {
  Millidevices capacity;
  for (const TraceNode& node : nodes) {
    capacity += kWholeDevice * node.devices;
  }
  return capacity;
}

std::size_t ClassOf(const TracePod& pod) {
  if (pod.devices == 1) {
    return pod.share < kWholeDevice ? 1 : 2;
  }
  switch (pod.devices) {
    case 0:
      return 0;
    case 2:
      return 3;
    case 4:
      return 4;
    case 8:
      return 5;
    default:
      return 6;
  }
}

// Percents of one moment.
struct Reading {
  double asked = 0;
  double allocated = 0;
  double fragmented = 0;
};

// What a column's readings added up to.
struct Sums {
  Reading sum;
  double weight = 0;

  void Add(const Reading& reading, double times) {
    sum.asked += reading.asked * times;
    sum.allocated += reading.allocated * times;
    sum.fragmented += reading.fragmented * times;
    weight += times;
  }
  void Add(const Sums& other) {
    Add(other.sum, 1);
    weight += other.weight - 1;
  }
};

// The cluster as the replay itself sees it: whatever a policy believes, room is given once.
class Books {
 public:
  explicit Books(const ReplayWorld& world)
      : world_(world), rooms_(world.shapes.empty_nodes), capacity_(CapacityOf(world.setup.nodes)) {
    for (const NodeRoom& room : rooms_) {
      fragments_ += world.fragmentation.Of(room);
    }
  }

  void Take(std::uint32_t pod, const Spot& spot) {
    const PodShape& shape = world_.shape(pod);
    NodeRoom& room = rooms_[spot.node];
    BERTH_CHECK(Fits(room, shape));
    BERTH_CHECK(spot.devices.size() == shape.devices);
    BERTH_CHECK((Roomy(room, shape) & spot.devices) == spot.devices);
    fragments_ -= world_.fragmentation.Of(room);
    sim::Take(room, shape, spot.devices);
    fragments_ += world_.fragmentation.Of(room);
    used_ += shape.demand();
  }

  void GiveBack(std::uint32_t pod, const Spot& spot) {
    const PodShape& shape = world_.shape(pod);
    NodeRoom& room = rooms_[spot.node];
    fragments_ -= world_.fragmentation.Of(room);
    sim::GiveBack(room, shape, spot.devices);
    fragments_ += world_.fragmentation.Of(room);
    used_ -= shape.demand();
  }

  // Percent of the devices.
  double Share(Millidevices amount) const {
    return 100 * static_cast<double>(amount.count()) / static_cast<double>(capacity_.count());
  }
  double allocated() const { return Share(used_); }
  // Percent of the idle devices.
  double fragmented() const {
    const double idle = static_cast<double>((capacity_ - used_).count()) *
                        static_cast<double>(world_.fragmentation.weight());
    return idle > 0 ? 100 * static_cast<double>(fragments_) / idle : 0;
  }

  std::array<double, kIdleUses> SplitOfIdle() const {
    std::array<double, kIdleUses> shares{};
    for (const NodeRoom& room : rooms_) {
      const IdleSplit split = SplitOf(world_.typical, room);
      for (std::size_t i = 0; i < kIdleUses; ++i) {
        shares[i] += static_cast<double>(split[i]);
      }
    }
    for (double& share : shares) {
      share *= 100 / static_cast<double>(world_.fragmentation.weight()) /
               static_cast<double>(capacity_.count());
    }
    return shares;
  }

 private:
  const ReplayWorld& world_;
  std::vector<NodeRoom> rooms_;  // by row
  Millidevices capacity_;
  Millidevices used_;
  std::int64_t fragments_ = 0;
};

void Append(ReplayCurve& curve, int column, const Sums& sums) {
  curve.column.push_back(column);
  curve.asked.push_back(Round(sums.sum.asked / sums.weight, 2));
  curve.allocated.push_back(Round(sums.sum.allocated / sums.weight, 2));
  curve.fragmented.push_back(Round(sums.sum.fragmented / sums.weight, 2));
}

// A column without events is taken for its neighbours, and left out where they have none either.
ReplayCurve CurveOf(const std::map<int, Sums>& columns) {
  ReplayCurve curve;
  if (columns.empty()) {
    return curve;
  }
  for (int column = 0; column <= columns.rbegin()->first; ++column) {
    Sums sums;
    if (const auto at = columns.find(column); at != columns.end()) {
      sums = at->second;
    } else {
      for (const int near : {column - 1, column + 1}) {
        if (const auto beside = columns.find(near); beside != columns.end()) {
          sums.Add(beside->second);
        }
      }
    }
    if (sums.weight > 0) {
      Append(curve, column, sums);
    }
  }
  return curve;
}

// One policy in one setup.
class Run {
 public:
  Run(const ReplaySetup& setup, const PackingPolicy& policy)
      : setup_(setup), world_(setup), books_(world_), packer_(policy.make(world_)) {}

  ReplayResult InOrder(const std::function<void(std::size_t, std::size_t)>& done) {
    for (std::uint32_t event = 0; event < setup_.arrivals.size(); ++event) {
      if (event % kDoneEvery == 0) {
        done(event, setup_.arrivals.size());
      }
      Arrive({.event = event, .pod = setup_.arrivals[event]});
      Record(static_cast<int>(Round(books_.Share(asked_), 0)));
    }
    done(setup_.arrivals.size(), setup_.arrivals.size());
    return Result();
  }

  // Who leaves at the moment when another comes has made room for him.
  ReplayResult InTime(const std::function<void(std::size_t, std::size_t)>& done) {
    EventQueue<Event> events = EventsOfTrace();
    spots_.resize(setup_.pods.size());
    const std::size_t all = 2 * setup_.pods.size();
    for (std::size_t step = 0; !events.empty(); ++step) {
      if (step % kDoneEvery == 0) {
        done(std::min(step, all), all);
      }
      const Duration before = events.now();
      const Event event = events.Pop();
      RecordSpan(before, events.now());
      if (event.leaves) {
        Leave(event.arrival);
        continue;
      }
      Arrive(event.arrival);
      if (!Lives(setup_.pods[event.arrival.pod])) {
        Leave(event.arrival);
      }
    }
    done(all, all);
    return Result();
  }

 private:
  struct Event {
    Arrival arrival;
    bool leaves = false;
  };

  static bool Lives(const TracePod& pod) { return pod.deleted > pod.created; }

  EventQueue<Event> EventsOfTrace() {
    EventQueue<Event> events;
    const auto push_all = [&](bool leaves) {
      for (std::uint32_t i = 0; i < setup_.pods.size(); ++i) {
        const TracePod& pod = setup_.pods[i];
        if (!leaves || Lives(pod)) {
          events.Push(leaves ? pod.deleted : pod.created,
                      {.arrival = {.event = i, .pod = i}, .leaves = leaves});
        }
        end_ = std::max(end_, pod.deleted);
      }
    };
    push_all(true);
    push_all(false);
    return events;
  }

  void Arrive(const Arrival& arrival) {
    const TracePod& pod = setup_.pods[arrival.pod];
    asked_ += pod.demand();
    const std::optional<Spot> spot = packer_->Place(arrival);
    if (!spot) {
      ++result_.failed[ClassOf(pod)];
      return;
    }
    books_.Take(arrival.pod, *spot);
    result_.placements.push_back({.arrival = arrival, .spot = *spot});
    if (!spots_.empty()) {
      spots_[arrival.event] = *spot;
    }
  }

  void Leave(const Arrival& arrival) {
    asked_ -= setup_.pods[arrival.pod].demand();
    if (const auto& spot = spots_[arrival.event]) {
      books_.GiveBack(arrival.pod, *spot);
      packer_->Leave(arrival, *spot);
    }
  }

  void Record(int column) {
    columns_[column].Add({.asked = books_.Share(asked_),
                          .allocated = Round(books_.allocated(), 2),
                          .fragmented = books_.fragmented()},
                         1);
  }

  // Things were as they are from `from` until `to`.
  void RecordSpan(Duration from, Duration to) {
    const Duration step = std::max(end_ / 100, Duration(1));
    const Reading now{.asked = books_.Share(asked_),
                      .allocated = books_.allocated(),
                      .fragmented = books_.fragmented()};
    while (from < to) {
      const auto column = static_cast<int>(std::min<std::int64_t>(from / step, 99));
      const Duration until = column == 99 ? to : std::min(to, step * (column + 1));
      columns_[column].Add(now, Seconds(until - from));
      from = until;
    }
  }

  ReplayResult Result() {
    result_.curve = CurveOf(columns_);
    result_.end_allocated = Round(books_.allocated(), 2);
    result_.end_fragmented = Round(books_.fragmented(), 2);
    result_.end_idle = books_.SplitOfIdle();
    return std::move(result_);
  }

  const ReplaySetup& setup_;
  const ReplayWorld world_;
  Books books_;
  std::unique_ptr<Packer> packer_;
  Millidevices asked_;                      // by those that came and have not left
  std::vector<std::optional<Spot>> spots_;  // by event; empty where nobody leaves
  Duration end_{};                          // of the trace
  std::map<int, Sums> columns_;
  ReplayResult result_;
};

std::optional<double> ValueAt(const std::vector<int>& columns, const std::vector<double>& values,
                              int wanted) {
  const auto at = std::ranges::lower_bound(columns, wanted);
  return at != columns.end() && *at == wanted
             ? std::optional(values[static_cast<std::size_t>(at - columns.begin())])
             : std::nullopt;
}

}  // namespace

std::string_view PodClassName(std::size_t pod_class) {
  constexpr std::array<std::string_view, kPodClasses> kNames = {"cpu",   "share", "1-gpu", "2-gpu",
                                                                "4-gpu", "8-gpu", "other"};
  return kNames[pod_class];
}

std::string_view IdleUseName(std::size_t use) {
  constexpr std::array<std::string_view, kIdleUses> kNames = {
      "usable",      "lacks_devices",    "lacks_cpu",        "lacks_both",
      "wrong_model", "no_devices_asked", "no_devices_no_cpu"};
  return kNames[use];
}

std::optional<double> ReplayCurve::AllocatedAt(int wanted) const {
  return ValueAt(column, allocated, wanted);
}

std::optional<double> ReplayCurve::FragmentedAt(int wanted) const {
  return ValueAt(column, fragmented, wanted);
}

double ReplayResult::all_failed() const {
  return std::accumulate(failed.begin(), failed.end(), 0.0);
}

std::vector<std::uint32_t> FileOrder(std::size_t count) {
  std::vector<std::uint32_t> rows(count);
  std::iota(rows.begin(), rows.end(), 0U);
  return rows;
}

std::vector<std::uint32_t> InflatedArrivals(std::span<const TraceNode> nodes,
                                            std::span<const TracePod> pods, int percent,
                                            std::uint64_t seed) {
  Random random(seed, static_cast<std::uint64_t>(Stream::kArrivals));
  std::vector<std::uint32_t> arrivals = FileOrder(pods.size());
  for (std::size_t i = arrivals.size(); i > 1; --i) {
    std::swap(arrivals[i - 1], arrivals[random.Below(static_cast<std::uint32_t>(i))]);
  }
  const Millidevices limit(CapacityOf(nodes).count() * percent / 100);
  Millidevices asked;
  for (const TracePod& pod : pods) {
    asked += pod.demand();
  }
  if (asked == Millidevices(0)) {
    return arrivals;
  }
  while (asked > limit) {
    const auto out = arrivals.begin() + random.Below(static_cast<std::uint32_t>(arrivals.size()));
    asked -= pods[*out].demand();
    arrivals.erase(out);
  }
  for (;;) {
    const std::uint32_t row = random.Below(static_cast<std::uint32_t>(pods.size()));
    if (asked + pods[row].demand() > limit) {
      return arrivals;
    }
    asked += pods[row].demand();
    arrivals.push_back(row);
  }
}

std::vector<TraceNode> GrownNodes(std::span<const TraceNode> nodes, std::size_t count) {
  std::vector<TraceNode> grown;
  grown.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    grown.push_back(nodes[i % nodes.size()]);
    grown.back().name += fmt::format("-{}", i / nodes.size());
  }
  return grown;
}

std::vector<std::uint32_t> DrawnArrivals(std::size_t rows, std::size_t count, std::uint64_t seed) {
  Random random(seed, static_cast<std::uint64_t>(Stream::kArrivals));
  std::vector<std::uint32_t> arrivals(count);
  std::ranges::generate(arrivals, [&] { return random.Below(static_cast<std::uint32_t>(rows)); });
  return arrivals;
}

ReplayResult Replay(const ReplaySetup& setup, const PackingPolicy& policy,
                    const std::function<void(std::size_t, std::size_t)>& done) {
  Run run(setup, policy);
  return setup.mode == ReplayMode::kArrivals ? run.InOrder(done) : run.InTime(done);
}

std::vector<ReplayRow> CompareReplays(std::span<const ReplaySetup> setups,
                                      std::span<const PackingPolicy* const> policies,
                                      const std::function<void(std::size_t, std::size_t)>& done) {
  const std::size_t runs = setups.size() * policies.size();
  std::vector<ReplayRow> rows;
  std::size_t run = 0;
  for (const PackingPolicy* policy : policies) {
    const std::size_t first = rows.size();
    for (const ReplaySetup& setup : setups) {
      rows.push_back({.policy = std::string(policy->name),
                      .seed = setup.seed,
                      .result = Replay(setup, *policy, [&](std::size_t events, std::size_t all) {
                        done((run * all) + events, runs * all);
                      })});
      ++run;
    }
    if (setups.size() > 1) {
      rows.push_back(MeanOf(std::span<const ReplayRow>(rows).subspan(first)));
    }
  }
  return rows;
}

ReplayRow MeanOf(std::span<const ReplayRow> rows) {
  ReplayRow mean{.policy = rows.front().policy, .seed = std::nullopt, .result = {}};
  const auto count = static_cast<double>(rows.size());
  for (const int column : rows.front().result.curve.column) {
    Reading sum;
    const bool is_everywhere = std::ranges::all_of(rows, [&](const ReplayRow& row) {
      const ReplayCurve& curve = row.result.curve;
      const auto at = std::ranges::lower_bound(curve.column, column);
      if (at == curve.column.end() || *at != column) {
        return false;
      }
      const auto i = static_cast<std::size_t>(at - curve.column.begin());
      sum.asked += curve.asked[i] / count;
      sum.allocated += curve.allocated[i] / count;
      sum.fragmented += curve.fragmented[i] / count;
      return true;
    });
    if (is_everywhere) {
      ReplayCurve& curve = mean.result.curve;
      curve.column.push_back(column);
      curve.asked.push_back(sum.asked);
      curve.allocated.push_back(sum.allocated);
      curve.fragmented.push_back(sum.fragmented);
    }
  }
  for (const ReplayRow& row : rows) {
    mean.result.end_allocated += row.result.end_allocated / count;
    mean.result.end_fragmented += row.result.end_fragmented / count;
    for (std::size_t i = 0; i < kPodClasses; ++i) {
      mean.result.failed[i] += row.result.failed[i] / count;
    }
    for (std::size_t i = 0; i < kIdleUses; ++i) {
      mean.result.end_idle[i] += row.result.end_idle[i] / count;
    }
  }
  return mean;
}

}  // namespace berth::sim
