// POST /prioritize: integer scores, the best node alone at the top.
#include <algorithm>
#include <array>
#include <span>

#include "answers.h"
#include "service_impl.h"

namespace berth::extender {
namespace {

using core::Decision;
using core::NodeDecision;

// Position of the best; of one at least.
std::int32_t BestOf(const cluster::Snapshot& snapshot, std::span<const NodeDecision> nodes) {
  const auto better = [&](const NodeDecision& a, const NodeDecision& b) {
    return core::Better(snapshot, a, b);
  };
  return static_cast<std::int32_t>(std::ranges::min_element(nodes, better) - nodes.begin());
}

// The part of `whole`, in which some node fits, that concerns `candidates`, which come in the same
// order with some left out, as kube-scheduler passes on what filter answered. Nothing when they do
// not.
std::optional<Decision> Select(const cluster::Snapshot& snapshot, const Decision& whole,
                               std::span<const cluster::NodeIndex> candidates) {
  Decision part{.snapshot_version = whole.snapshot_version,
                .scored = whole.scored,
                .model = whole.model,
                .catalog = whole.catalog};
  part.nodes.reserve(candidates.size());
  const auto best = whole.nodes.begin() + whole.best;  // of the whole, so of any part that has it
  auto at = whole.nodes.begin();
  for (const cluster::NodeIndex candidate : candidates) {
    while (at != whole.nodes.end() && at->node != candidate) {
      ++at;
    }
    if (at == whole.nodes.end()) {
      return std::nullopt;
    }
    part.fitting += at->fits() ? 1 : 0;
    if (at == best && part.best < 0) {
      part.best = static_cast<std::int32_t>(part.nodes.size());
    }
    part.nodes.push_back(*at);
  }
  if (part.best < 0 && part.fitting > 0) {
    part.best = BestOf(snapshot, part.nodes);
  }
  return part;
}

// Appends [{"Host":"a","Score":7},...]. What stands between two names depends on one score, so the
// texts of small scores are made once per answer.
class ScoreList {
 public:
  explicit ScoreList(std::string& out) : out_(out), pieces_(out) {
    for (std::int64_t score = 0; score < static_cast<std::int64_t>(after_.size()); ++score) {
      after_[static_cast<std::size_t>(score)] = After(score);
    }
    out_ += '[';
  }
  ~ScoreList() {
    pieces_.Flush();
    if (!empty_) {
      out_.resize(out_.size() - kNext.size());
    }
    out_ += ']';
  }
  ScoreList(const ScoreList&) = delete;
  ScoreList& operator=(const ScoreList&) = delete;

  void Add(std::string_view quoted, std::int64_t score) {
    if (empty_) {
      pieces_.Append(kNext.substr(1));
      empty_ = false;
    }
    pieces_.Append(quoted);
    if (score >= 0 && score < static_cast<std::int64_t>(after_.size())) {
      pieces_.Append(after_[static_cast<std::size_t>(score)]);
    } else {
      pieces_.Append(After(score));
    }
  }

 private:
  static constexpr std::string_view kNext = ",{\"Host\":";

  static std::string After(std::int64_t score) {
    std::string text = ",\"Score\":";
    AppendInteger(score, text);
    text += '}';
    text += kNext;
    return text;
  }

  std::string& out_;
  Pieces pieces_;
  std::array<std::string, 11> after_;  // of the default scale
  bool empty_ = true;
};

}  // namespace

observe::CallResult Service::Impl::ScoreAlike(const NodesArgs& args, Answer& answer) {
  ScoreList list(answer.body);
  for (const std::string_view name : args.names) {
    list.Add(name, 0);
  }
  return observe::CallResult::kOk;
}

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
  if (observer) {
    return ScoreAlike(**args, answer);
  }
  const cluster::PodRequest pod = store.Read(*object);

  const cluster::SnapshotPtr snapshot = store.snapshot();
  FindCandidates(*snapshot, (*args)->names, work);
  std::optional<Decision> decision;
  if (const auto decided = recent.Find(pod.uid, snapshot->version())) {
    decision = Select(*snapshot, *decided, work.candidates);
  }
  if (!decision) {
    decision =
        Decide(*snapshot, pod, profiles.Of(pod).policy, work.candidates, ExpectationsBut(pod.uid));
  }
  const std::vector<std::int64_t> scores = core::Ladder(*decision, options.score_scale);

  const std::vector<std::string_view>& names = (*args)->names;
  answer.body.reserve(body.size() + (names.size() * 24));
  {
    ScoreList list(answer.body);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      list.Add(names[work.offered[i]], scores[i]);
    }
    for (const std::uint32_t i : work.unknown) {
      list.Add(names[i], 0);
    }
  }

  if (decision->best >= 0) {
    ExpectBest(*snapshot, pod, *decision);
  }
  return observe::CallResult::kOk;
}

}  // namespace berth::extender
