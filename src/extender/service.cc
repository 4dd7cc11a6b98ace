#include "berth/extender/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "answers.h"
#include "service_impl.h"

namespace berth::extender {

using observe::CallResult;
using observe::Verb;

Service::Impl::Impl(Options the_options, state::Store& the_store, kube::Api& the_api,
                    const Clock& the_clock, observe::Metrics& the_metrics, observe::Logger& the_log)
    : options(std::move(the_options)),
      store(the_store),
      api(the_api),
      clock(the_clock),
      metrics(the_metrics),
      log(the_log),
      profiles(options.profiles),
      scratch(options.max_nodes, {.constraints = options.observe}),
      waiting(profiles, options.wakes_per_second),
      observer(options.observe ? std::make_unique<Observer>(*this) : nullptr) {}

Result<kube::PodObject> Service::Impl::ReadPod(Scratch& work, std::string_view json) {
  BERTH_ASSIGN_OR_RETURN(kube::PodObject pod, work.decoder.Pod(json));
  if (pod.uid.empty()) {
    return InvalidArgument(fmt::format("pod {}/{}: metadata.uid is missing", pod.ns, pod.name));
  }
  return pod;
}

CallResult Service::Impl::Complain(const WireReader& wire, const Error& error, Answer& answer) {
  if (wire.not_json()) {
    answer.status = 400;
    metrics.CountRejection(observe::Rejection::kBadJson);
  }
  AppendError(error.message, answer.body);
  return CallResult::kError;
}

std::vector<core::Expectation> Service::Impl::ExpectationsBut(std::string_view uid) const {
  std::vector<core::Expectation> expectations;
  for (const state::Store::ExpectedRoom& room : store.Expected(uid, clock.Now())) {
    expectations.push_back(
        {.node = room.node, .devices = room.devices, .demand = room.demand, .cpu = room.cpu});
  }
  return expectations;
}

core::Decision Service::Impl::Decide(const cluster::Snapshot& snapshot,
                                     const cluster::PodRequest& pod, const core::Policy& policy,
                                     std::span<const cluster::NodeIndex> candidates,
                                     std::span<const core::Expectation> expectations) {
  std::unique_ptr<core::DecisionMemo> memo = memos.Take(pod, policy, snapshot.outlook());
  core::Decision decision =
      core::Decide(snapshot, pod, policy, candidates, expectations, memo.get());
  memos.Return(std::move(memo));
  return decision;
}

void Service::Impl::ExpectBest(const cluster::Snapshot& snapshot, const cluster::PodRequest& pod,
                               const core::Decision& decision) {
  const core::NodeDecision& best = decision.nodes[static_cast<std::size_t>(decision.best)];
  cluster::DeviceDemand demand = core::DemandWith(pod, decision.VariantOf(best));
  if (!demand.empty() || decision.scored) {
    store.Expect(pod.uid, snapshot.facts(best.node)->name, best.devices, std::move(demand),
                 clock.Now() + options.hold_ttl);
  }
}

// Reads each doubtful pod from the API server, more and more seldom while that does not answer.
void Service::Impl::SettleDoubts() {
  constexpr Duration kFirstPause = std::chrono::milliseconds(250);
  constexpr Duration kLongestPause = std::chrono::seconds(5);
  constexpr Duration kGrace = std::chrono::seconds(5);
  const std::vector<state::Store::Unsettled> unsettled = store.UnsettledPods();
  std::erase_if(settling, [&](const auto& entry) {
    return !std::ranges::binary_search(unsettled, entry.first, {}, &state::Store::Unsettled::uid);
  });
  for (const state::Store::Unsettled& pod : unsettled) {
    Attempt& attempt = settling[pod.uid];
    if (clock.Now() < attempt.next) {
      continue;
    }
    Result<kube::PodObject> object = api.GetPod(pod.ns, pod.name);
    if (object.ok()) {
      store.Settle(pod.uid, std::move(object).value(), clock.Now(), kGrace);
    } else if (object.error().code == ErrorCode::kNotFound) {
      store.Settle(pod.uid, std::nullopt, clock.Now(), kGrace);
    } else {
      log.Warn("cannot settle a binding",
               {{"pod", pod.ns + "/" + pod.name}, {"error", object.error().message}});
    }
    attempt.pause = std::clamp(attempt.pause * 2, kFirstPause, kLongestPause);
    attempt.next = clock.Now() + attempt.pause;
  }
}

void Service::Impl::WakePods() {
  for (const std::string& uid : waiting.Uids()) {
    const auto pod = store.FindPod(uid);
    if (!pod || pod->state != state::AllocationState::kPending) {
      waiting.Forget(uid);
    }
  }
  for (const WaitingPods::Write& write : waiting.Due(store.snapshot(), clock.Now())) {
    const Status written = api.PatchPodCondition(write.ns, write.name, write.uid, write.condition);
    if (written.ok()) {
      metrics.CountWake(observe::WakeResult::kOk);
    } else if (written.error().code == ErrorCode::kNotFound ||
               written.error().code == ErrorCode::kConflict) {
      metrics.CountWake(observe::WakeResult::kGone);
      waiting.Forget(write.uid);
    } else {
      metrics.CountWake(observe::WakeResult::kError);
      waiting.Failed(write);
      log.Warn("cannot write a pod's condition",
               {{"pod", write.ns + "/" + write.name}, {"error", written.error().message}});
    }
  }
  const std::vector<std::uint64_t> by_reason = waiting.ByReason();
  metrics.SetUnplaceablePods(std::span<const std::uint64_t, core::kReasonCount>(by_reason));
}

Service::Service(Options options, state::Store& store, kube::Api& api, const Clock& clock,
                 observe::Metrics& metrics, observe::Logger& log)
    : impl_(std::make_unique<Impl>(std::move(options), store, api, clock, metrics, log)) {}
Service::~Service() = default;

namespace {

// Before the cluster is known every node would be refused as unknown; an Error makes kube-scheduler
// come back.
template <typename Call>
void Measured(Service::Impl& impl, Verb verb, Answer& answer, Call call) {
  const auto in_flight = impl.metrics.Begin(verb);
  const Instant begun = impl.clock.Now();
  CallResult result = CallResult::kError;
  if (impl.store.synced()) {
    result = call();
  } else {
    AppendError("still reading the cluster", answer.body);
  }
  impl.metrics.RecordCall(verb, result, impl.clock.Now() - begun);
}

}  // namespace

void Service::Filter(std::string_view body, Answer& answer, std::string_view client) {
  Measured(*impl_, Verb::kFilter, answer, [&] { return impl_->Filter(body, answer, client); });
}

void Service::Prioritize(std::string_view body, Answer& answer) {
  Measured(*impl_, Verb::kPrioritize, answer, [&] { return impl_->Prioritize(body, answer); });
}

void Service::Preempt(std::string_view body, Answer& answer) {
  Measured(*impl_, Verb::kPreempt, answer, [&] { return impl_->Preempt(body, answer); });
}

void Service::Bind(std::string_view body, Answer& answer, std::string_view client) {
  Measured(*impl_, Verb::kBind, answer, [&] { return impl_->Bind(body, answer, client); });
}

void Service::SetProfiles(std::vector<core::Profile> profiles) {
  impl_->profiles.Set(std::move(profiles));
}

kube::ObjectSink* Service::observer() { return impl_->observer.get(); }

void Service::Tend() {
  impl_->SettleDoubts();
  if (impl_->observer) {
    impl_->observer->Tend();
    return;
  }
  BindGate* const gate = impl_->options.gate;
  if (gate == nullptr) {
    impl_->WakePods();
  } else if (gate->Enter().ok()) {  // else the pods are another Berth's to wake
    impl_->WakePods();
    gate->Leave(/*settled=*/true);  // it sends no binding
  }
}

}  // namespace berth::extender
