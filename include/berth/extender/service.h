// The verbs that kube-scheduler calls, as functions from body to answer. Wire types: kube-scheduler
// `extender/v1`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/core/policy.h"
#include "berth/extender/explanation.h"
#include "berth/kube/api.h"
#include "berth/observe/decision_log.h"
#include "berth/observe/log.h"
#include "berth/observe/metrics.h"
#include "berth/state/store.h"

namespace berth::extender {

// A pod that serves a model variant was bound, and begins to load its weights.
struct ModelStart {
  std::string uid;
  std::string node;
  std::string source;                           // of the variant
  cluster::Tier tier = cluster::Tier::kRemote;  // that the weights come from
  Bytes bytes;                                  // to move from there
  int devices = 1;
  Duration engine_start{};  // from weights in device memory to ready
  Duration predicted{};     // until ready, all in all
};

// Whether this Berth may bind, where there are several. Thread-safe.
class BindGate {
 public:
  virtual ~BindGate() = default;

  // Of one uninterrupted leadership; differs from every other's.
  using Term = Instant;
  // Before anything is looked at in the books for a bind. Each that succeeds is followed by Leave.
  virtual Result<Term> Enter() = 0;
  // Immediately before the binding is sent, which is not looked at again: the term still lasts, and
  // for longer than the binding may take.
  virtual Status Confirm(Term term) = 0;
  // `settled`: nothing that was sent can take effect from now on.
  virtual void Leave(bool settled) = 0;
};

struct Options {
  std::vector<core::Profile> profiles{{}};  // by PodRequest::profile; [0] is the default; at first
  std::int64_t score_scale = 10;
  std::uint32_t shortlist = 0;      // 0: every node that fits
  bool name_refused_nodes = false;  // also when some fit
  std::size_t max_nodes = 100'000;  // in one request
  Duration hold_ttl = std::chrono::seconds(5);
  double wakes_per_second = 10;  // writes of the condition berth.dev/Fits
  // Called with each pod that a filter call is about, before it is looked at; may be empty.
  std::function<void(const kube::PodObject&)> on_pod;
  // Called after each binding of a pod that serves a variant of the catalog; may be empty.
  std::function<void(const ModelStart&)> on_model_start;
  // Signs the record that the binding carries; empty: records are not signed.
  std::function<void(kube::Binding&)> sign_record;
  // Others place pods: Berth tells what it would do, and writes nothing (docs/observer.md).
  bool observe = false;
  BindGate* gate = nullptr;  // nullptr: no other Berth binds. Outlives the service.
  observe::DecisionLog* decision_log = nullptr;  // nullptr: none; else outlives the service
};

// What goes back. A body that is no JSON gets 400; every other complaint is a 200 with `Error`,
// because kube-scheduler throws other bodies away.
struct Answer {
  int status = 200;
  std::string& body;  // appended to; the caller keeps its capacity
};

// Thread-safe. `body` is followed by kube::kJsonPadding readable bytes.
class Service {
 public:
  Service(Options options, state::Store& store, kube::Api& api, const Clock& clock,
          observe::Metrics& metrics, observe::Logger& log);
  ~Service();

  void Filter(std::string_view body, Answer& answer) { Filter(body, answer, {}); }
  void Prioritize(std::string_view body, Answer& answer);
  void Preempt(std::string_view body, Answer& answer);
  void Bind(std::string_view body, Answer& answer) { Bind(body, answer, {}); }

  // The same; `client` is who asks, for the decision log.
  void Filter(std::string_view body, Answer& answer, std::string_view client);
  void Bind(std::string_view body, Answer& answer, std::string_view client);

  // Why the pod is where it is, or would go: up to `limit` nodes that fit and as many that do not.
  // kNotFound: no such pod, or it is bound and the decision is not kept any more.
  Result<Explanation> Explain(std::string_view ns, std::string_view name, std::size_t limit) const;

  // For decisions from now on; by PodRequest::profile, as Options::profiles.
  void SetProfiles(std::vector<core::Profile> profiles);

  // Options::observe only, else nullptr: where the cluster's stream goes instead of into the store,
  // to which it is passed on.
  kube::ObjectSink* observer();

  // One turn of the work behind the verbs: pods that wait are woken when they may fit now, doubtful
  // bindings are settled. Returns when there is nothing more to do at once. Called from one thread.
  void Tend();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace berth::extender
