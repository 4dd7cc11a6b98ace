// The parts of Kubernetes' Node and Pod that scheduling needs, as values. Transient: rooms above
// keep what they need and let the object go. Field meanings are Kubernetes' own (core/v1); amounts
// are converted at the door.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/units.h"
#include "berth/kube/node_constraints.h"

namespace berth::kube {

using StringMap =
    std::vector<std::pair<std::string, std::string>>;  // in document order, keys unique

// nullptr when absent.
const std::string* Find(const StringMap& map, std::string_view key);

// One resource list. Extended resources are those with a '/' in their name; they are integers.
struct Resources {
  Millicores cpu;
  Bytes memory;
  std::int64_t pods = 0;
  std::vector<std::pair<std::string, std::int64_t>> extended;  // in document order, names unique

  std::int64_t Extended(std::string_view name) const;  // 0 when absent
  friend bool operator==(const Resources&, const Resources&) = default;
};

// An image that the node's container runtime has.
struct NodeImage {
  std::vector<std::string> names;  // "ghcr.io/org/model@sha256:1f2e…", "ghcr.io/org/model:v1"
  Bytes size;                      // as the runtime tells: packed or unpacked

  friend bool operator==(const NodeImage&, const NodeImage&) = default;
};

struct NodeObject {
  std::string name;
  std::string uid;
  std::string resource_version;
  StringMap labels;
  StringMap annotations;
  Resources allocatable;
  Resources capacity;
  bool ready = false;  // condition Ready is True
  bool unschedulable = false;
  bool prefer_no_schedule = false;  // carries a PreferNoSchedule taint
  std::vector<Taint> taints;        // of effect NoSchedule or NoExecute; with Parts::constraints
  std::vector<NodeImage> images;    // with Parts::images

  friend bool operator==(const NodeObject&, const NodeObject&) = default;
};

enum class PodPhase : std::uint8_t { kPending, kRunning, kSucceeded, kFailed, kUnknown };

enum class ContainerKind : std::uint8_t {
  kRegular,
  kInit,     // runs to its end before the next
  kSidecar,  // init container with restartPolicy Always: runs on beside the rest
};

struct ContainerPort {
  std::string name;  // may be empty
  std::uint16_t number = 0;

  friend bool operator==(const ContainerPort&, const ContainerPort&) = default;
};

struct Container {
  std::string name;
  std::vector<ContainerPort> ports;  // TCP
  ContainerKind kind = ContainerKind::kRegular;
  Resources
      requests;  // the limit stands in where only a limit is given, as the API server defaults it

  friend bool operator==(const Container&, const Container&) = default;
};

struct PodObject {
  std::string ns;
  std::string name;
  std::string uid;
  std::string resource_version;
  StringMap labels;
  StringMap annotations;
  std::string node_name;            // empty: not bound
  std::string nominated_node_name;  // status.nominatedNodeName
  std::string scheduler_name;
  std::int32_t priority = 0;
  std::vector<Container> containers;  // init containers first, in their order
  Resources overhead;
  bool has_pod_level_requests = false;
  Resources
      pod_level_requests;  // spec.resources; stands for CPU and memory of the whole pod where given
  PodPhase phase = PodPhase::kPending;
  std::string ip;                 // status.podIP; empty: none yet
  bool ready = false;             // condition Ready is True
  bool terminating = false;       // deletionTimestamp is set
  bool containers_ended = false;  // every container of the spec has a terminated status
  NodeConstraints constraints;    // with Parts::constraints
  bool soft_constraints = false;  // preferred (anti-)affinity or a ScheduleAnyway topology spread
  bool gated = false;             // spec.schedulingGates holds any: nobody may place it yet
  bool default_spread = false;    // owned by a ReplicaSet, StatefulSet or ReplicationController
  // creationTimestamp, which only the API server can set; with Parts::created.
  std::optional<WallTime> created;
  std::string fits_condition;  // message of our own condition berth.dev/Fits, empty when absent

  bool ended() const {
    return phase == PodPhase::kSucceeded || phase == PodPhase::kFailed ||
           (terminating && containers_ended);
  }

  friend bool operator==(const PodObject&, const PodObject&) = default;
};

// An object of a kind that has no struct here.
struct RawObject {
  std::string ns;  // empty: the kind has no namespaces
  std::string name;
  std::string resource_version;
  std::string_view
      json;  // borrowed from the text it was read in; kJsonPadding readable bytes follow
};

// What the pod takes from a node: the larger of (all regular containers + sidecars) and (each init
// container + the sidecars started before it), plus overhead. Source: component-helpers
// `resource.PodRequests`, KEP-753. A sum past int64 saturates.
Resources EffectiveRequests(const PodObject& pod);

}  // namespace berth::kube
