#include "berth/sim/replay.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>

#include "berth/base/check.h"
#include "berth/sim/event_queue.h"
#include "replay_curve.h"
#include "replay_world.h"

namespace berth::sim {
namespace {

constexpr std::size_t kDoneEvery = 1000;  // events between two calls of `done`

PodClass ClassOf(const TracePod& pod) {
  switch (pod.devices) {
    case 0:
      return PodClass::kNone;
    case 1:
      return pod.share < kWholeDevice ? PodClass::kShare : PodClass::kOne;
    case 2:
      return PodClass::kTwo;
    case 4:
      return PodClass::kFour;
    case 8:
      return PodClass::kEight;
    default:
      return PodClass::kOther;
  }
}

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
    Charge(room, shape, spot.devices, 1);
  }

  void GiveBack(std::uint32_t pod, const Spot& spot) {
    Charge(rooms_[spot.node], world_.shape(pod), spot.devices, -1);
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
  void Charge(NodeRoom& room, const PodShape& shape, cluster::DeviceSet devices, int sign) {
    fragments_ -= world_.fragmentation.Of(room);
    sim::Charge(room, shape, devices, sign);
    fragments_ += world_.fragmentation.Of(room);
    used_ += shape.demand() * sign;
  }

  const ReplayWorld& world_;
  std::vector<NodeRoom> rooms_;  // by row
  Millidevices capacity_;
  Millidevices used_;
  std::int64_t fragments_ = 0;
};

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
      Record(static_cast<int>(RoundTo(0, books_.Share(asked_))));
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
      ++result_.failed[static_cast<std::size_t>(ClassOf(pod))];
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
    curve_.Add(column,
               {.asked = books_.Share(asked_),
                .allocated = RoundTo(2, books_.allocated()),
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
      curve_.Add(column, now, Seconds(until - from));
      from = until;
    }
  }

  ReplayResult Result() {
    result_.curve = curve_.Build();
    result_.end_allocated = RoundTo(2, books_.allocated());
    result_.end_fragmented = RoundTo(2, books_.fragmented());
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
  CurveBuilder curve_;
  ReplayResult result_;
};

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

double ReplayResult::all_failed() const {
  return std::accumulate(failed.begin(), failed.end(), 0.0);
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
  mean.result.curve = MeanCurve(rows);
  const auto count = static_cast<double>(rows.size());
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
