// What Berth asks of a Kubernetes API server: the seam between the decision's shell and the
// cluster. apiclient::HttpApi talks to a real one, sim::MemoryApi is the embedded cluster and the
// tests' fake.
#pragma once

#include <string>
#include <string_view>

#include "berth/base/result.h"
#include "berth/kube/objects.h"

namespace berth::kube {

// POST .../pods/{name}/binding. The API server merges the annotations into the pod in the same
// write that binds it, and refuses when the pod's uid differs (BindingREST.setPodNodeAndMetadata).
struct Binding {
  std::string ns;
  std::string name;
  std::string uid;  // precondition
  std::string node;
  StringMap annotations;
};

// A pod condition, written by a strategic merge patch of pods/status with the uid as precondition.
struct PodCondition {
  std::string type;
  std::string status;  // "True", "False"
  std::string reason;
  std::string message;
};

// Thread-safe. Every call returns within the deadline that the implementation was made with.
class Api {
 public:
  virtual ~Api() = default;

  // Errors: kConflict (already bound, other uid, gated), kNotFound, kPermissionDenied,
  // kInvalidArgument: nothing was changed. kUnavailable: not sent. kUnknownOutcome: it may have
  // happened; only reading the pod tells.
  virtual Status Bind(const Binding& binding) = 0;

  // The pod as the API server has it now (quorum read). kNotFound when gone.
  virtual Result<PodObject> GetPod(std::string_view ns, std::string_view name) = 0;

  virtual Status PatchPodCondition(std::string_view ns, std::string_view name, std::string_view uid,
                                   const PodCondition& condition) = 0;
};

// Receives the cluster as it is and as it changes. Calls for one kind come from one thread, in
// order.
class ObjectSink {
 public:
  virtual ~ObjectSink() = default;

  // Between Begin and End every object of the kind is put once; those not put are gone. Nothing is
  // dropped without End.
  virtual void BeginNodes() = 0;
  virtual void EndNodes() = 0;
  virtual void BeginPods() = 0;
  virtual void EndPods() = 0;

  virtual void PutNode(NodeObject node) = 0;
  virtual void PutPod(PodObject pod) = 0;
  virtual void RemoveNode(std::string_view name) = 0;
  virtual void RemovePod(std::string_view uid) = 0;
};

// As ObjectSink, of one kind that has no struct here.
class RawSink {
 public:
  virtual ~RawSink() = default;

  virtual void Begin() = 0;
  virtual void End() = 0;
  virtual void Put(const RawObject& object) = 0;
  virtual void Remove(std::string_view ns, std::string_view name) = 0;
};

}  // namespace berth::kube
