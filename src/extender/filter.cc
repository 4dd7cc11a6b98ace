// POST /filter: which of the offered nodes can take the pod.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "answers.h"
#include "refused_nodes.h"
#include "service_impl.h"

namespace berth::extender {
namespace {

using core::Decision;
using core::NodeDecision;
using core::Reason;

class FilterAnswer {
 public:
  FilterAnswer(const NodesArgs& args, std::string& out) : args_(args), out_(out) {}

  void KeptAll() {
    Open();
    for (std::uint32_t i = 0; i < args_.names.size(); ++i) {
      Keep(i);
    }
    Close();
  }

  void Kept(const Decision& decision, std::span<const std::uint32_t> offered) {
    Open();
    for (std::size_t i = 0; i < decision.nodes.size(); ++i) {
      if (decision.nodes[i].fits()) {
        Keep(offered[i]);
      }
    }
    Close();
  }

  void Kept(std::span<const std::uint32_t> shortlist, std::span<const std::uint32_t> offered) {
    Open();
    for (const std::uint32_t i : shortlist) {
      Keep(offered[i]);
    }
    Close();
  }

  void Refused(const Decision& decision, const Scratch& scratch) {
    out_ += ",\"FailedAndUnresolvableNodes\":{";
    Sequence members(out_);
    for (std::size_t i = 0; i < decision.nodes.size(); ++i) {
      if (!decision.nodes[i].fits()) {
        Refuse(scratch.offered[i], decision.nodes[i].reason, members);
      }
    }
    for (const std::uint32_t i : scratch.unknown) {
      Refuse(i, Reason::kNodeUnknown, members);
    }
    out_ += '}';
  }

 private:
  void Open() { out_ += args_.full ? "{\"Nodes\":{\"items\":[" : "{\"NodeNames\":["; }
  void Close() {
    out_ += run_;
    out_ += args_.full ? "]}" : "]";
  }

  // Nodes that follow each other in the body are copied in one piece, with the commas between them.
  void Keep(std::uint32_t node) {
    const std::string_view text = args_.full ? args_.objects[node] : args_.names[node];
    if (!run_.empty()) {
      if (run_.data() + run_.size() + 1 == text.data()) {
        run_ = {run_.data(), run_.size() + 1 + text.size()};
        return;
      }
      out_ += run_;
      out_ += ',';
    }
    run_ = text;
  }

  void Refuse(std::uint32_t node, Reason reason, Sequence& members) {
    std::string& out = members.Next();
    out += args_.names[node];
    out += ":\"";
    out += core::Text(reason);  // constant texts without anything to escape
    out += '"';
  }

  const NodesArgs& args_;
  std::string& out_;
  std::string_view run_;  // of the body; kept, not yet written
};

bool StarvesPreferences(const cluster::Snapshot& snapshot, const Decision& decision) {
  return std::ranges::any_of(decision.nodes, [&](const NodeDecision& node) {
    return node.fits() && snapshot.row(node.node).prefer_no_schedule;
  });
}

}  // namespace

void FindCandidates(const cluster::Snapshot& snapshot, const std::vector<std::string_view>& names,
                    Scratch& scratch) {
  scratch.candidates.clear();
  scratch.offered.clear();
  scratch.unknown.clear();
  NameFollower follower(snapshot.names_ptr(), scratch.orders);
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    const cluster::NodeIndex index = follower.Find(names[i]);
    if (index < snapshot.size()) {
      scratch.candidates.push_back(index);
      scratch.offered.push_back(i);
    } else {
      scratch.unknown.push_back(i);
    }
  }
}

observe::CallResult Service::Impl::PassAll(const NodesArgs& args, const kube::PodObject& object,
                                           Scratch& work, Answer& answer) {
  const cluster::SnapshotPtr snapshot = store.snapshot();
  FindCandidates(*snapshot, args.names, work);
  observer->Offered(store.Read(object), object, snapshot, work.candidates);
  FilterAnswer(args, answer.body).KeptAll();
  answer.body += '}';
  return observe::CallResult::kOk;
}

observe::CallResult Service::Impl::Filter(std::string_view body, Answer& answer,
                                          std::string_view client) {
  ScratchPool::Loan loan = scratch.Borrow();
  Scratch& work = *loan;
  const Result<const NodesArgs*> args = work.wire.ReadNodes(body);
  if (!args.ok()) {
    return Complain(work.wire, args.error(), answer);
  }
  const Result<kube::PodObject> object = ReadPod(work, (*args)->pod);
  if (!object.ok()) {
    return Complain(work.wire, object.error(), answer);
  }
  const cluster::PodRequest pod = store.Read(*object);
  if (options.on_pod) {
    options.on_pod(*object);
  }
  store.Meet(pod);
  if (observer) {
    return PassAll(**args, *object, work, answer);
  }

  const cluster::SnapshotPtr snapshot = store.snapshot();
  core::Profile profile = profiles.Of(pod);
  FindCandidates(*snapshot, (*args)->names, work);
  std::vector<core::Expectation> expectations = ExpectationsBut(pod.uid);
  auto decision = std::make_shared<const Decision>(
      Decide(*snapshot, pod, profile.policy, work.candidates, expectations));

  answer.body.reserve(body.size() + 256);
  FilterAnswer writer(**args, answer.body);
  const bool shorten = options.shortlist > 0 && decision->scored &&
                       decision->fitting > options.shortlist && !pod.soft_constraints &&
                       !StarvesPreferences(*snapshot, *decision);
  if (shorten) {
    writer.Kept(core::Shortlist(*snapshot, *decision, options.shortlist), work.offered);
  } else {
    writer.Kept(*decision, work.offered);
  }
  // With survivors the names of the others are wasted bytes.
  if (decision->fitting == 0 || options.name_refused_nodes) {
    writer.Refused(*decision, work);
  }
  answer.body += '}';

  RefusedNodes refused = CountRefused(*decision);
  refused[static_cast<std::size_t>(Reason::kNodeUnknown)] += work.unknown.size();
  for (std::size_t i = 1; i < refused.size(); ++i) {
    if (refused[i] > 0) {
      metrics.CountRejectedNodes(static_cast<Reason>(i), refused[i]);
    }
  }

  if (decision->fitting == 0) {
    const Reason nearest = Nearest(refused);
    metrics.CountDecision(observe::DecisionOutcome::kRefused, nearest);
    waiting.Refused(pod, nearest, object->fits_condition, snapshot);
    store.Unexpect(pod.uid);
    log.Debug(
        "no node fits",
        {{"pod", pod.ns + "/" + pod.name}, {"pod_uid", pod.uid}, {"reason", core::Code(nearest)}});
    if (options.decision_log != nullptr && options.decision_log->TakesRefusal()) {
      options.decision_log->Put({{"verb", "filter"},
                                 {"outcome", "refused"},
                                 {"client", client},
                                 {"pod", pod.ns + "/" + pod.name},
                                 {"pod_uid", pod.uid},
                                 {"snapshot_version", snapshot->version()},
                                 {"nodes_offered", (*args)->names.size()},
                                 {"reason", core::Code(nearest)}});
    }
    return observe::CallResult::kRefused;
  }
  const NodeDecision& best = decision->nodes[static_cast<std::size_t>(decision->best)];
  metrics.CountDecision(best.contended ? observe::DecisionOutcome::kContended
                                       : observe::DecisionOutcome::kFits);
  ExpectBest(*snapshot, pod, *decision);
  if (options.decision_log != nullptr && options.decision_log->TakesAnswer()) {
    const cluster::ModelVariant* variant = decision->VariantOf(best);
    options.decision_log->Put(
        {{"verb", "filter"},
         {"outcome", "fits"},
         {"client", client},
         {"pod", pod.ns + "/" + pod.name},
         {"pod_uid", pod.uid},
         {"snapshot_version", snapshot->version()},
         {"nodes_offered", (*args)->names.size()},
         {"nodes_fitting", decision->fitting},
         {"best_node", snapshot->facts(best.node)->name},
         {"best_cost_seconds", best.cost},
         {"model", variant == nullptr ? std::string() : pod.model + "@" + variant->name}});
  }
  recent.Put({.pod = pod,
              .profile = std::move(profile),
              .at = clock.WallNow(),
              .snapshot = snapshot,
              .expectations = std::move(expectations),
              .decision = std::move(decision)});
  return observe::CallResult::kOk;
}

}  // namespace berth::extender
