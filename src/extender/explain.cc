// Why a pod docks where it does: from the record of the decision while it is kept, and anew for a
// pod that waits.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "refused_nodes.h"
#include "service_impl.h"

namespace berth::extender {
namespace {

using core::NodeDecision;
using core::Term;

ExplainedNode Explained(const DecisionRecord& record, std::uint32_t position) {
  const NodeDecision& node = record.decision->nodes[position];
  const cluster::NodeFacts& facts = *record.snapshot->facts(node.node);
  ExplainedNode explained{.name = facts.name,
                          .reason = node.reason,
                          .contended = node.contended,
                          .cost = node.cost,
                          .said = core::Explain(*record.snapshot, record.pod, record.profile.policy,
                                                record.expectations, *record.decision, position)};
  if (const cluster::ModelVariant* variant = record.decision->VariantOf(node)) {
    explained.variant = variant->name;
  }
  node.devices.ForEach([&](int device) {
    explained.devices.push_back(facts.devices[static_cast<std::size_t>(device)].id);
  });
  return explained;
}

// The term in which the winner gains most over the runner-up.
const Term* Decisive(const ExplainedNode& winner, const ExplainedNode& next) {
  const Term* decisive = nullptr;
  double gain = 0;
  for (std::size_t i = 0; i < winner.said.terms.size() && i < next.said.terms.size(); ++i) {
    const double here = next.said.terms[i].seconds() - winner.said.terms[i].seconds();
    if (here > gain) {
      gain = here;
      decisive = &winner.said.terms[i];
    }
  }
  return decisive;
}

std::string Why(const Explanation& explanation) {
  if (explanation.fitting.empty()) {
    if (explanation.refused_by_reason.empty()) {
      return "there are no nodes";
    }
    return fmt::format("no node fits: {}", core::Text(explanation.refused_by_reason.front().first));
  }
  const ExplainedNode& winner = explanation.fitting.front();
  if (winner.said.terms.empty()) {
    return "the pod takes no devices: any node will do";
  }
  if (explanation.fitting_total == 1) {
    return fmt::format("{} is the only node that fits", winner.name);
  }
  const ExplainedNode& next = explanation.fitting[1];
  if (next.contended && !winner.contended) {
    return fmt::format("the others fit only in room that other pods are about to take");
  }
  const Term* decisive = Decisive(winner, next);
  if (decisive == nullptr) {
    return fmt::format("{} and {} cost the same; the name decides", winner.name, next.name);
  }
  return fmt::format("{} costs {:.2f} s, {} {:.2f} s; {} decides: {}", winner.name, winner.cost,
                     next.name, next.cost, decisive->scorer, decisive->sentence);
}

}  // namespace

Explanation Service::Impl::Explain(const DecisionRecord& record, bool decided,
                                   std::size_t limit) const {
  Explanation explanation{.pod = record.pod,
                          .profile = record.profile.name,
                          .at = record.at,
                          .observed = observer != nullptr,
                          .decided = decided};
  const std::vector<std::uint32_t> order = core::Shortlist(*record.snapshot, *record.decision, 0);
  explanation.fitting_total = order.size();
  // Two at least: the winner is explained against the next.
  for (std::size_t i = 0; i < order.size() && i < std::max<std::size_t>(limit, 2); ++i) {
    explanation.fitting.push_back(Explained(record, order[i]));
  }
  if (!explanation.fitting.empty()) {
    explanation.node = explanation.fitting.front().name;
  }

  std::vector<std::uint32_t> refused;
  const RefusedNodes by_reason = CountRefused(*record.decision);
  for (std::uint32_t i = 0; i < record.decision->nodes.size(); ++i) {
    if (!record.decision->nodes[i].fits()) {
      refused.push_back(i);
    }
  }
  explanation.refused_total = refused.size();
  for (std::size_t i = 0; i < by_reason.size(); ++i) {
    if (by_reason[i] > 0) {
      explanation.refused_by_reason.emplace_back(static_cast<core::Reason>(i), by_reason[i]);
    }
  }
  std::ranges::stable_sort(explanation.refused_by_reason, std::ranges::greater{},
                           &std::pair<core::Reason, std::uint64_t>::second);
  std::ranges::sort(refused, {}, [&](std::uint32_t i) {
    return record.snapshot->names().rank(record.decision->nodes[i].node);
  });
  for (std::size_t i = 0; i < refused.size() && i < limit; ++i) {
    explanation.refused.push_back(Explained(record, refused[i]));
  }
  explanation.why = Why(explanation);
  if (!record.bound_to.empty()) {
    explanation.node = record.bound_to;
  }
  return explanation;
}

Result<Explanation> Service::Explain(std::string_view ns, std::string_view name,
                                     std::size_t limit) const {
  const auto pod = impl_->store.FindPod(ns, name);
  if (!pod) {
    return Error{ErrorCode::kNotFound, fmt::format("pod {}/{} is not known", ns, name)};
  }
  if (pod->state != state::AllocationState::kPending) {
    if (const auto record = impl_->recent.Find(pod->request.uid)) {
      return impl_->Explain(*record, true, limit);
    }
    return Error{
        ErrorCode::kNotFound,
        fmt::format("pod {}/{} is on {}; the decision is not kept any more", ns, name, pod->node)};
  }
  DecisionRecord record{.pod = pod->request,
                        .profile = impl_->profiles.Of(pod->request),
                        .at = impl_->clock.WallNow(),
                        .snapshot = impl_->store.snapshot(),
                        .expectations = impl_->ExpectationsBut(pod->request.uid)};
  std::vector<cluster::NodeIndex> candidates = core::AllNodes(*record.snapshot);
  if (impl_->observer) {  // as it decides itself
    state::Store::Offer offer = impl_->observer->OfferFor(record.pod);
    record.snapshot = std::move(offer.snapshot);
    candidates = std::move(offer.nodes);
  }
  record.decision = std::make_shared<const core::Decision>(core::Decide(
      *record.snapshot, record.pod, record.profile.policy, candidates, record.expectations));
  return impl_->Explain(record, false, limit);
}

}  // namespace berth::extender
