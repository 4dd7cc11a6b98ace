#include "berth/kube/encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "berth/base/json_text.h"

namespace berth::kube {
namespace {

// One JSON object or array, written from front to end.
class Writer {
 public:
  explicit Writer(std::string& out, char open = '{') : out_(out), close_(open == '{' ? '}' : ']') {
    out_ += open;
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() { out_ += close_; }

  // What follows is the value of the member, or the next element.
  std::string& Member(std::string_view key) {
    Element();
    AppendJsonString(key, out_);
    out_ += ':';
    return out_;
  }
  std::string& Element() {
    if (!std::exchange(first_, false)) {
      out_ += ',';
    }
    return out_;
  }

  void Text(std::string_view key, std::string_view value) { AppendJsonString(value, Member(key)); }
  void TextUnlessEmpty(std::string_view key, std::string_view value) {
    if (!value.empty()) {
      Text(key, value);
    }
  }
  void Flag(std::string_view key) { Member(key) += "true"; }
  void Map(std::string_view key, const StringMap& map) {
    if (map.empty()) {
      return;
    }
    Writer members(Member(key));
    for (const auto& [name, value] : map) {
      members.Text(name, value);
    }
  }

 private:
  std::string& out_;
  const char close_;
  bool first_ = true;
};

// Amounts are whole millicores and bytes, which every quantity holds exactly.
void Put(Writer& object, std::string_view key, const Resources& amounts) {
  Writer list(object.Member(key));
  if (amounts.cpu.count() != 0) {
    list.Text("cpu", fmt::format("{}m", amounts.cpu.count()));
  }
  if (amounts.memory.count() != 0) {
    list.Text("memory", fmt::to_string(amounts.memory.count()));
  }
  if (amounts.pods != 0) {
    list.Text("pods", fmt::to_string(amounts.pods));
  }
  for (const auto& [name, amount] : amounts.extended) {
    list.Text(name, fmt::to_string(amount));
  }
}

void PutRequests(Writer& object, const Resources& requests) {
  Writer resources(object.Member("resources"));
  Put(resources, "requests", requests);
}

void PutNodeSpec(Writer& object, const NodeObject& node) {
  Writer spec(object.Member("spec"));
  if (node.unschedulable) {
    spec.Flag("unschedulable");
  }
  if (node.prefer_no_schedule) {
    spec.Member("taints") += R"([{"key":"unknown","effect":"PreferNoSchedule"}])";
  }
}

void PutNodeStatus(Writer& object, const NodeObject& node) {
  Writer status(object.Member("status"));
  Put(status, "capacity", node.capacity);
  Put(status, "allocatable", node.allocatable);
  status.Member("conditions") += node.ready ? R"([{"type":"Ready","status":"True"}])"
                                            : R"([{"type":"Ready","status":"False"}])";
}

void PutPodMetadata(Writer& object, const PodObject& pod) {
  Writer metadata(object.Member("metadata"));
  metadata.Text("name", pod.name);
  metadata.TextUnlessEmpty("namespace", pod.ns);
  metadata.TextUnlessEmpty("uid", pod.uid);
  if (pod.created) {
    metadata.Text("creationTimestamp", FormatRfc3339(*pod.created));
  }
  metadata.Map("labels", pod.labels);
  metadata.Map("annotations", pod.annotations);
  if (pod.default_spread) {
    metadata.Member("ownerReferences") += R"([{"kind":"ReplicaSet"}])";
  }
}

void PutContainers(Writer& spec, const PodObject& pod, bool init) {
  const auto belongs = [init](const Container& container) {
    return (container.kind != ContainerKind::kRegular) == init;
  };
  if (std::ranges::none_of(pod.containers, belongs)) {
    return;
  }
  Writer containers(spec.Member(init ? "initContainers" : "containers"), '[');
  for (const Container& container : pod.containers) {
    if (!belongs(container)) {
      continue;
    }
    Writer object(containers.Element());
    object.Text("name", container.name);
    if (container.kind == ContainerKind::kSidecar) {
      object.Text("restartPolicy", "Always");
    }
    PutRequests(object, container.requests);
  }
}

void PutPodSpec(Writer& object, const PodObject& pod) {
  Writer spec(object.Member("spec"));
  spec.TextUnlessEmpty("nodeName", pod.node_name);
  spec.TextUnlessEmpty("schedulerName", pod.scheduler_name);
  if (pod.priority != 0) {
    spec.Member("priority") += fmt::to_string(pod.priority);
  }
  if (pod.gated) {
    spec.Member("schedulingGates") += R"([{"name":"unknown"}])";
  }
  if (pod.soft_constraints) {
    spec.Member("topologySpreadConstraints") += R"([{"whenUnsatisfiable":"ScheduleAnyway"}])";
  }
  PutContainers(spec, pod, true);
  PutContainers(spec, pod, false);
  if (pod.has_pod_level_requests) {
    PutRequests(spec, pod.pod_level_requests);
  }
  if (!(pod.overhead == Resources{})) {
    Put(spec, "overhead", pod.overhead);
  }
}

}  // namespace

std::string EncodeNode(const NodeObject& node) {
  std::string json;
  {
    Writer object(json);
    object.Text("apiVersion", "v1");
    object.Text("kind", "Node");
    {
      Writer metadata(object.Member("metadata"));
      metadata.Text("name", node.name);
      metadata.TextUnlessEmpty("uid", node.uid);
      metadata.Map("labels", node.labels);
      metadata.Map("annotations", node.annotations);
    }
    PutNodeSpec(object, node);
    PutNodeStatus(object, node);
  }
  return json;
}

std::string EncodePod(const PodObject& pod) {
  std::string json;
  {
    Writer object(json);
    object.Text("apiVersion", "v1");
    object.Text("kind", "Pod");
    PutPodMetadata(object, pod);
    PutPodSpec(object, pod);
  }
  return json;
}

}  // namespace berth::kube
