// Which of several Berths binds: the election's threads, and the gate that every bind passes. The
// rules are room leadership's; docs/ha.md says why they are enough.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "berth/base/result.h"
#include "berth/config/configuration.h"
#include "berth/extender/service.h"
#include "berth/kube/api.h"
#include "berth/kube/lease.h"
#include "berth/leadership/elector.h"
#include "berth/leadership/follower.h"
#include "berth/leadership/hold.h"
#include "berth/observe/log.h"
#include "berth/observe/readings.h"
#include "cluster_source.h"

namespace berth::app {

// Where this process runs.
struct Place {
  std::string host;  // its name
  std::string ns;    // of its pod: POD_NAMESPACE, or as the kubelet mounted it; empty: no pod
  std::string pod;   // POD_NAME, else the host's name; in a pod only
};
Place ThisPlace();

// The label by which a Service selects the Berth that leads, on its own pod (mode elect).
inline constexpr std::string_view kLeaderLabel = "berth.dev/leader";

class Leadership final : public extender::BindGate, private kube::RawSink {
 public:
  // kInvalidArgument: the Lease's namespace is not known. The mode is not none. `clock` and `log`
  // outlive it.
  static Result<std::unique_ptr<Leadership>> Create(
      const config::Configuration::Leadership& settings, Duration bind_timeout, Place place,
      const Clock& clock, observe::Logger& log);

  // The Lease to follow; none in mode elect.
  std::vector<FollowedKind> Kinds();
  // `source` outlives it, or Stop.
  void Start(ClusterSource& source);
  // No bind passes from now on. Gives up a Lease of our own once all bindings have taken effect, if
  // ever.
  void Stop();

  // --- extender::BindGate. Errors: kUnavailable.
  Result<Term> Enter() override BERTH_EXCLUDES(mutex_);
  Status Confirm(Term term) override BERTH_EXCLUDES(mutex_);
  void Leave(bool settled) override BERTH_EXCLUDES(mutex_);

  // Whether connections of kube-scheduler may last: with a Service in between they would stick to
  // a Berth that leads no more. Waits for nothing.
  bool keeps_connections() const {
    return settings_.mode != config::LeadershipMode::kElect || selected_;
  }

  observe::LeadershipReading reading() const BERTH_EXCLUDES(mutex_);

 private:
  Leadership(const config::Configuration::Leadership& settings, leadership::Timing timing,
             Place place, std::string lease_namespace, const Clock& clock, observe::Logger& log);

  // --- kube::RawSink, from the reflector's thread.
  void Begin() override BERTH_EXCLUDES(mutex_);
  void End() override BERTH_EXCLUDES(mutex_);
  void Put(const kube::RawObject& object) override BERTH_EXCLUDES(mutex_);
  void Remove(std::string_view ns, std::string_view name) override BERTH_EXCLUDES(mutex_);

  void Run(const std::stop_token& stop);
  void Follow();
  void Elect();
  void Ask(const leadership::Ask& ask);
  void CatchUp();
  void Label();
  void SetLabel(bool leader);
  void UnlabelFormer();
  void GiveUp();
  Duration Pause() const BERTH_EXCLUDES(mutex_);
  std::optional<leadership::Hold> HoldNow() const BERTH_REQUIRES(mutex_);
  leadership::Standing StandingNow() const BERTH_REQUIRES(mutex_);
  std::string_view Holder() const BERTH_REQUIRES(mutex_);
  Error Refusal(leadership::Standing standing) const BERTH_REQUIRES(mutex_);

  const config::Configuration::Leadership settings_;
  const leadership::Timing timing_;
  const Place place_;
  const std::string lease_namespace_;
  const Clock& clock_;
  observe::Logger& log_;
  ClusterSource* source_ = nullptr;  // since Start
  std::unique_ptr<kube::LeaseApi> leases_;

  std::atomic<bool> selected_ = false;  // it leads, as the Service sees it

  mutable Mutex mutex_;
  CondVar changed_;
  std::variant<leadership::Follower, leadership::Elector> machine_ BERTH_GUARDED_BY(mutex_);
  bool news_ BERTH_GUARDED_BY(mutex_) = false;
  bool closed_ BERTH_GUARDED_BY(mutex_) = false;
  std::size_t inside_ BERTH_GUARDED_BY(mutex_) = 0;            // binds between Enter and Leave
  std::optional<Instant> last_bind_ BERTH_GUARDED_BY(mutex_);  // when the last one was sent
  // No bind of which nothing was heard was sent later.
  std::optional<Instant> unsettled_ BERTH_GUARDED_BY(mutex_);
  std::string former_ BERTH_GUARDED_BY(mutex_);  // the last holder that was not us
  bool listing_ BERTH_GUARDED_BY(mutex_) = false;
  std::optional<kube::Lease> listed_ BERTH_GUARDED_BY(mutex_);

  // Of the thread of Run alone.
  std::optional<Instant> requested_;  // the list of the term that ended with this others_done
  std::optional<leadership::Standing> said_;
  std::optional<bool> labelled_;
  Instant label_next_;
  Instant former_next_;
  bool failing_ = false;

  std::jthread thread_;  // last: it ends before what it uses
};

}  // namespace berth::app
