#include "observer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "berth/cluster/room.h"
#include "refused_nodes.h"
#include "service_impl.h"

namespace berth::extender {
namespace {

using cluster::NodeIndex;
using core::NodeDecision;
using observe::ObservedOutcome;

// A refused pod is decided on again at most this often: kube-scheduler does not retry faster.
constexpr Duration kAgain = std::chrono::seconds(1);

// Whether the pod asks for anything that Berth shares out.
bool Asks(const cluster::PodRequest& pod) {
  return !pod.demand.empty() || pod.demand_by_model || pod.fault != cluster::PodFault::kNone;
}

std::optional<state::ModelTaking> TakingOf(const core::Decision& decision, const NodeDecision& node,
                                           const cluster::PodRequest& pod) {
  const cluster::ModelVariant* variant = decision.VariantOf(node);
  if (variant == nullptr) {
    return std::nullopt;
  }
  return state::ModelTaking{.demand = core::DemandWith(pod, variant),
                            .variant = variant->name,
                            .version = decision.model->version};
}

// The pod as its room alone is judged: it is there already, whatever else Berth would ask of a
// node.
cluster::PodRequest RoomAlone(cluster::PodRequest pod) {
  pod.requirements = 0;
  pod.accelerators.clear();
  pod.fault = cluster::PodFault::kNone;
  if (pod.demand_by_model) {
    pod.demand = {};
  }
  return pod;
}

std::string DeviceIds(const cluster::NodeFacts& facts, cluster::DeviceSet devices) {
  std::vector<std::string_view> ids;
  devices.ForEach(
      [&](int device) { ids.push_back(facts.devices[static_cast<std::size_t>(device)].id); });
  return fmt::format("{}", fmt::join(ids, ","));
}

}  // namespace

// --- The stream.

void Observer::BeginNodes() { service_.store.BeginNodes(); }
void Observer::BeginPods() { service_.store.BeginPods(); }

void Observer::EndNodes() {
  service_.store.EndNodes();
  DropGoneNodes();
  NameUnnamed();
}

void Observer::EndPods() {
  service_.store.EndPods();
  NameUnnamed();
}

void Observer::PutNode(kube::NodeObject node) {
  {
    const MutexLock lock(mu_);
    Marks now{.labels = node.labels, .taints = node.taints};
    if (Marks& marks = marks_[node.name]; !(marks == now)) {
      marks = std::move(now);
      ++marks_version_;
    }
  }
  service_.store.PutNode(std::move(node));
  NameUnnamed();
}

void Observer::RemoveNode(std::string_view name) {
  service_.store.RemoveNode(name);
  const MutexLock lock(mu_);
  if (const auto at = marks_.find(name); at != marks_.end()) {
    marks_.erase(at);
  }
}

// A list does not name those that went while the watch was away.
void Observer::DropGoneNodes() {
  const cluster::SnapshotPtr snapshot = service_.store.snapshot();
  const MutexLock lock(mu_);
  std::erase_if(marks_, [&](const auto& marks) { return !snapshot->Find(marks.first); });
}

void Observer::RemovePod(std::string_view uid) {
  Forget(uid);
  service_.store.RemovePod(uid);
}

void Observer::PutPod(kube::PodObject pod) {
  const cluster::PodRequest request = service_.store.Read(pod);
  if (!Asks(request) || pod.ended()) {
    Forget(request.uid);
    service_.store.PutPod(std::move(pod));
    return;
  }
  const std::string scheduler = pod.scheduler_name;
  if (pod.node_name.empty()) {
    const bool waits = !pod.gated && !pod.terminating;
    kube::NodeConstraints constraints = pod.constraints;
    service_.store.PutPod(std::move(pod));
    if (waits) {
      Waits(request, std::move(constraints), scheduler);
    } else {
      Forget(request.uid);
    }
    return;
  }
  const std::string node = pod.node_name;
  const auto known = service_.store.FindPod(request.uid);
  if (!known || known->state == state::AllocationState::kPending) {
    Placed(request, scheduler, node);
  }
  service_.store.PutPod(std::move(pod));
  NameUnnamed();
}

void Observer::Waits(const cluster::PodRequest& pod, kube::NodeConstraints constraints,
                     std::string_view scheduler) {
  const MutexLock lock(mu_);
  Waiting& waiting = waiting_[pod.uid];
  waiting.request = pod;
  waiting.constraints = std::move(constraints);
  waiting.scheduler = scheduler;
  if (!waiting.decided && service_.store.synced()) {
    DecideNow(waiting);
  }
}

void Observer::Forget(std::string_view uid) {
  const MutexLock lock(mu_);
  if (const auto at = waiting_.find(uid); at != waiting_.end()) {
    waiting_.erase(at);
  }
}

// --- Decisions.

state::Store::Offer Observer::OfferUnder(const cluster::PodRequest& pod,
                                         const kube::NodeConstraints& constraints) const {
  state::Store::Offer offer = service_.store.NodesFor(pod);
  std::vector<NodeIndex> kept;
  kept.reserve(offer.nodes.size());
  for (const NodeIndex node : offer.nodes) {
    const std::string& name = offer.snapshot->facts(node)->name;
    const auto marks = marks_.find(name);
    if (marks == marks_.end() ||
        kube::MayRunOn(constraints, name, marks->second.labels, marks->second.taints)) {
      kept.push_back(node);
    }
  }
  offer.nodes = std::move(kept);
  return offer;
}

state::Store::Offer Observer::OfferFor(const cluster::PodRequest& pod) {
  const MutexLock lock(mu_);
  const auto at = waiting_.find(pod.uid);
  return at != waiting_.end() ? OfferUnder(pod, at->second.constraints)
                              : service_.store.NodesFor(pod);
}

void Observer::DecideNow(Waiting& waiting) {
  const state::Store::Offer offer = OfferUnder(waiting.request, waiting.constraints);
  DecideOn(waiting, offer.snapshot, offer.nodes);
}

void Observer::DecideOn(Waiting& waiting, const cluster::SnapshotPtr& snapshot,
                        const std::vector<NodeIndex>& candidates) {
  const cluster::PodRequest& pod = waiting.request;
  core::Profile profile = service_.profiles.Of(pod);
  std::vector<core::Expectation> expectations = service_.ExpectationsBut(pod.uid);
  auto decision = std::make_shared<const core::Decision>(
      service_.Decide(*snapshot, pod, profile.policy, candidates, expectations));
  const bool fits = decision->best >= 0;
  const core::Reason reason = fits ? core::Reason::kFits : Nearest(CountRefused(*decision));
  const std::string best_name =
      fits ? snapshot->facts(decision->nodes[static_cast<std::size_t>(decision->best)].node)->name
           : std::string();
  const bool news = !waiting.decided || waiting.best != best_name || waiting.reason != reason;

  waiting.decided = true;
  waiting.fits = fits;
  waiting.best = best_name;
  waiting.reason = reason;
  waiting.seen = snapshot->version();
  waiting.seen_marks = marks_version_;
  waiting.again = service_.clock.Now() + kAgain;
  waiting.refused.assign((snapshot->size() / 64) + 1, 0);
  for (const NodeDecision& node : decision->nodes) {
    if (!node.fits()) {
      waiting.refused[node.node / 64] |= std::uint64_t{1} << (node.node % 64);
    }
  }
  std::string devices;
  waiting.contended = false;
  if (fits) {
    const NodeDecision& best = decision->nodes[static_cast<std::size_t>(decision->best)];
    const cluster::NodeFacts& facts = *snapshot->facts(best.node);
    waiting.best_cost = best.cost;
    waiting.devices = best.devices;
    waiting.model = TakingOf(*decision, best, pod);
    waiting.contended = best.contended;
    devices = DeviceIds(facts, best.devices);
    service_.ExpectBest(*snapshot, pod, *decision);
  } else {
    service_.store.Unexpect(pod.uid);
  }
  if (!news) {
    return;  // told already, and kept for those who ask why
  }
  service_.metrics.CountDecision(fits ? waiting.contended ? observe::DecisionOutcome::kContended
                                                          : observe::DecisionOutcome::kFits
                                      : observe::DecisionOutcome::kRefused,
                                 reason);
  if (service_.options.decision_log != nullptr) {
    service_.options.decision_log->Put(
        {{"verb", "observe"},
         {"outcome", fits ? "fits" : "refused"},
         {"pod", pod.ns + "/" + pod.name},
         {"pod_uid", pod.uid},
         {"scheduler", waiting.scheduler},
         {"snapshot_version", snapshot->version()},
         {"nodes_offered", candidates.size()},
         {"nodes_fitting", decision->fitting},
         {"best_node", waiting.best},
         {"best_cost_seconds", fits ? waiting.best_cost : 0.0},
         {"devices", devices},
         {"model", fits && waiting.model ? pod.model + "@" + waiting.model->variant : ""},
         {"reason", reason == core::Reason::kFits ? std::string_view() : core::Code(reason)}});
  }
  service_.recent.Put({.pod = pod,
                       .profile = std::move(profile),
                       .at = service_.clock.WallNow(),
                       .snapshot = snapshot,
                       .expectations = std::move(expectations),
                       .decision = std::move(decision)});
}

void Observer::Offered(const cluster::PodRequest& pod, const kube::PodObject& object,
                       const cluster::SnapshotPtr& snapshot,
                       const std::vector<NodeIndex>& candidates) {
  if (!Asks(pod)) {
    return;
  }
  const auto known = service_.store.FindPod(pod.uid);
  if (!known || known->state != state::AllocationState::kPending) {
    return;
  }
  const MutexLock lock(mu_);
  Waiting& waiting = waiting_[pod.uid];
  waiting.request = pod;
  waiting.constraints = object.constraints;
  waiting.scheduler = object.scheduler_name;
  DecideOn(waiting, snapshot, candidates);
}

void Observer::Tend() {
  std::vector<std::string> uids;
  {
    const MutexLock lock(mu_);
    for (const auto& [uid, waiting] : waiting_) {
      uids.push_back(uid);
    }
  }
  std::vector<std::uint64_t> by_reason(core::kReasonCount, 0);
  std::uint64_t fit = 0;
  std::uint64_t refused = 0;
  for (const std::string& uid : uids) {
    const auto pod = service_.store.FindPod(uid);
    const MutexLock lock(mu_);  // per pod: the stream is not to wait for all of them
    const auto at = waiting_.find(uid);
    if (at == waiting_.end()) {
      continue;
    }
    if (!pod || pod->state != state::AllocationState::kPending) {
      waiting_.erase(at);
      continue;
    }
    Waiting& waiting = at->second;
    const bool changed =
        waiting.seen != service_.store.version() || waiting.seen_marks != marks_version_;
    const bool stale = !waiting.settled() && changed && waiting.again <= service_.clock.Now();
    if (!waiting.decided || stale) {
      DecideNow(waiting);
    }
    (waiting.fits ? fit : refused) += 1;
    if (!waiting.fits) {
      ++by_reason[static_cast<std::size_t>(waiting.reason)];
    }
  }
  service_.metrics.SetObservedWaiting(fit, refused);
  service_.metrics.SetUnplaceablePods(
      std::span<const std::uint64_t, core::kReasonCount>(by_reason));
}

// --- What became of it.

ObservedOutcome Observer::Compare(const Waiting& waiting, const std::string& node) const {
  if (waiting.best == node) {
    return ObservedOutcome::kSameNode;
  }
  const cluster::SnapshotPtr snapshot = service_.store.snapshot();
  const auto index = snapshot->Find(node);
  const bool refused = index && *index / 64 < waiting.refused.size() &&
                       (waiting.refused[*index / 64] >> (*index % 64) & 1U) != 0;
  return !waiting.fits || refused ? ObservedOutcome::kOnlyBerthRefused
                                  : ObservedOutcome::kOtherNode;
}

// Before the store has heard of it: a refusal is looked at once more, as the cluster was a moment
// before.
void Observer::Placed(const cluster::PodRequest& pod, std::string_view scheduler,
                      const std::string& node) {
  if (!service_.store.synced()) {
    Forget(pod.uid);
    return;
  }
  const MutexLock lock(mu_);
  hint_.reset();
  ObservedOutcome outcome = ObservedOutcome::kUndecided;
  std::string best;
  if (const auto at = waiting_.find(pod.uid); at != waiting_.end()) {
    Waiting waiting = std::move(at->second);
    waiting_.erase(at);
    if (!waiting.settled()) {
      DecideNow(waiting);
    }
    outcome = Compare(waiting, node);
    best = waiting.best;
    if (outcome == ObservedOutcome::kSameNode) {
      hint_ = {.uid = pod.uid, .devices = waiting.devices, .model = std::move(waiting.model)};
    }
  }
  service_.metrics.CountObserved(outcome);
  service_.recent.Bound(pod.uid, node);
  if (service_.options.decision_log != nullptr) {
    service_.options.decision_log->Put({{"verb", "observe"},
                                        {"outcome", observe::Name(outcome)},
                                        {"pod", pod.ns + "/" + pod.name},
                                        {"pod_uid", pod.uid},
                                        {"scheduler", scheduler},
                                        {"node", node},
                                        {"best_node", best}});
  }
  service_.log.Info("observed", {{"pod", pod.ns + "/" + pod.name},
                                 {"pod_uid", pod.uid},
                                 {"node", node},
                                 {"best_node", best},
                                 {"outcome", observe::Name(outcome)}});
}

// Others bind without a record: Berth's own choice stands for the truth where it chose that node,
// else what it would choose on the node now.
void Observer::NameUnnamed() {
  if (!service_.store.synced()) {
    return;  // records that are still to be read go before suppositions
  }
  const MutexLock lock(mu_);
  for (const state::PodView& pod : service_.store.TakeUnnamed()) {
    const cluster::PodRequest request = RoomAlone(pod.request);
    const cluster::SnapshotPtr snapshot = service_.store.snapshot();
    const auto index = snapshot->Find(pod.node);
    cluster::DeviceSet devices;
    std::optional<state::ModelTaking> model;
    if (hint_ && hint_->uid == pod.request.uid && index) {
      const cluster::DeviceDemand& demand = hint_->model ? hint_->model->demand : request.demand;
      if (demand.share && (cluster::Roomy(snapshot->row(*index), *demand.share) & hint_->devices) ==
                              hint_->devices) {
        devices = hint_->devices;
        model = hint_->model;
      }
      hint_.reset();
    }
    if (devices.empty() && index) {
      const core::Decision decision = service_.Decide(
          *snapshot, request, service_.profiles.Of(request).policy, {&*index, 1}, {});
      if (const NodeDecision& node = decision.nodes.front(); node.fits()) {
        devices = node.devices;
        model = TakingOf(decision, node, request);
      }
    }
    if (!service_.store.Suppose(pod.request.uid, devices, model)) {
      service_.log.Warn("no room for a pod where it is",
                        {{"pod", pod.request.ns + "/" + pod.request.name}, {"node", pod.node}});
    }
  }
}

}  // namespace berth::extender
