// Explores every interleaving of two Berths, two pods and one device, within a few seconds of
// virtual time: processes that are slow or crash, messages that are lost or late, watches that lag.
// The elections and the gate are the real ones; only the API server and the books are modelled.
//
// A tick is a second. Within a tick anything may happen in any order, and any process may do
// nothing. The search visits each state once.
#include <gtest/gtest.h>

#include <array>
#include <compare>
#include <cstdint>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "berth/leadership/elector.h"
#include "berth/leadership/follower.h"
#include "berth/leadership/hold.h"

namespace berth::leadership {
namespace {

using std::chrono::seconds;

constexpr Timing kTiming = {.lease_duration = seconds(3),
                            .renew_deadline = seconds(2),
                            .retry_period = seconds(1),
                            .bind_timeout = seconds(1)};

// What is left out of the protocol; all of it must be found out.
enum class Flaw : std::uint8_t {
  kNone,
  kNoCatchUp,          // a new leader trusts the books that it kept as a standby
  kBindOutlivesLease,  // a bind may take longer than the gate reckons with
  kLateProof,          // a renewal counts from its answer, not from when it was sent
  kEarlyCatchUp,       // the list may be sent as soon as the Lease is ours
};

struct Budget {
  int ticks = 8;
  int lost = 1;  // lease requests or answers that never arrive
  int late = 1;  // lease requests or answers that arrive in a later tick
  int crashes = 1;
  friend auto operator<=>(const Budget&, const Budget&) = default;
};

constexpr Instant At(int tick) { return Instant(seconds(tick + 100)); }

// --- What both wirings share: the API server's pods, and the Berths' books.

struct Flight {  // a binding on its way
  int pod = 0;
  int deadline = 0;  // tick
  friend auto operator<=>(const Flight&, const Flight&) = default;
};

struct Books {                    // of one Berth
  std::uint8_t known = 0;         // pods known to hold the device, assumed or bound
  std::optional<Instant> listed;  // when the list was sent
  friend auto operator<=>(const Books&, const Books&) = default;
};

struct Cluster {
  int tick = 0;
  Budget left;
  std::uint8_t bound = 0;  // pods, a bit each; the device has room for one
  std::vector<Flight> flights;
  std::optional<kube::Lease> lease;
  friend auto operator<=>(const Cluster&, const Cluster&) = default;

  Instant now() const { return At(tick); }

  // What the API server makes of a request about the Lease.
  Result<std::optional<kube::Lease>> Serve(const Ask& ask) {
    if (ask.verb == Ask::Verb::kRead) {
      return lease;
    }
    const bool create = ask.verb == Ask::Verb::kCreate;
    if (create ? lease.has_value()
               : !lease || lease->resource_version != ask.lease.resource_version) {
      return Error{create ? ErrorCode::kAlreadyExists : ErrorCode::kConflict, "version"};
    }
    lease = ask.lease;
    // Not a count: histories that come to the same thing shall be the same state.
    lease->resource_version = std::to_string(tick) + lease->holder;
    return lease;
  }
};

bool OnlyOne(std::uint8_t pods) { return (pods & (pods - 1)) == 0; }

// Whether two pods may still come to be bound. A Berth that has sent a bind sends no more; a crash
// makes it forget.
template <typename World>
bool MayGoWrong(const World& world) {
  const Cluster& cluster = world.cluster;
  auto binds = static_cast<int>(cluster.flights.size()) + (cluster.bound != 0 ? 1 : 0);
  for (const Books& books : world.books) {
    binds += books.known == 0 ? 1 : 0;
  }
  return binds + cluster.left.crashes >= 2;
}

// Visits all states that Step reaches. `World` has: Cluster cluster; template Successors(emit).
template <typename World>
struct Search {
  explicit Search(std::size_t the_limit) : limit(the_limit) {}

  // False: a device was promised twice.
  bool Run(const World& first) {
    std::vector<const World*> open;
    const auto visit = [&](World&& world) {
      const auto [at, fresh] = seen.insert(std::move(world));
      if (fresh) {
        open.push_back(&*at);
      }
    };
    visit(World(first));
    while (!open.empty() && seen.size() < limit) {
      const World& world = *open.back();
      open.pop_back();
      if (!OnlyOne(world.cluster.bound)) {
        return false;
      }
      bound_somewhere |= world.cluster.bound != 0;
      for (int who = 0; who < 2; ++who) {
        took_over |= world.HoldOf(who) && world.cluster.lease &&
                     world.cluster.lease->transitions > 0 && world.cluster.bound != 0;
      }
      if (MayGoWrong(world)) {
        world.Successors(visit);
      }
    }
    complete = open.empty();
    return true;
  }

  const std::size_t limit;
  std::set<World> seen;
  bool complete = false;
  bool bound_somewhere = false;
  bool took_over = false;  // a second Berth led when the first had bound
};

// --- Binding, the same in both wirings. `Hold` comes from the election.

template <typename World, typename Emit>
void BindSteps(const World& world, int who, const std::optional<Hold>& hold, Flaw flaw, Emit emit) {
  const Books& books = world.books[who];
  const Instant now = world.cluster.now();

  // The list that catching up needs. It is read at once: to read it later only means to bind later.
  const bool wants = flaw != Flaw::kNoCatchUp && hold &&
                     (!books.listed || *books.listed < hold->others_done) &&
                     (flaw == Flaw::kEarlyCatchUp || now >= hold->others_done);
  if (wants || !books.listed) {
    World next = world;
    next.books[who].listed = flaw == Flaw::kEarlyCatchUp && hold ? hold->others_done : now;
    next.books[who].known |= next.cluster.bound;
    emit(std::move(next));
  }
  // The watch of pods is as late as can be: what it brings only keeps Berth from binding.

  const std::optional<Instant> listed =
      flaw == Flaw::kNoCatchUp && books.listed ? std::optional(now) : books.listed;
  if (StandingOf(hold, listed, now, kTiming) != Standing::kLeading || books.known != 0) {
    return;
  }
  // Whichever pod is bound first is called 0.
  World next = world;
  const int pod = next.cluster.bound != 0 || !next.cluster.flights.empty() ? 1 : 0;
  next.books[who].known |= std::uint8_t(1 << pod);  // assumed; the answer is lost
  next.cluster.flights.push_back(
      {.pod = pod, .deadline = next.cluster.tick + (flaw == Flaw::kBindOutlivesLease ? 3 : 1)});
  emit(std::move(next));
}

// Bindings take effect by their deadline, or never.
template <typename World, typename Emit>
void FlightSteps(const World& world, Emit emit) {
  for (std::size_t i = 0; i < world.cluster.flights.size(); ++i) {
    World next = world;
    next.cluster.bound |= std::uint8_t(1 << next.cluster.flights[i].pod);
    next.cluster.flights.erase(next.cluster.flights.begin() + static_cast<std::ptrdiff_t>(i));
    emit(std::move(next));
  }
}

template <typename World, typename Emit>
void TickStep(const World& world, Emit emit) {
  if (world.cluster.left.ticks == 0) {
    return;
  }
  World next = world;
  --next.cluster.left.ticks;
  ++next.cluster.tick;
  std::erase_if(next.cluster.flights,
                [&](const Flight& flight) { return flight.deadline < next.cluster.tick; });
  emit(std::move(next));
}

// --- An elector and its line to the API server.

struct Candidate {
  Elector elector;
  struct Pending {
    Ask ask;
    int sent = 0;
    bool served = false;   // the answer is on its way
    bool answered = true;  // nullopt below means "no Lease", not "no answer"
    std::optional<kube::Lease> answer;
    ErrorCode code = ErrorCode::kInternal;  // kInternal: no error
    friend auto operator<=>(const Pending&, const Pending&) = default;
  };
  std::optional<Pending> pending;  // late
  friend auto operator<=>(const Candidate&, const Candidate&) = default;
};

Result<std::optional<kube::Lease>> AnswerOf(const Candidate::Pending& pending) {
  if (pending.code != ErrorCode::kInternal) {
    return Error{pending.code, ""};
  }
  return pending.answer;
}

template <typename World, typename Emit>
void ElectorSteps(const World& world, int who, Flaw flaw, Emit emit) {
  const Candidate& candidate = world.candidates[who];
  const int tick = world.cluster.tick;
  const Instant now = world.cluster.now();
  const auto received = [&](Instant sent) { return flaw == Flaw::kLateProof ? now : sent; };

  if (candidate.pending) {
    World next = world;
    Candidate& mine = next.candidates[who];
    Candidate::Pending& pending = *mine.pending;
    if (!pending.served) {  // late on its way there
      Result<std::optional<kube::Lease>> answer = next.cluster.Serve(pending.ask);
      pending.served = true;
      if (answer.ok()) {
        pending.answer = *answer;
      } else {
        pending.code = answer.error().code;
      }
      emit(std::move(next));
      return;
    }
    const Candidate::Pending done = pending;
    mine.pending.reset();
    mine.elector.Answered(done.ask, AnswerOf(done), received(At(done.sent)), now);
    emit(std::move(next));
    return;
  }

  const Ask ask = candidate.elector.Next(now, std::to_string(tick));
  if (ask.verb == Ask::Verb::kNothing || ask.at > now) {
    return;
  }
  {
    World next = world;
    const auto answer = next.cluster.Serve(ask);
    next.candidates[who].elector.Answered(ask, answer, now, now);
    emit(std::move(next));
  }
  if (world.cluster.left.late > 0) {  // served now or in a later tick, answered then or later
    World next = world;
    --next.cluster.left.late;
    next.candidates[who].pending = Candidate::Pending{.ask = ask, .sent = tick, .answer = {}};
    emit(std::move(next));
  }
  if (world.cluster.left.lost > 0 && ask.verb != Ask::Verb::kRead) {
    for (const bool arrives : {false, true}) {
      World next = world;
      --next.cluster.left.lost;
      if (arrives) {
        (void)next.cluster.Serve(ask);
      }
      next.candidates[who].elector.Answered(ask, Error{ErrorCode::kUnknownOutcome, ""}, now, now);
      emit(std::move(next));
    }
  }
}

// --- Mode elect.

struct ElectWorld {
  Flaw flaw = Flaw::kNone;
  Cluster cluster;
  std::array<Candidate, 2> candidates;
  std::array<Books, 2> books;
  friend auto operator<=>(const ElectWorld&, const ElectWorld&) = default;

  std::optional<Hold> HoldOf(int who) const { return candidates[who].elector.hold(cluster.now()); }

  template <typename Emit>
  void Successors(Emit emit) const {
    TickStep(*this, emit);
    FlightSteps(*this, emit);
    for (int who = 0; who < 2; ++who) {
      ElectorSteps(*this, who, flaw, emit);
      BindSteps(*this, who, HoldOf(who), flaw, emit);
    }
    if (cluster.left.crashes > 0) {  // and restarted, with nothing in its books
      for (int who = 0; who < 1; ++who) {
        ElectWorld next = *this;
        --next.cluster.left.crashes;
        next.candidates[who] = {.elector = Elector("b" + std::to_string(who) + "again", kTiming),
                                .pending = {}};
        next.books[who] = {};
        emit(std::move(next));
      }
    }
  }
};

// Berth 0 has the Lease.
ElectWorld Elect(Flaw flaw, Budget budget) {
  ElectWorld world{.flaw = flaw,
                   .cluster = {.left = budget, .flights = {}, .lease = {}},
                   .candidates = {Candidate{.elector = Elector("b0", kTiming), .pending = {}},
                                  Candidate{.elector = Elector("b1", kTiming), .pending = {}}},
                   .books = {}};
  for (int i = 0; i < 2; ++i) {
    const Ask ask = world.candidates[0].elector.Next(At(0), "0");
    world.candidates[0].elector.Answered(ask, world.cluster.Serve(ask), At(0), At(0));
  }
  return world;
}

// --- Mode follow: a kube-scheduler beside each Berth. It may renew at any time and need not;
// another may take a Lease that was given up, or was stored its duration ago: client-go waits no
// less, for it counts from when it saw the Lease.
//
// To keep the states few, what happens in a tick happens in this order, each step or none:
// kube-schedulers, watches, reads, kube-schedulers again, lists and binds, a crash. So a bind may
// rest on a read that a takeover has overtaken. Bindings take effect at any moment.

struct FollowWorld {
  Flaw flaw = Flaw::kNone;
  Cluster cluster;
  std::array<Follower, 2> followers;
  std::array<Books, 2> books;
  int renewed = 0;                   // tick of the last write
  std::vector<kube::Lease> history;  // what the watch tells, from the first that somebody lacks
  std::array<std::size_t, 2> told{};
  struct LateRead {
    int sent = 0;
    std::optional<kube::Lease> lease;
    friend auto operator<=>(const LateRead&, const LateRead&) = default;
  };
  std::array<std::optional<LateRead>, 2> reading;
  std::array<int, 2> last_read = {0, 0};  // one read a tick
  int releases = 0;                       // left
  int phase = 0;
  friend auto operator<=>(const FollowWorld&, const FollowWorld&) = default;

  std::optional<Hold> HoldOf(int who) const { return followers[who].hold(cluster.now()); }

  void Write(kube::Lease lease) {
    lease.renew_time = std::to_string(cluster.tick);
    lease.resource_version = lease.renew_time + lease.holder;
    renewed = cluster.tick;
    history.push_back(lease);
    cluster.lease = std::move(lease);
  }

  enum Phase : std::uint8_t { kWatch = 1, kRead = 3, kScheduler = 5, kBind, kCrash = 8 };

  template <typename Emit>
  void SchedulerSteps(Emit emit) const {
    const kube::Lease& lease = *cluster.lease;
    for (int who = 0; who < 2; ++who) {
      const std::string name = "h" + std::to_string(who) + "_s";
      FollowWorld next = *this;
      if (lease.holder == name) {
        if (renewed < cluster.tick) {
          next.Write(lease);
          emit(std::move(next));
        }
        if (releases > 0) {  // told to end, whatever its Berth is doing
          FollowWorld ended = *this;
          --ended.releases;
          kube::Lease nobody = lease;
          nobody.holder.clear();
          nobody.duration_seconds = 1;
          ended.Write(nobody);
          emit(std::move(ended));
        }
      } else if (lease.holder.empty() || At(renewed) + kTiming.lease_duration <= cluster.now()) {
        next.Write({.holder = name, .duration_seconds = 3, .transitions = lease.transitions + 1});
        emit(std::move(next));
      }
    }
  }

  template <typename Emit>
  void Successors(Emit emit_world) const {
    const auto emit = [&](FollowWorld&& next) {
      while (next.told[0] > 0 && next.told[1] > 0) {  // history that nobody needs any more
        next.history.erase(next.history.begin());
        --next.told[0];
        --next.told[1];
      }
      emit_world(std::move(next));
    };
    // Emits what is done in a phase that is not over.
    const auto in = [&](int when) {
      return [&, when](FollowWorld&& next) {
        next.phase = when;
        emit(std::move(next));
      };
    };
    TickStep(*this, in(0));
    FlightSteps(*this, emit);
    if (phase <= kScheduler) {
      SchedulerSteps(in(phase == 0 ? 0 : static_cast<int>(kScheduler)));
    }
    const Instant now = cluster.now();
    for (int who = 0; who < 2; ++who) {
      if (phase <= kWatch + who) {
        WatchSteps(who, now, in(kWatch + who));
      }
      if (phase <= kRead + who) {
        ReadSteps(who, now, in(kRead + who));
      }
      if (phase <= kBind + who) {
        BindSteps(*this, who, HoldOf(who), flaw, in(kBind + who));
      }
    }
    if (cluster.left.crashes > 0) {  // Berth 0, not its kube-scheduler; its bindings fly on
      FollowWorld next = *this;
      --next.cluster.left.crashes;
      next.followers[0] = Follower("h0", kTiming, now);
      next.followers[0].Listed(cluster.lease, now);
      next.told[0] = history.size();
      next.reading[0].reset();
      next.books[0] = {};
      in(kCrash)(std::move(next));
    }
  }

  template <typename Emit>
  void WatchSteps(int who, Instant now, Emit emit) const {
    if (told[who] == history.size()) {
      return;
    }
    FollowWorld next = *this;
    next.followers[who].Changed(history[next.told[who]++], now);
    emit(std::move(next));
    if (cluster.left.lost > 0) {  // the watch broke, and a list tells
      FollowWorld broke = *this;
      --broke.cluster.left.lost;
      broke.told[who] = history.size();
      broke.followers[who].Listed(cluster.lease, now);
      emit(std::move(broke));
    }
  }

  template <typename Emit>
  void ReadSteps(int who, Instant now, Emit emit) const {
    if (reading[who]) {
      FollowWorld next = *this;
      next.followers[who].Read(next.reading[who]->lease,
                               flaw == Flaw::kLateProof ? now : At(next.reading[who]->sent));
      next.reading[who].reset();
      emit(std::move(next));
    } else if (last_read[who] < cluster.tick) {
      FollowWorld next = *this;
      next.last_read[who] = cluster.tick;
      next.followers[who].Read(cluster.lease, now);
      emit(std::move(next));
      if (cluster.left.late > 0) {
        FollowWorld late = *this;
        --late.cluster.left.late;
        late.last_read[who] = cluster.tick;
        late.reading[who] = LateRead{.sent = cluster.tick, .lease = cluster.lease};
        emit(std::move(late));
      }
    }
  }
};

// Kube-scheduler 0 has the Lease, and both Berths saw it come.
FollowWorld Follow(Flaw flaw, Budget budget, int releases) {
  FollowWorld world{.flaw = flaw,
                    .cluster = {.left = budget, .flights = {}, .lease = {}},
                    .followers = {Follower("h0", kTiming, At(0)), Follower("h1", kTiming, At(0))},
                    .books = {},
                    .history = {},
                    .reading = {},
                    .releases = releases};
  for (Follower& follower : world.followers) {
    follower.Listed(std::nullopt, At(0));
    follower.Read(std::nullopt, At(0));
  }
  world.Write({.holder = "h0_s", .duration_seconds = 3});
  for (Follower& follower : world.followers) {
    follower.Changed(*world.cluster.lease, At(0));
    follower.Read(world.cluster.lease, At(0));
  }
  world.history.clear();
  return world;
}

template <typename World>
void ExpectSafe(const char* what, const World& first) {
  Search<World> search(6'000'000);
  EXPECT_TRUE(search.Run(first)) << what << ": a device was promised twice";
  std::cout << what << ": " << search.seen.size() << " states\n";
  EXPECT_TRUE(search.complete) << what;
  EXPECT_TRUE(search.bound_somewhere) << what << ": nothing was ever bound: this proves nothing";
  EXPECT_TRUE(search.took_over) << what << ": nobody took over: this proves nothing";
}

TEST(ElectModel, NeverPromisesADeviceTwice) {
  ExpectSafe("plain", Elect(Flaw::kNone, {.ticks = 5, .lost = 0, .late = 0, .crashes = 0}));
  ExpectSafe("lost", Elect(Flaw::kNone, {.ticks = 4, .lost = 1, .late = 0, .crashes = 0}));
  ExpectSafe("late", Elect(Flaw::kNone, {.ticks = 4, .lost = 0, .late = 1, .crashes = 0}));
  ExpectSafe("crash", Elect(Flaw::kNone, {.ticks = 4, .lost = 0, .late = 0, .crashes = 1}));
}

TEST(ElectModel, FindsOutWhatIsLeftOut) {
  const Budget budget = {.ticks = 4, .lost = 0, .late = 1, .crashes = 0};
  for (const Flaw flaw : {Flaw::kNoCatchUp, Flaw::kBindOutlivesLease, Flaw::kLateProof}) {
    EXPECT_FALSE(Search<ElectWorld>(2'000'000).Run(Elect(flaw, budget))) << static_cast<int>(flaw);
  }
}

TEST(FollowModel, NeverPromisesADeviceTwice) {
  ExpectSafe("plain", Follow(Flaw::kNone, {.ticks = 3, .lost = 0, .late = 0, .crashes = 0}, 0));
}

TEST(FollowModel, FindsOutThatNobodyCaughtUp) {
  const Budget budget = {.ticks = 4, .lost = 0, .late = 0, .crashes = 0};
  EXPECT_FALSE(Search<FollowWorld>(300'000).Run(Follow(Flaw::kNoCatchUp, budget, 1)));
}

}  // namespace
}  // namespace berth::leadership
