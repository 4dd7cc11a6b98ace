// POST /prioritize: integer scores, the best node alone at the top.
#include "answers.h"
#include "berth/device/read.h"
#include "service_impl.h"

namespace berth::extender {
namespace {

using core::Decision;
using core::NodeDecision;

// The part of `whole` that concerns `candidates`, in their order. Empty when a candidate is not in
// it.
std::optional<Decision> Select(const cluster::Snapshot& snapshot, const Decision& whole,
                               std::span<const cluster::NodeIndex> candidates) {
  constexpr std::uint32_t kNone = ~std::uint32_t{0};
  std::vector<std::uint32_t> position(snapshot.size(), kNone);
  for (std::uint32_t i = 0; i < whole.nodes.size(); ++i) {
    position[whole.nodes[i].node] = i;
  }
  Decision part{.snapshot_version = whole.snapshot_version, .scored = whole.scored};
  part.nodes.reserve(candidates.size());
  for (const cluster::NodeIndex candidate : candidates) {
    if (position[candidate] == kNone) {
      return std::nullopt;
    }
    const NodeDecision& node = whole.nodes[position[candidate]];
    if (node.fits()) {
      ++part.fitting;
      if (part.best < 0 ||
          core::Better(snapshot, node, part.nodes[static_cast<std::size_t>(part.best)])) {
        part.best = static_cast<std::int32_t>(part.nodes.size());
      }
    }
    part.nodes.push_back(node);
  }
  return part;
}

}  // namespace

observe::CallResult Service::Impl::Prioritize(std::string_view body, Answer& answer) {
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
  const cluster::PodRequest pod = device::ReadPod(*object, store.classes());

  const cluster::SnapshotPtr snapshot = store.snapshot();
  FindCandidates(*snapshot, (*args)->names, work);
  std::optional<Decision> decision;
  if (const auto decided = recent.Find(pod.uid, snapshot->version())) {
    decision = Select(*snapshot, *decided, work.candidates);
  }
  if (!decision) {
    decision = Decide(*snapshot, pod, work.candidates);
  }
  const std::vector<std::int64_t> scores = core::Ladder(*decision, options.score_scale);

  answer.body.reserve(body.size() + ((*args)->names.size() * 24));
  answer.body += '[';
  Sequence hosts(answer.body);
  const auto write = [&](std::uint32_t node, std::int64_t score) {
    std::string& out = hosts.Next();
    out += "{\"Host\":";
    out += (*args)->names[node];
    out += ",\"Score\":";
    AppendInteger(score, out);
    out += '}';
  };
  for (std::size_t i = 0; i < scores.size(); ++i) {
    write(work.offered[i], scores[i]);
  }
  for (const std::uint32_t i : work.unknown) {
    write(i, 0);
  }
  answer.body += ']';

  if (decision->best >= 0) {
    ExpectBest(*snapshot, pod, *decision);
  }
  return observe::CallResult::kOk;
}

}  // namespace berth::extender
