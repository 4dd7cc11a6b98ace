// Berth beside the scheduler in place: what it would have done, decided and compared, never done
// (docs/adr/0016). Stands between the cluster's stream and the store.
//
//   waits ──Decide──▶ fits ────────────────────────────┐
//     │                                                ▼
//     └──Decide──▶ refused ──the cluster changed──▶ decided again ──bound by others──▶ compared
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "berth/core/decide.h"
#include "berth/extender/service.h"
#include "berth/kube/api.h"
#include "berth/observe/metrics.h"

namespace berth::extender {

// Thread-safe. A pod is decided on by the thread that brings it, before the next event: a decision
// sees what was there when the pod began to wait, and what others bound until then.
class Observer final : public kube::ObjectSink {
 public:
  explicit Observer(Service::Impl& service) : service_(service) {}

  void BeginNodes() override;
  void EndNodes() override;
  void BeginPods() override;
  void EndPods() override;
  void PutNode(kube::NodeObject node) override;
  void PutPod(kube::PodObject pod) override;
  void RemoveNode(std::string_view name) override;
  void RemovePod(std::string_view uid) override;

  // kube-scheduler asks after all, and names the nodes that its own filters left: it knows better
  // than we which these are, so that the decision is taken anew.
  void Offered(const cluster::PodRequest& pod, const kube::PodObject& object,
               const cluster::SnapshotPtr& snapshot,
               const std::vector<cluster::NodeIndex>& candidates) BERTH_EXCLUDES(mu_);
  // What it would choose among for a pod: what the host has left, and the pod's own constraints
  // while it waits.
  state::Store::Offer OfferFor(const cluster::PodRequest& pod) BERTH_EXCLUDES(mu_);

  // Decides on pods that nobody has decided on, and again on refused ones where the cluster has
  // changed. Called from one thread.
  void Tend() BERTH_EXCLUDES(mu_);

 private:
  // A pod that waits for whoever places it.
  struct Waiting {
    cluster::PodRequest request;
    kube::NodeConstraints constraints;
    std::string scheduler;  // spec.schedulerName
    bool decided = false;
    bool fits = false;
    bool contended = false;  // fits only in room that other pods are expected to take
    core::Reason reason = core::Reason::kFits;  // of a refusal
    std::uint64_t seen = 0;                     // snapshot version of the decision
    std::uint64_t seen_marks = 0;               // marks_version_ then
    Instant again;                              // not before
    std::string best;                           // node; empty: none
    double best_cost = 0;                       // seconds
    cluster::DeviceSet devices;                 // on `best`
    std::optional<state::ModelTaking> model;    // same
    std::vector<std::uint64_t> refused;         // nodes of the decision, a bit by index

    // The choice stands; else it is taken again when the cluster has changed.
    bool settled() const { return decided && fits && !contended; }
  };
  // What a pod that was just bound is supposed to have: the decision's, on its very node.
  struct Hint {
    std::string uid;
    cluster::DeviceSet devices;
    std::optional<state::ModelTaking> model;
  };

  // What kube-scheduler's own filters look at of a node, and Berth's do not.
  struct Marks {
    kube::StringMap labels;
    std::vector<kube::Taint> taints;

    friend bool operator==(const Marks&, const Marks&) = default;
  };

  void Waits(const cluster::PodRequest& pod, kube::NodeConstraints constraints,
             std::string_view scheduler) BERTH_EXCLUDES(mu_);
  void Placed(const cluster::PodRequest& pod, std::string_view scheduler, const std::string& node)
      BERTH_EXCLUDES(mu_);
  void Forget(std::string_view uid) BERTH_EXCLUDES(mu_);
  void NameUnnamed() BERTH_EXCLUDES(mu_);
  void DropGoneNodes() BERTH_EXCLUDES(mu_);
  state::Store::Offer OfferUnder(const cluster::PodRequest& pod,
                                 const kube::NodeConstraints& constraints) const
      BERTH_REQUIRES(mu_);
  void DecideNow(Waiting& waiting) BERTH_REQUIRES(mu_);
  void DecideOn(Waiting& waiting, const cluster::SnapshotPtr& snapshot,
                const std::vector<cluster::NodeIndex>& candidates) BERTH_REQUIRES(mu_);
  observe::ObservedOutcome Compare(const Waiting& waiting, const std::string& node) const;

  Service::Impl& service_;
  Mutex mu_;
  std::map<std::string, Waiting, std::less<>> waiting_ BERTH_GUARDED_BY(mu_);  // by uid
  std::map<std::string, Marks, std::less<>> marks_ BERTH_GUARDED_BY(mu_);      // by node
  std::uint64_t marks_version_ BERTH_GUARDED_BY(mu_) = 0;
  std::optional<Hint> hint_ BERTH_GUARDED_BY(mu_);
};

}  // namespace berth::extender
