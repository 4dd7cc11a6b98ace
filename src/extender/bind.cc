// POST /bind: the one commitment. Room is taken in the ledger, the API server is asked, and what it
// said is what kube-scheduler hears.
#include <fmt/format.h>

#include <chrono>

#include "answers.h"
#include "berth/core/placement_cost.h"
#include "berth/device/read.h"
#include "service_impl.h"

namespace berth::extender {
namespace {

using observe::CallResult;
using observe::PlacementOutcome;

// Room that was seen may be gone when it is taken; then the choice is made anew, this often.
constexpr int kAttempts = 4;

struct Outcome {
  PlacementOutcome placement = PlacementOutcome::kBound;
  std::string error;  // empty: bound
};

Outcome Failed(PlacementOutcome placement, std::string error) {
  return {placement, std::move(error)};
}

// One binding, step by step.
class Binder {
 public:
  // `decision`: its id in the decision log; empty: there is none.
  Binder(Service::Impl& service, const BindArgs& args, std::string decision)
      : service_(service), args_(args), decision_(std::move(decision)) {}

  Outcome Run() {
    BindGate* const gate = service_.options.gate;
    if (gate == nullptr) {
      return Try();
    }
    const Result<BindGate::Term> term = gate->Enter();
    if (!term.ok()) {
      return Failed(PlacementOutcome::kNotLeader, term.error().message);
    }
    term_ = *term;
    Outcome outcome = Try();
    gate->Leave(/*settled=*/outcome.placement != PlacementOutcome::kUnknown);
    return outcome;
  }

  // As the pod will read them; empty where Berth does not choose.
  const std::string& devices() const { return devices_; }
  // As they were sent to the API server; empty: nothing was.
  const std::string& allocation() const { return allocation_; }
  const std::string& decision() const { return decision_; }
  std::optional<float> cost() const { return cost_; }  // of a choice made now, seconds
  const std::optional<ModelStart>& start() const { return start_; }
  // "llama-3-8b@int8"; empty without a model.
  std::string model() const {
    return choice_ ? fmt::format("{}@{}", choice_->model, choice_->variant) : std::string();
  }

 private:
  Outcome Try() {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      Result<state::Assumption> taken = TakeRoom();
      if (taken.ok()) {
        return Commit(std::move(taken).value());
      }
      switch (taken.error().code) {
        case ErrorCode::kAlreadyExists:
          return {PlacementOutcome::kAlreadyBound, {}};
        case ErrorCode::kExpired:  // the devices that were chosen went to another pod; choose again
          continue;
        case ErrorCode::kConflict:
          return Failed(PlacementOutcome::kConflict, taken.error().message);
        default:
          return Failed(PlacementOutcome::kError, taken.error().message);
      }
    }
    return Failed(PlacementOutcome::kConflict,
                  fmt::format("no room stayed free on {}", args_.node));
  }

  // The pod as the store has it, else as the API server has it.
  Result<state::PodView> FindPod() {
    if (auto known = service_.store.FindPod(args_.pod_uid)) {
      return *std::move(known);
    }
    BERTH_ASSIGN_OR_RETURN(kube::PodObject pod,
                           service_.api.GetPod(args_.pod_namespace, args_.pod_name));
    if (pod.uid != args_.pod_uid) {
      return Error{ErrorCode::kConflict,
                   fmt::format("pod {}/{} has uid {} now", pod.ns, pod.name, pod.uid)};
    }
    service_.store.PutPod(std::move(pod));
    if (auto known = service_.store.FindPod(args_.pod_uid)) {
      return *std::move(known);
    }
    return Error{ErrorCode::kConflict, "the pod has ended"};
  }

  // Chooses devices by the same decision as filter and takes them. kExpired: chosen, but taken by
  // somebody else meanwhile.
  Result<state::Assumption> TakeRoom() {
    BERTH_ASSIGN_OR_RETURN(state::PodView pod, FindPod());
    pod_ = std::move(pod.request);
    const cluster::SnapshotPtr snapshot = service_.store.snapshot();
    const auto index = snapshot->Find(args_.node);
    if (!index) {
      return InvalidArgument(fmt::format("node {} is not known", args_.node));
    }
    facts_ = snapshot->facts_ptr(*index);
    cluster::DeviceSet chosen = pod.devices;
    choice_.reset();
    if (!pod.variant.empty()) {  // of an earlier try
      choice_ = {.model = pod_.model, .variant = pod.variant, .version = pod.model_version};
    }
    if (pod.state == state::AllocationState::kPending) {
      const core::Decision decision =
          service_.Decide(*snapshot, pod_, service_.profiles.Of(pod_).policy, {&*index, 1},
                          service_.ExpectationsBut(pod_.uid));
      const core::NodeDecision& node = decision.nodes.front();
      if (!node.fits()) {
        return Error{ErrorCode::kConflict,
                     fmt::format("{} on {}", core::Text(node.reason), args_.node)};
      }
      chosen = node.devices;
      cost_ = node.cost;
      const cluster::ModelVariant* variant = decision.VariantOf(node);
      pod_.demand = core::DemandWith(pod_, variant);
      if (variant != nullptr) {
        choice_ = {
            .model = pod_.model, .variant = variant->name, .version = decision.model->version};
        start_ = StartOf(*snapshot, *decision.model, *variant, *index);
      }
    }
    std::optional<state::ModelTaking> taking;
    if (choice_) {
      taking = {.demand = pod_.demand, .variant = choice_->variant, .version = choice_->version};
    }
    Result<state::Assumption> taken =
        service_.store.Assume(args_.pod_uid, args_.node, chosen, taking);
    const bool raced = !taken.ok() && taken.error().code == ErrorCode::kConflict &&
                       service_.store.version() != snapshot->version();
    return raced ? Result<state::Assumption>(Error{ErrorCode::kExpired, taken.error().message})
                 : std::move(taken);
  }

  ModelStart StartOf(const cluster::Snapshot& snapshot, const cluster::Model& model,
                     const cluster::ModelVariant& variant, cluster::NodeIndex node) const {
    const core::PlacementCost cost = core::PlacementPrices(snapshot, variant).On(node);
    const std::chrono::duration<double> loading(cost.transfer_seconds + cost.queue_seconds);
    return {.uid = args_.pod_uid,
            .node = args_.node,
            .source = variant.source,
            .tier = cost.tier,
            .bytes = cost.bytes,
            .devices = variant.devices,
            .engine_start = model.start,
            .predicted = std::chrono::duration_cast<Duration>(loading) + model.start};
  }

  Outcome Commit(state::Assumption taken) {
    kube::Binding binding{.ns = args_.pod_namespace,
                          .name = args_.pod_name,
                          .uid = args_.pod_uid,
                          .node = args_.node,
                          .annotations = device::WriteRecord(pod_, *facts_, taken.devices(),
                                                             service_.store.classes(), choice_)};
    if (const std::string* devices = kube::Find(binding.annotations, device::kDevices)) {
      devices_ = *devices;
    }
    if (service_.options.gate != nullptr) {
      if (const Status ours = service_.options.gate->Confirm(term_); !ours.ok()) {
        return Failed(PlacementOutcome::kNotLeader, ours.error().message);
      }
    }
    if (service_.options.sign_record) {
      service_.options.sign_record(binding);
    }
    if (const std::string* record = kube::Find(binding.annotations, device::kAllocation)) {
      allocation_ = *record;
    }
    if (!decision_.empty()) {
      binding.annotations.emplace_back(device::kDecision, decision_);
    }
    const Status bound = service_.api.Bind(binding);
    if (bound.ok()) {
      std::move(taken).Keep();
      return {PlacementOutcome::kBound, {}};
    }
    const Error& error = bound.error();
    if (error.code != ErrorCode::kConflict && error.code != ErrorCode::kUnknownOutcome) {
      return Failed(PlacementOutcome::kError,
                    error.message);  // nothing happened: the room goes back
    }
    return Resolve(std::move(taken), error);
  }

  // The API server says the pod is bound already, or said nothing. Only the pod itself can tell.
  Outcome Resolve(state::Assumption taken, const Error& error) {
    const bool unknown = error.code == ErrorCode::kUnknownOutcome;
    Result<kube::PodObject> pod = service_.api.GetPod(args_.pod_namespace, args_.pod_name);
    const bool gone =
        pod.ok() ? pod->uid != args_.pod_uid : pod.error().code == ErrorCode::kNotFound;
    if (gone) {
      service_.store.RemovePod(args_.pod_uid);
      return Failed(PlacementOutcome::kError, error.message);
    }
    if (!pod.ok() || pod->node_name.empty()) {
      if (unknown) {
        // The request may still be on its way: the room stays taken until a later read settles it.
        std::move(taken).Doubt(service_.clock.Now());
        return Failed(PlacementOutcome::kUnknown, error.message);
      }
      return Failed(PlacementOutcome::kConflict, error.message);
    }
    const bool here = pod->node_name == args_.node;
    service_.store.PutPod(*std::move(pod));
    std::move(taken).Keep();
    return here ? Outcome{unknown ? PlacementOutcome::kBound : PlacementOutcome::kAlreadyBound, {}}
                : Failed(PlacementOutcome::kConflict, error.message);
  }

  Service::Impl& service_;
  const BindArgs& args_;
  BindGate::Term term_;
  cluster::PodRequest pod_;
  std::shared_ptr<const cluster::NodeFacts> facts_;
  std::optional<device::ModelChoice> choice_;
  std::optional<ModelStart> start_;  // of a choice made now
  std::string devices_;
  std::string allocation_;
  const std::string decision_;
  std::optional<float> cost_;
};

void LogDecision(observe::DecisionLog& log, const BindArgs& args, const Binder& binder,
                 const Outcome& outcome, std::string_view client, double took_ms) {
  log.Put({{"decision", binder.decision()},
           {"verb", "bind"},
           {"outcome", observe::Name(outcome.placement)},
           {"client", client},
           {"pod", fmt::format("{}/{}", args.pod_namespace, args.pod_name)},
           {"pod_uid", args.pod_uid},
           {"node", args.node},
           {"devices", binder.devices()},
           {"model", binder.model()},
           {"cost_seconds", binder.cost().value_or(0)},
           {"written", binder.allocation()},
           {"error", outcome.error},
           {"took_ms", took_ms}});
}

CallResult ResultOf(PlacementOutcome placement) {
  switch (placement) {
    case PlacementOutcome::kBound:
    case PlacementOutcome::kAlreadyBound:
      return CallResult::kOk;
    case PlacementOutcome::kConflict:
    case PlacementOutcome::kNotLeader:
      return CallResult::kRefused;
    case PlacementOutcome::kError:
    case PlacementOutcome::kUnknown:
      return CallResult::kError;
  }
  return CallResult::kError;
}

}  // namespace

CallResult Service::Impl::RefuseToBind(const BindArgs& args, Answer& answer) {
  const std::string pod = fmt::format("{}/{}", args.pod_namespace, args.pod_name);
  constexpr std::string_view kWhy = "this Berth is an observer and binds nothing (scheduler.mode)";
  AppendError(fmt::format("bind {} to {}: {}", pod, args.node, kWhy), answer.body);
  log.Warn("not bound",
           {{"pod", pod}, {"pod_uid", args.pod_uid}, {"node", args.node}, {"error", kWhy}});
  return CallResult::kRefused;
}

CallResult Service::Impl::Bind(std::string_view body, Answer& answer, std::string_view client) {
  const Instant begun = clock.Now();
  Result<BindArgs> args = InvalidArgument({});
  {
    ScratchPool::Loan loan = scratch.Borrow();
    args = loan->wire.ReadBind(body);
    if (!args.ok()) {
      return Complain(loan->wire, args.error(), answer);
    }
  }
  if (observer) {
    return RefuseToBind(*args, answer);
  }
  observe::DecisionLog* const decisions = options.decision_log;
  Binder binder(*this, *args, decisions == nullptr ? std::string() : decisions->NewId());
  const Outcome outcome = binder.Run();
  metrics.CountPlacement(outcome.placement);

  const std::string pod = fmt::format("{}/{}", args->pod_namespace, args->pod_name);
  const double took_ms = Seconds(clock.Now() - begun) * 1e3;
  if (decisions != nullptr) {
    LogDecision(*decisions, *args, binder, outcome, client, took_ms);
  }
  if (!outcome.error.empty()) {
    AppendError(fmt::format("bind {} to {}: {}", pod, args->node, outcome.error), answer.body);
    log.Warn("not bound", {{"pod", pod},
                           {"pod_uid", args->pod_uid},
                           {"node", args->node},
                           {"error", outcome.error},
                           {"took_ms", took_ms}});
    return ResultOf(outcome.placement);
  }
  waiting.Forget(args->pod_uid);
  recent.Bound(args->pod_uid, args->node);
  if (binder.start() && options.on_model_start) {
    options.on_model_start(*binder.start());
  }
  answer.body += "{}";
  log.Info("bound", {{"pod", pod},
                     {"pod_uid", args->pod_uid},
                     {"node", args->node},
                     {"devices", binder.devices()},
                     {"model", binder.model()},
                     {"took_ms", took_ms}});
  return ResultOf(outcome.placement);
}

}  // namespace berth::extender
