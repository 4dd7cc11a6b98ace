#include "leadership.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "berth/apiclient/credentials.h"

namespace berth::app {
namespace {

using leadership::Elector;
using leadership::Follower;
using leadership::Hold;
using leadership::Standing;

constexpr std::string_view kTrue = "true";

// A holder's name that no other process has, nor this one after a restart.
std::string Unique(const std::string& identity) {
  std::random_device random;
  return fmt::format("{}_{:08x}{:08x}{:08x}", identity, random(), random(), random());
}

std::variant<Follower, Elector> MakeMachine(const config::Configuration::Leadership& settings,
                                            const Place& place, leadership::Timing timing,
                                            Instant now) {
  if (settings.mode == config::LeadershipMode::kFollow) {
    return Follower(settings.identity.empty() ? place.host : settings.identity, timing, now);
  }
  // The next leader finds our pod by it.
  const std::string& own = place.pod.empty() ? place.host : place.pod;
  return Elector(Unique(settings.identity.empty() ? own : settings.identity), timing);
}

}  // namespace

Place ThisPlace() {
  Place place;
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) == 0) {
    place.host = host.data();
  }
  place.ns =
      apiclient::ProcessEnvironment("POD_NAMESPACE")
          .value_or(apiclient::OwnNamespace(std::string(apiclient::kServiceAccountDirectory)));
  if (!place.ns.empty()) {
    place.pod = apiclient::ProcessEnvironment("POD_NAME").value_or(place.host);
  }
  return place;
}

Result<std::unique_ptr<Leadership>> Leadership::Create(
    const config::Configuration::Leadership& settings, Duration bind_timeout, Place place,
    const Clock& clock, observe::Logger& log) {
  std::string ns = settings.lease_namespace.empty() ? place.ns : settings.lease_namespace;
  if (ns.empty()) {
    return InvalidArgument(
        "leadership.leaseNamespace: is required outside of a pod (or set POD_NAMESPACE)");
  }
  const leadership::Timing timing{.lease_duration = settings.lease_duration,
                                  .renew_deadline = settings.renew_deadline,
                                  .retry_period = settings.retry_period,
                                  .bind_timeout = bind_timeout};
  return std::unique_ptr<Leadership>(
      new Leadership(settings, timing, std::move(place), std::move(ns), clock, log));
}

Leadership::Leadership(const config::Configuration::Leadership& settings, leadership::Timing timing,
                       Place place, std::string lease_namespace, const Clock& clock,
                       observe::Logger& log)
    : settings_(settings),
      timing_(timing),
      place_(std::move(place)),
      lease_namespace_(std::move(lease_namespace)),
      clock_(clock),
      log_(log),
      machine_(MakeMachine(settings, place_, timing, clock.Now())) {}

std::vector<FollowedKind> Leadership::Kinds() {
  std::vector<FollowedKind> kinds;
  if (settings_.mode == config::LeadershipMode::kFollow) {
    kinds.push_back(
        {.name = "lease",
         .kind = "Lease",
         .path = fmt::format("/apis/coordination.k8s.io/v1/namespaces/{}/leases", lease_namespace_),
         .selector = {},
         .sink = this,
         .field_selector = "metadata.name=" + settings_.lease_name,
         .denied_delay = timing_.retry_period});
  }
  return kinds;
}

void Leadership::Start(ClusterSource& source) {
  source_ = &source;
  leases_ = source.MakeLeases(lease_namespace_, settings_.lease_name, timing_.retry_period);
  BERTH_CHECK(leases_ != nullptr);
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void Leadership::Stop() {
  {
    const MutexLock lock(mutex_);
    closed_ = true;
    news_ = true;
  }
  changed_.NotifyAll();
  if (!thread_.joinable()) {
    return;
  }
  thread_.request_stop();
  thread_.join();
  if (settings_.mode == config::LeadershipMode::kElect) {
    GiveUp();
  }
}

Result<extender::BindGate::Term> Leadership::Enter() {
  const MutexLock lock(mutex_);
  const Standing standing = StandingNow();
  if (standing != Standing::kLeading) {
    return Refusal(standing);
  }
  ++inside_;
  return HoldNow()->others_done;
}

Status Leadership::Confirm(Term term) {
  const MutexLock lock(mutex_);
  const Standing standing = StandingNow();
  if (standing != Standing::kLeading) {
    return Refusal(standing);
  }
  if (HoldNow()->others_done != term) {
    return Error{ErrorCode::kUnavailable, "not the leader: another Berth led meanwhile"};
  }
  last_bind_ = clock_.Now();
  return {};
}

void Leadership::Leave(bool settled) {
  const MutexLock lock(mutex_);
  --inside_;
  if (!settled) {
    unsettled_ = last_bind_;
  }
  changed_.NotifyAll();
}

Error Leadership::Refusal(Standing standing) const {
  switch (standing) {
    case Standing::kCatchingUp:
      return {ErrorCode::kUnavailable, "not the leader yet: catching up with earlier bindings"};
    case Standing::kExpiring:
      return {ErrorCode::kUnavailable, "the Lease may end before the binding does"};
    default:
      return {ErrorCode::kUnavailable, Holder().empty()
                                           ? std::string("not the leader: nobody is known to be")
                                           : fmt::format("not the leader: {} is", Holder())};
  }
}

std::optional<Hold> Leadership::HoldNow() const {
  return std::visit([now = clock_.Now()](const auto& machine) { return machine.hold(now); },
                    machine_);
}

std::string_view Leadership::Holder() const {
  return std::visit([](const auto& machine) { return machine.holder(); }, machine_);
}

Standing Leadership::StandingNow() const {
  if (closed_ || source_ == nullptr) {
    return Standing::kStandby;
  }
  return leadership::StandingOf(HoldNow(), source_->PodsListedAt(), clock_.Now(), timing_);
}

observe::LeadershipReading Leadership::reading() const {
  const MutexLock lock(mutex_);
  const Standing standing = StandingNow();
  return {.leader = standing == Standing::kLeading,
          .mode = settings_.mode == config::LeadershipMode::kFollow ? "follow" : "elect",
          .standing = leadership::Name(standing),
          .lease = fmt::format("{}/{}", lease_namespace_, settings_.lease_name),
          .holder = std::string(Holder())};
}

void Leadership::Begin() {
  const MutexLock lock(mutex_);
  listing_ = true;
  listed_.reset();
}

void Leadership::End() {
  const MutexLock lock(mutex_);
  listing_ = false;
  std::get<Follower>(machine_).Listed(listed_, clock_.Now());
  news_ = true;
  changed_.NotifyAll();
}

// What cannot be read is left out: then the reads and the watch disagree, and nobody binds.
void Leadership::Put(const kube::RawObject& object) {
  const Result<kube::Lease> lease = kube::ReadLease(object.json);
  const MutexLock lock(mutex_);
  if (!lease.ok()) {
    log_.Error("malformed lease", {{"error", lease.error().message}});
    return;
  }
  if (listing_) {
    listed_ = *lease;
    return;
  }
  std::get<Follower>(machine_).Changed(*lease, clock_.Now());
  news_ = true;
  changed_.NotifyAll();
}

void Leadership::Remove(std::string_view /*ns*/, std::string_view /*name*/) {
  const MutexLock lock(mutex_);
  std::get<Follower>(machine_).Deleted();
  news_ = true;
  changed_.NotifyAll();
}

void Leadership::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (settings_.mode == config::LeadershipMode::kFollow) {
      Follow();
    } else {
      Elect();
    }
    CatchUp();
    Label();
    const Instant until = clock_.Now() + Pause();
    const MutexLock lock(mutex_);
    for (Instant now = clock_.Now(); !news_ && now < until; now = clock_.Now()) {
      changed_.WaitFor(mutex_, until - now);
    }
    news_ = closed_;
  }
}

// One read. The next comes soon, for a renewal proves only what the read before it leaves open.
void Leadership::Follow() {
  const Instant sent = clock_.Now();
  const Result<std::optional<kube::Lease>> lease = leases_->Get();
  if (!lease.ok()) {
    if (!std::exchange(failing_, true)) {
      log_.Warn("the lease cannot be read", {{"error", lease.error().message}});
    }
    return;
  }
  failing_ = false;
  const MutexLock lock(mutex_);
  std::get<Follower>(machine_).Read(*lease, sent);
}

void Leadership::Elect() {
  leadership::Ask ask;
  {
    const MutexLock lock(mutex_);
    const Instant now = clock_.Now();
    ask = std::get<Elector>(machine_).Next(now, kube::FormatMicroTime(clock_.WallNow()));
    if (ask.at > now) {
      return;
    }
  }
  Ask(ask);
}

void Leadership::Ask(const leadership::Ask& ask) {
  using Verb = leadership::Ask::Verb;
  const Instant sent = clock_.Now();
  Result<std::optional<kube::Lease>> answer = std::optional<kube::Lease>();
  if (ask.verb == Verb::kRead) {
    answer = leases_->Get();
  } else if (ask.verb != Verb::kNothing) {
    Result<kube::Lease> written =
        ask.verb == Verb::kCreate ? leases_->Create(ask.lease) : leases_->Update(ask.lease);
    if (written.ok()) {
      answer = std::optional(*std::move(written));
    } else {
      answer = written.error();
    }
  }
  if (!answer.ok() && answer.error().code != ErrorCode::kConflict) {
    if (!std::exchange(failing_, true)) {
      log_.Warn("the lease cannot be had", {{"error", answer.error().message}});
    }
  } else {
    failing_ = false;
  }
  const MutexLock lock(mutex_);
  Elector& elector = std::get<Elector>(machine_);
  elector.Answered(ask, answer, sent, clock_.Now());
  if (!elector.holder().empty() && elector.holder() != elector.identity()) {
    former_ = elector.holder();
  }
}

// The list that a new term needs, as soon as it shows all that earlier holders bound.
void Leadership::CatchUp() {
  std::optional<Hold> hold;
  Standing standing = Standing::kStandby;
  std::string holder;
  {
    const MutexLock lock(mutex_);
    hold = HoldNow();
    standing = StandingNow();
    holder = Holder();
  }
  if (standing == Standing::kCatchingUp && clock_.Now() >= hold->others_done &&
      requested_ != hold->others_done) {
    requested_ = hold->others_done;
    source_->RelistPods();
  }
  if (said_ != standing) {
    said_ = standing;
    log_.Info("leadership", {{"standing", leadership::Name(standing)},
                             {"lease", lease_namespace_ + "/" + settings_.lease_name},
                             {"holder", holder}});
  }
}

// On at once, off at once; what failed is tried again once a retry period.
void Leadership::Label() {
  if (settings_.mode != config::LeadershipMode::kElect || place_.pod.empty()) {
    return;
  }
  const bool leads = said_ == Standing::kLeading || said_ == Standing::kExpiring;
  if (selected_.exchange(leads) != leads) {
    labelled_.reset();  // whoever leads next takes it off us
    label_next_ = {};
  }
  if (labelled_ != leads && clock_.Now() >= label_next_) {
    SetLabel(leads);
  }
  if (leads) {
    UnlabelFormer();
  }
}

// A leader that is cut off or dead cannot take its own label off, and half of the Service's
// connections would go to it.
void Leadership::UnlabelFormer() {
  std::string former;
  {
    const MutexLock lock(mutex_);
    former = former_;
  }
  const std::string pod = former.substr(0, former.rfind('_'));
  if (former.empty() || clock_.Now() < former_next_) {
    return;
  }
  if (pod != place_.pod) {  // else it is this pod, before a restart
    const Status done = source_->LabelPod(place_.ns, pod, kLeaderLabel, std::nullopt);
    if (!done.ok() && done.error().code != ErrorCode::kNotFound) {
      former_next_ = clock_.Now() + timing_.retry_period;
      log_.Warn("the label of the former leader cannot be taken off",
                {{"pod", place_.ns + "/" + pod}, {"error", done.error().message}});
      return;
    }
  }
  const MutexLock lock(mutex_);
  if (former_ == former) {
    former_.clear();
  }
}

void Leadership::SetLabel(bool leader) {
  const Status done = source_->LabelPod(place_.ns, place_.pod, kLeaderLabel,
                                        leader ? std::optional(kTrue) : std::nullopt);
  label_next_ = clock_.Now() + timing_.retry_period;
  if (done.ok()) {
    labelled_ = leader;
  } else {
    log_.Warn("the pod cannot be labelled",
              {{"pod", place_.ns + "/" + place_.pod}, {"error", done.error().message}});
  }
}

// Until the next look: a read in follow, the elector's next ask in elect, or the end of what
// earlier holders may have on its way.
Duration Leadership::Pause() const {
  const MutexLock lock(mutex_);
  const Instant now = clock_.Now();
  Duration pause = timing_.retry_period / 2;
  if (const Elector* elector = std::get_if<Elector>(&machine_)) {
    pause = std::min(pause, elector->Next(now, {}).at - now);
  }
  if (const std::optional<Hold> hold = HoldNow()) {
    if (hold->others_done > now) {
      pause = std::min(pause, hold->others_done - now);
    } else if (StandingNow() == Standing::kCatchingUp) {
      pause = std::min(pause, Duration(std::chrono::milliseconds(20)));  // the list is under way
    }
  }
  return std::max(pause, Duration(std::chrono::milliseconds(1)));
}

// Whoever comes next need not wait, if nothing of ours is on its way any more.
void Leadership::GiveUp() {
  if (labelled_.value_or(selected_)) {
    SetLabel(false);
  }
  const Duration whole = timing_.bind_timeout + leadership::Margin(timing_.lease_duration);
  const Instant patience = clock_.Now() + 2 * whole;
  {
    const MutexLock lock(mutex_);
    for (Instant now = clock_.Now();; now = clock_.Now()) {
      const Instant quiet = unsettled_ ? *unsettled_ + whole : now;
      if (inside_ == 0 && now >= quiet) {
        break;
      }
      if (now >= patience) {
        return;  // the Lease ends by itself
      }
      changed_.WaitFor(mutex_,
                       std::min(patience - now, std::max(quiet - now, Duration(1'000'000))));
    }
    std::get<Elector>(machine_).GiveUp();
  }
  for (int attempt = 0; attempt < 3; ++attempt) {  // a write, or a read and a write
    leadership::Ask ask;
    {
      const MutexLock lock(mutex_);
      const Elector& elector = std::get<Elector>(machine_);
      if (elector.given_up()) {
        break;
      }
      ask = elector.Next(clock_.Now(), kube::FormatMicroTime(clock_.WallNow()));
    }
    Ask(ask);
  }
}

}  // namespace berth::app
