// What the verbs share. Each verb is one file.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/core/decide.h"
#include "berth/extender/service.h"
#include "current_profiles.h"
#include "memos.h"
#include "observer.h"
#include "recent_decisions.h"
#include "scratch.h"
#include "waiting_pods.h"

namespace berth::extender {

struct Service::Impl {
  Impl(Options options, state::Store& store, kube::Api& api, const Clock& clock,
       observe::Metrics& metrics, observe::Logger& log);

  // The verbs. What they return goes into the request metrics.
  observe::CallResult Filter(std::string_view body, Answer& answer, std::string_view client);
  observe::CallResult Prioritize(std::string_view body, Answer& answer);
  observe::CallResult Preempt(std::string_view body, Answer& answer);
  observe::CallResult Bind(std::string_view body, Answer& answer, std::string_view client);

  // What Options::observe makes of them: whatever was offered will do.
  observe::CallResult PassAll(const NodesArgs& args, const kube::PodObject& object, Scratch& work,
                              Answer& answer);
  static observe::CallResult ScoreAlike(const NodesArgs& args, Answer& answer);
  observe::CallResult RefuseToBind(const BindArgs& args, Answer& answer);

  void SettleDoubts();
  void WakePods();

  // The request's pod. kInvalidArgument: malformed, or nameless in a way that would mix it up with
  // others.
  static Result<kube::PodObject> ReadPod(Scratch& work, std::string_view json);

  // An answer that is a complaint.
  observe::CallResult Complain(const WireReader& wire, const Error& error, Answer& answer);

  std::vector<core::Expectation> ExpectationsBut(std::string_view uid) const;
  core::Decision Decide(const cluster::Snapshot& snapshot, const cluster::PodRequest& pod,
                        const core::Policy& policy, std::span<const cluster::NodeIndex> candidates,
                        std::span<const core::Expectation> expectations);
  void ExpectBest(const cluster::Snapshot& snapshot, const cluster::PodRequest& pod,
                  const core::Decision& decision);

  Explanation Explain(const DecisionRecord& record, bool decided, std::size_t limit) const;

  const Options options;
  state::Store& store;
  kube::Api& api;
  const Clock& clock;
  observe::Metrics& metrics;
  observe::Logger& log;

  CurrentProfiles profiles;
  ScratchPool scratch;
  Memos memos;
  RecentDecisions recent;
  WaitingPods waiting;
  std::unique_ptr<Observer> observer;  // nullptr: Berth places pods

  struct Attempt {
    Instant next;
    Duration pause{};
  };
  std::map<std::string, Attempt, std::less<>> settling;  // by uid; of the tending thread alone
};

// Splits the request's nodes into those that the snapshot knows (candidates, offered) and the rest
// (unknown).
void FindCandidates(const cluster::Snapshot& snapshot, const std::vector<std::string_view>& names,
                    Scratch& scratch);

}  // namespace berth::extender
