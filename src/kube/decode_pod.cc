#include <algorithm>
#include <iterator>

#include "decode.h"

namespace berth::kube {
namespace {

constexpr std::string_view kFitsCondition = "berth.dev/Fits";

PodPhase Phase(std::string_view text) {
  if (text.empty() || text == "Pending") {
    return PodPhase::kPending;
  }
  if (text == "Running") {
    return PodPhase::kRunning;
  }
  if (text == "Succeeded") {
    return PodPhase::kSucceeded;
  }
  return text == "Failed" ? PodPhase::kFailed : PodPhase::kUnknown;
}

// A list of which only matters whether it holds anything.
bool DecodeNonEmpty(Cursor& json, bool& non_empty) {
  return json.Elements([&] {
    non_empty = true;
    return json.Skip();
  });
}

// One pod at a time: what has to be remembered until the pod has been read.
class PodWalk {
 public:
  PodWalk(Cursor& json, PodObject& pod, const Parts& parts)
      : json_(json), pod_(pod), parts_(parts) {}

  bool Decode() {
    if (!json_.IsObject()) {
      return json_.Expected("an object");
    }
    const bool ok = json_.Fields(Keys::kFields, [this](std::string_view key) {
      if (key == "metadata") {
        return Metadata();
      }
      if (key == "spec") {
        return Spec();
      }
      if (key == "status") {
        return PodStatus();
      }
      return json_.Skip();
    });
    Conclude();
    return ok;
  }

  bool DecodeMetadata() {
    return json_.Fields(Keys::kFields, [this](std::string_view key) {
      return key == "metadata" ? Metadata() : json_.Skip();
    });
  }

 private:
  bool Metadata() {
    return json_.Fields(Keys::kFields, [this](std::string_view key) {
      if (key == "name") {
        return json_.String(pod_.name);
      }
      if (key == "namespace") {
        return json_.String(pod_.ns);
      }
      if (key == "uid") {
        return json_.String(pod_.uid);
      }
      if (key == "resourceVersion") {
        return json_.String(pod_.resource_version);
      }
      if (key == "labels") {
        return DecodeStringMap(json_, pod_.labels);
      }
      if (key == "annotations") {
        return DecodeStringMap(json_, pod_.annotations);
      }
      if (key == "deletionTimestamp") {
        std::string_view time;
        const bool ok = json_.Text(time);
        pod_.terminating = !time.empty();
        return ok;
      }
      if (key == "creationTimestamp" && parts_.created) {
        std::string_view time;
        const bool ok = json_.Text(time);
        pod_.created = ParseRfc3339(time);
        return ok;
      }
      if (key == "ownerReferences") {
        pod_.default_spread = false;
        return json_.Elements([this] { return Owner(); });
      }
      return json_.Skip();
    });
  }

  bool Owner() {
    return json_.Fields(Keys::kFields, [this](std::string_view key) {
      if (key != "kind") {
        return json_.Skip();
      }
      std::string_view kind;
      const bool ok = json_.Text(kind);
      if (kind == "ReplicaSet" || kind == "StatefulSet" || kind == "ReplicationController") {
        pod_.default_spread = true;
      }
      return ok;
    });
  }

  bool Spec() {
    return json_.Fields(Keys::kFields, [this](std::string_view key) {
      if (key == "containers") {
        return Containers(regular_, false);
      }
      if (key == "initContainers") {
        return Containers(init_, true);
      }
      if (key == "nodeName") {
        return json_.String(pod_.node_name);
      }
      if (key == "schedulerName") {
        return json_.String(pod_.scheduler_name);
      }
      if (key == "priority") {
        return json_.Int32(pod_.priority);
      }
      if (key == "overhead") {
        ResourceList list;
        const bool ok = DecodeResourceList(json_, list);
        pod_.overhead = std::move(list.amounts);
        return ok;
      }
      if (key == "resources") {
        ResourceList list;
        const bool ok = DecodeRequirements(json_, list);
        pod_.has_pod_level_requests = !list.empty();
        pod_.pod_level_requests = std::move(list.amounts);
        return ok;
      }
      if (key == "nodeSelector" && parts_.constraints) {
        return DecodeStringMap(json_, pod_.constraints.selector);
      }
      if (key == "tolerations" && parts_.constraints) {
        pod_.constraints.tolerations.clear();
        return json_.Elements([this] { return OneToleration(); });
      }
      if (key == "schedulingGates") {
        pod_.gated = false;
        return DecodeNonEmpty(json_, pod_.gated);
      }
      if (key == "affinity") {
        preferred_affinity_ = false;
        pod_.constraints.terms.clear();
        return Affinity();
      }
      if (key == "topologySpreadConstraints") {
        soft_spread_ = false;
        return json_.Elements([this] { return SpreadConstraint(); });
      }
      return json_.Skip();
    });
  }

  bool Containers(std::vector<Container>& containers, bool init) {
    containers.clear();
    return json_.Elements([&] {
      Container& container = containers.emplace_back();
      container.kind = init ? ContainerKind::kInit : ContainerKind::kRegular;
      return OneContainer(container);
    });
  }

  bool OneContainer(Container& container) {
    return json_.Fields(Keys::kFields, [&](std::string_view key) {
      if (key == "name") {
        return json_.String(container.name);
      }
      if (key == "resources") {
        ResourceList requests;
        const bool ok = DecodeRequirements(json_, requests);
        container.requests = std::move(requests.amounts);
        return ok;
      }
      if (key == "ports") {
        container.ports.clear();
        return json_.Elements([&] { return Port(container.ports); });
      }
      if (key == "restartPolicy" && container.kind != ContainerKind::kRegular) {
        std::string_view policy;
        const bool ok = json_.Text(policy);
        container.kind = policy == "Always" ? ContainerKind::kSidecar : ContainerKind::kInit;
        return ok;
      }
      return json_.Skip();
    });
  }

  // Only those that a scrape could use.
  bool Port(std::vector<ContainerPort>& ports) {
    ContainerPort port;
    std::int32_t number = 0;
    bool tcp = true;
    const bool ok = json_.Fields(Keys::kFields, [&](std::string_view key) {
      if (key == "name") {
        return json_.String(port.name);
      }
      if (key == "containerPort") {
        return json_.Int32(number);
      }
      if (key == "protocol") {
        std::string_view protocol;
        const bool read = json_.Text(protocol);
        tcp = protocol.empty() || protocol == "TCP";
        return read;
      }
      return json_.Skip();
    });
    if (ok && tcp && number > 0 && number <= 65'535) {
      port.number = static_cast<std::uint16_t>(number);
      ports.push_back(std::move(port));
    }
    return ok;
  }

  bool Affinity() {
    return json_.Fields(Keys::kFields, [this](std::string_view kind) {
      if (kind != "nodeAffinity" && kind != "podAffinity" && kind != "podAntiAffinity") {
        return json_.Skip();
      }
      const bool of_nodes = parts_.constraints && kind == "nodeAffinity";
      return json_.Fields(Keys::kFields, [&](std::string_view key) {
        if (key == "preferredDuringSchedulingIgnoredDuringExecution") {
          return DecodeNonEmpty(json_, preferred_affinity_);
        }
        return of_nodes && key == "requiredDuringSchedulingIgnoredDuringExecution" ? NodeTerms()
                                                                                   : json_.Skip();
      });
    });
  }

  bool NodeTerms() {
    return json_.Fields(Keys::kFields, [this](std::string_view key) {
      return key == "nodeSelectorTerms" ? json_.Elements([this] {
        NodeTerm& term = pod_.constraints.terms.emplace_back();
        return json_.Fields(Keys::kFields, [&](std::string_view part) {
          if (part != "matchExpressions" && part != "matchFields") {
            return json_.Skip();
          }
          auto& expressions = part == "matchFields" ? term.fields : term.labels;
          expressions.clear();
          return json_.Elements([&] { return Expression(expressions.emplace_back()); });
        });
      })
                                        : json_.Skip();
    });
  }

  bool Expression(NodeExpression& expression) {
    return json_.Fields(Keys::kFields, [&](std::string_view key) {
      if (key == "key") {
        return json_.String(expression.key);
      }
      if (key == "operator") {
        return json_.String(expression.op);
      }
      if (key == "values") {
        expression.values.clear();
        return json_.Elements([&] { return json_.String(expression.values.emplace_back()); });
      }
      return json_.Skip();
    });
  }

  bool OneToleration() {
    Toleration toleration;
    std::string op;
    const bool ok = json_.Fields(Keys::kFields, [&](std::string_view key) {
      if (key == "key") {
        return json_.String(toleration.key);
      }
      if (key == "value") {
        return json_.String(toleration.value);
      }
      if (key == "effect") {
        return json_.String(toleration.effect);
      }
      return key == "operator" ? json_.String(op) : json_.Skip();
    });
    toleration.exists = op == "Exists";
    if (op.empty() || op == "Equal" || op == "Exists") {  // others compare numbers; not here yet
      pod_.constraints.tolerations.push_back(std::move(toleration));
    }
    return ok;
  }

  bool SpreadConstraint() {
    return json_.Fields(Keys::kFields, [this](std::string_view key) {
      if (key != "whenUnsatisfiable") {
        return json_.Skip();
      }
      std::string_view what;
      const bool ok = json_.Text(what);
      soft_spread_ = soft_spread_ || what == "ScheduleAnyway";
      return ok;
    });
  }

  bool PodStatus() {
    return json_.Fields(Keys::kFields, [this](std::string_view key) {
      if (key == "phase") {
        std::string_view phase;
        const bool ok = json_.Text(phase);
        pod_.phase = Phase(phase);
        return ok;
      }
      if (key == "podIP") {
        return json_.String(pod_.ip);
      }
      if (key == "nominatedNodeName") {
        return json_.String(pod_.nominated_node_name);
      }
      if (key == "conditions") {
        pod_.fits_condition.clear();
        pod_.ready = false;
        return json_.Elements([this] { return Condition(); });
      }
      if (key == "containerStatuses") {
        terminated_.clear();
        return json_.Elements([this] { return ContainerStatus(terminated_); });
      }
      if (key == "initContainerStatuses") {
        terminated_init_.clear();
        return json_.Elements([this] { return ContainerStatus(terminated_init_); });
      }
      return json_.Skip();
    });
  }

  // The type may come after the message (kubectl sorts the keys), so the message is read only once
  // it is known to be ours.
  bool Condition() {
    bool ours = false;
    bool is_ready = false;
    bool is_true = false;
    const Cursor::Mark start = json_.Here();
    const bool ok = json_.Fields(Keys::kFields, [&](std::string_view key) {
      std::string_view text;
      if (key == "type") {
        const bool read = json_.Text(text);
        ours = text == kFitsCondition;
        is_ready = text == "Ready";
        return read;
      }
      if (key == "status") {
        const bool read = json_.Text(text);
        is_true = text == "True";
        return read;
      }
      return json_.Skip();
    });
    pod_.ready = pod_.ready || (is_ready && is_true);
    if (!ok || !ours) {
      return ok;
    }
    json_.Return(start);
    return json_.Fields(Keys::kFields, [this](std::string_view key) {
      return key == "message" ? json_.String(pod_.fits_condition) : json_.Skip();
    });
  }

  bool ContainerStatus(std::vector<std::string>& terminated) {
    std::string name;
    bool ended = false;
    const bool ok = json_.Fields(Keys::kFields, [&](std::string_view key) {
      if (key == "name") {
        return json_.String(name);
      }
      if (key != "state") {
        return json_.Skip();
      }
      return json_.Fields(Keys::kFields, [&](std::string_view state) {
        ended = ended || (state == "terminated" && json_.IsObject());
        return json_.Skip();
      });
    });
    if (ended) {
      terminated.push_back(std::move(name));
    }
    return ok;
  }

  void Conclude() {
    pod_.soft_constraints = preferred_affinity_ || soft_spread_;
    pod_.containers_ended = ContainersEnded();
    if (init_.empty()) {
      pod_.containers = std::move(regular_);
      return;
    }
    pod_.containers = std::move(init_);
    std::ranges::move(regular_, std::back_inserter(pod_.containers));
  }

  // Init containers that run to their end are over once the regular ones have run.
  bool ContainersEnded() const {
    const auto among = [](const std::vector<std::string>& names) {
      return [&names](const Container& container) {
        return std::ranges::find(names, container.name) != names.end();
      };
    };
    return !regular_.empty() && terminated_.size() >= regular_.size() &&
           std::ranges::all_of(regular_, among(terminated_)) &&
           std::ranges::all_of(init_, [&](const Container& container) {
             return container.kind != ContainerKind::kSidecar || among(terminated_init_)(container);
           });
  }

  Cursor& json_;
  PodObject& pod_;
  std::vector<Container> init_;
  std::vector<Container> regular_;
  std::vector<std::string> terminated_;
  std::vector<std::string> terminated_init_;
  const Parts parts_;
  bool preferred_affinity_ = false;
  bool soft_spread_ = false;
};

}  // namespace

bool DecodePod(Cursor& json, PodObject& pod, const Parts& parts) {
  return PodWalk(json, pod, parts).Decode();
}

bool DecodeMetadata(Cursor& json, PodObject& pod) {
  return PodWalk(json, pod, {}).DecodeMetadata();
}

}  // namespace berth::kube
