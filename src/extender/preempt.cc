// POST /preempt, until preemption is built: nodes that could never take the pod are dropped, the
// rest is given back as it came, always in Meta form (extender/v1 ExtenderPreemptionResult).
#include "answers.h"
#include "service_impl.h"

namespace berth::extender {
namespace {

// Evicting pods can free room; it cannot change what a node is.
bool RoomWouldHelp(core::Reason reason) {
  switch (reason) {
    case core::Reason::kFits:
    case core::Reason::kDevices:
    case core::Reason::kDeviceMemory:
    case core::Reason::kDeviceCores:
      return true;
    default:
      return false;
  }
}

void AppendCandidate(const PreemptNode& node, Sequence& members) {
  std::string& out = members.Next();
  out += node.quoted;
  out += ":{\"Pods\":[";
  Sequence victims(out);
  for (const std::string_view uid : node.victims) {
    victims.Next() += "{\"UID\":";
    out += uid;
    out += '}';
  }
  out += "],\"NumPDBViolations\":";
  AppendInteger(node.pdb_violations, out);
  out += '}';
}

}  // namespace

observe::CallResult Service::Impl::Preempt(std::string_view body, Answer& answer) {
  ScratchPool::Loan loan = scratch.Borrow();
  Scratch& work = *loan;
  const Result<PreemptArgs> args = work.wire.ReadPreempt(body);
  if (!args.ok()) {
    return Complain(work.wire, args.error(), answer);
  }
  const Result<kube::PodObject> object = ReadPod(work, args->pod);
  if (!object.ok()) {
    return Complain(work.wire, object.error(), answer);
  }
  const cluster::PodRequest pod = store.Read(*object);
  const cluster::SnapshotPtr snapshot = store.snapshot();
  const core::Policy policy = profiles.Of(pod).policy;

  answer.body += "{\"NodeNameToMetaVictims\":{";
  Sequence members(answer.body);
  std::size_t kept = 0;
  for (const PreemptNode& node : args->nodes) {
    if (observer) {
      AppendCandidate(node, members);
      ++kept;
      continue;
    }
    const auto index = snapshot->Find(Unquoted(node.quoted));
    if (!index) {
      continue;
    }
    const core::Decision decision = core::Decide(*snapshot, pod, policy, {&*index, 1}, {});
    if (RoomWouldHelp(decision.nodes.front().reason)) {
      AppendCandidate(node, members);
      ++kept;
    }
  }
  answer.body += "}}";
  return kept > 0 || args->nodes.empty() ? observe::CallResult::kOk : observe::CallResult::kRefused;
}

}  // namespace berth::extender
