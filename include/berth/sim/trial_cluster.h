// A cluster as a file shows it, to try out what if: pods dock by the very decision and ledger that
// serve, and are taken away again.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/result.h"
#include "berth/base/units.h"
#include "berth/cluster/catalog.h"
#include "berth/cluster/snapshot.h"
#include "berth/core/decide.h"
#include "berth/core/policy.h"
#include "berth/device/classes.h"
#include "berth/kube/objects.h"
#include "berth/state/store.h"

namespace berth::sim {

struct TrialSettings {
  device::ClassTable classes;
  state::Rules rules;
  std::vector<core::Profile> profiles;              // not empty; as rules.profile_of numbers them
  std::shared_ptr<const cluster::Catalog> catalog;  // nullptr: none
  state::TypicalPods typical_pods;
};

// Where a pod docked, or why nowhere.
struct Docking {
  std::string node;     // empty: nowhere
  std::string devices;  // their ids, "0,1"; empty for whole devices
  double cost = 0;      // seconds, as core::NodeDecision
  std::string reason;   // of most nodes, why not

  bool ok() const { return !node.empty(); }
};

// Judges what kube-scheduler and Berth judge together: readiness, cordons, CPU, memory and number
// of pods, node selectors, required node affinity, taints, devices. Not: affinity between pods,
// topology spread, volumes, ports.
class TrialCluster {
 public:
  // kAlreadyExists: two objects of one name.
  static Result<std::unique_ptr<TrialCluster>> Create(TrialSettings settings,
                                                      std::vector<kube::NodeObject> nodes,
                                                      std::vector<kube::PodObject> pods);

  // Pods that wait for devices, in kube-scheduler's order: by priority, then as listed.
  std::span<const kube::PodObject> waiting() const { return waiting_; }
  // Pods that hold devices, as listed.
  std::span<const kube::PodObject> docked() const { return docked_; }
  // Of a shared device, on average; 1 MiB where there is none.
  MiB device_memory() const { return device_memory_; }
  // What the pod asks for.
  cluster::PodRequest Read(const kube::PodObject& pod) const { return store_.Read(pod); }
  // The same as device memory; a whole device counts as a shared one does on average. A pod that
  // asks a model alone counts as one device, whichever variant it gets.
  MiB SizeOf(const kube::PodObject& pod) const;
  // So much memory in devices.
  double InDevices(MiB size) const {
    return static_cast<double>(size.count()) / static_cast<double>(device_memory_.count());
  }
  // With what is left of each, in the order of their names.
  std::vector<state::NodeView> Nodes() const { return store_.Nodes("", nodes_.size()); }

  // The pod must not be docked. Nodes that it could dock on, the best first.
  std::vector<std::string> Choices(const kube::PodObject& pod);
  // On the best of all nodes, or on this one.
  Docking Dock(const kube::PodObject& pod);
  Docking DockOn(const kube::PodObject& pod, std::string_view node);

  void TakeAway(const kube::PodObject& pod) { store_.RemovePod(pod.uid); }
  // One of docked(), as the file has it.
  void PutBack(const kube::PodObject& pod) { store_.PutPod(pod); }

 private:
  TrialCluster(TrialSettings settings, std::vector<kube::NodeObject> nodes);
  void Add(kube::PodObject pod);

  // Nodes, by index, that the pod's own words allow.
  const std::vector<bool>& NodesAllowedBy(const kube::PodObject& pod);
  struct Judged {
    cluster::PodRequest request;
    cluster::SnapshotPtr snapshot;
    core::Decision decision;
  };
  template <typename Wanted>
  Judged JudgeWhere(const kube::PodObject& pod, Wanted wanted);
  Judged JudgeAll(const kube::PodObject& pod);
  Docking Take(const Judged& judged);

  const std::vector<core::Profile> profiles_;
  state::Store store_;
  const std::vector<kube::NodeObject> nodes_;
  MiB device_memory_{1};
  std::vector<kube::PodObject> waiting_;
  std::vector<kube::PodObject> docked_;
  std::map<std::string, std::vector<bool>, std::less<>> allowed_;  // by uid of the pod
};

}  // namespace berth::sim
