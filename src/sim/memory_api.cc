#include "berth/sim/memory_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "berth/base/check.h"

namespace berth::sim {
namespace {

constexpr std::string_view kFitsCondition = "berth.dev/Fits";

std::string Key(std::string_view ns, std::string_view name) {
  return fmt::format("{}/{}", ns, name);
}

Error NotFound(std::string_view what, std::string_view name) {
  return {ErrorCode::kNotFound, fmt::format("{} \"{}\" not found", what, name)};
}

// The texts are the API server's own.
Error UidConflict(std::string_view name, std::string_view wanted, std::string_view found) {
  return {ErrorCode::kConflict,
          fmt::format("Operation cannot be fulfilled on pods \"{}\": Precondition failed: UID in "
                      "precondition: {}, UID in object meta: {}",
                      name, wanted, found)};
}

Error BindConflict(std::string_view name, std::string_view why) {
  return {ErrorCode::kConflict,
          fmt::format("Operation cannot be fulfilled on pods/binding \"{}\": {}", name, why)};
}

void MergeInto(kube::StringMap& map, const kube::StringMap& more) {
  for (const auto& [key, value] : more) {
    const auto at = std::ranges::find(map, key, &kube::StringMap::value_type::first);
    if (at == map.end()) {
      map.emplace_back(key, value);
    } else {
      at->second = value;
    }
  }
}

}  // namespace

Status MemoryApi::Load(std::vector<kube::NodeObject> nodes, std::vector<kube::PodObject> pods) {
  {
    const MutexLock lock(mu_);
    std::set<std::string> names;
    for (const kube::NodeObject& node : nodes) {
      if (nodes_.contains(node.name) || !names.insert(node.name).second) {
        return Error{ErrorCode::kAlreadyExists,
                     fmt::format("nodes \"{}\" already exists", node.name)};
      }
    }
    names.clear();
    for (kube::PodObject& pod : pods) {
      Complete(pod);
      const std::string key = Key(pod.ns, pod.name);
      if (pods_.contains(key) || !names.insert(key).second) {
        return Error{ErrorCode::kAlreadyExists, fmt::format("pods \"{}\" already exists", key)};
      }
    }
    for (kube::NodeObject& node : nodes) {
      kube::NodeObject& stored = nodes_[node.name];
      stored = std::move(node);
      Changed(stored);
    }
    for (kube::PodObject& pod : pods) {
      kube::PodObject& stored = pods_[Key(pod.ns, pod.name)];
      stored = std::move(pod);
      Changed(stored);
    }
  }
  Deliver();
  return {};
}

void MemoryApi::Start(kube::ObjectSink& sink) {
  {
    const MutexLock lock(mu_);
    BERTH_CHECK(sink_ == nullptr);
    sink_ = &sink;
    Emit([](kube::ObjectSink& to) { to.BeginNodes(); });
    for (const auto& entry : nodes_) {
      Emit([node = entry.second](kube::ObjectSink& to) { to.PutNode(node); });
    }
    Emit([](kube::ObjectSink& to) {
      to.EndNodes();
      to.BeginPods();
    });
    for (const auto& entry : pods_) {
      Emit([pod = entry.second](kube::ObjectSink& to) { to.PutPod(pod); });
    }
    Emit([](kube::ObjectSink& to) { to.EndPods(); });
  }
  Deliver();
}

Status MemoryApi::Bind(const kube::Binding& binding) {
  Status status;
  {
    const MutexLock lock(mu_);
    const std::optional<Fault> fault = Receive({.verb = Verb::kBind, .binding = binding});
    if (!fault || fault->effect == Effect::kHappens) {
      status = BindLocked(binding);
    }
    if (fault) {
      status = fault->error;
    }
  }
  Deliver();
  return status;
}

Result<kube::PodObject> MemoryApi::GetPod(std::string_view ns, std::string_view name) {
  const MutexLock lock(mu_);
  Call call{.verb = Verb::kGetPod};
  call.binding.ns = ns;
  call.binding.name = name;
  if (const std::optional<Fault> fault = Receive(std::move(call))) {
    return fault->error;
  }
  BERTH_ASSIGN_OR_RETURN(const kube::PodObject* const pod, FindLocked(ns, name));
  return *pod;
}

Status MemoryApi::PatchPodCondition(std::string_view ns, std::string_view name,
                                    std::string_view uid, const kube::PodCondition& condition) {
  Status status;
  {
    const MutexLock lock(mu_);
    Call call{.verb = Verb::kPatchPodCondition, .condition = condition};
    call.binding.ns = ns;
    call.binding.name = name;
    call.binding.uid = uid;
    const std::optional<Fault> fault = Receive(std::move(call));
    if (!fault || fault->effect == Effect::kHappens) {
      status = PatchLocked(ns, name, uid, condition);
    }
    if (fault) {
      status = fault->error;
    }
  }
  Deliver();
  return status;
}

Status MemoryApi::BindLocked(const kube::Binding& binding) {
  if (binding.node.empty()) {
    return InvalidArgument("Binding is invalid: target.name: Required value");
  }
  BERTH_ASSIGN_OR_RETURN(kube::PodObject* const pod, FindLocked(binding.ns, binding.name));
  if (!binding.uid.empty() && binding.uid != pod->uid) {
    return UidConflict(pod->name, binding.uid, pod->uid);
  }
  if (pod->terminating) {
    return BindConflict(
        pod->name, fmt::format("pod {} is being deleted, cannot be assigned to a host", pod->name));
  }
  if (!pod->node_name.empty()) {
    return BindConflict(pod->name, fmt::format("pod {} is already assigned to node \"{}\"",
                                               pod->name, pod->node_name));
  }
  pod->node_name = binding.node;
  pod->nominated_node_name.clear();
  MergeInto(pod->annotations, binding.annotations);
  Changed(*pod);
  return {};
}

Status MemoryApi::PatchLocked(std::string_view ns, std::string_view name, std::string_view uid,
                              const kube::PodCondition& condition) {
  BERTH_ASSIGN_OR_RETURN(kube::PodObject* const pod, FindLocked(ns, name));
  if (!uid.empty() && uid != pod->uid) {
    return UidConflict(name, uid, pod->uid);
  }
  if (condition.type == kFitsCondition && condition.message != pod->fits_condition) {
    pod->fits_condition = condition.message;
    Changed(*pod);
  }
  return {};
}

Status MemoryApi::CreatePod(kube::PodObject pod) {
  Status status;
  {
    const MutexLock lock(mu_);
    status = CreateLocked(std::move(pod));
  }
  Deliver();
  return status;
}

Status MemoryApi::CreateLocked(kube::PodObject pod) {
  if (pod.ns.empty()) {
    pod.ns = "default";
  }
  const auto at = pods_.find(Key(pod.ns, pod.name));
  if (at == pods_.end()) {
    Complete(pod);
    kube::PodObject& stored = pods_[Key(pod.ns, pod.name)];
    stored = std::move(pod);
    Changed(stored);
    return {};
  }
  kube::PodObject& stored = at->second;
  if (!pod.uid.empty() && pod.uid != stored.uid) {
    return Error{ErrorCode::kAlreadyExists, fmt::format("pods \"{}\" already exists", pod.name)};
  }
  if (!stored.node_name.empty()) {
    return {};
  }
  pod.uid = stored.uid;
  pod.resource_version = stored.resource_version;
  pod.nominated_node_name = stored.nominated_node_name;
  pod.phase = stored.phase;
  pod.terminating = stored.terminating;
  pod.containers_ended = stored.containers_ended;
  pod.fits_condition = stored.fits_condition;
  if (pod == stored) {
    return {};
  }
  stored = std::move(pod);
  Changed(stored);
  return {};
}

Result<std::string> MemoryApi::DeletePod(std::string_view ns, std::string_view name) {
  std::string uid;
  {
    const MutexLock lock(mu_);
    BERTH_ASSIGN_OR_RETURN(const kube::PodObject* const pod, FindLocked(ns, name));
    uid = pod->uid;
    pods_.erase(Key(ns, name));
    NextVersion();
    Emit([uid](kube::ObjectSink& to) { to.RemovePod(uid); });
  }
  Deliver();
  return uid;
}

void MemoryApi::PutPod(kube::PodObject pod) {
  {
    const MutexLock lock(mu_);
    Complete(pod);
    kube::PodObject& stored = pods_[Key(pod.ns, pod.name)];
    if (!stored.uid.empty() && stored.uid != pod.uid) {
      Emit([uid = stored.uid](kube::ObjectSink& to) { to.RemovePod(uid); });
    }
    stored = std::move(pod);
    Changed(stored);
  }
  Deliver();
}

void MemoryApi::PutNode(kube::NodeObject node) {
  {
    const MutexLock lock(mu_);
    kube::NodeObject& stored = nodes_[node.name];
    stored = std::move(node);
    Changed(stored);
  }
  Deliver();
}

Status MemoryApi::RemoveNode(std::string_view name) {
  {
    const MutexLock lock(mu_);
    const auto at = nodes_.find(name);
    if (at == nodes_.end()) {
      return NotFound("nodes", name);
    }
    nodes_.erase(at);
    NextVersion();
    Emit([gone = std::string(name)](kube::ObjectSink& to) { to.RemoveNode(gone); });
  }
  Deliver();
  return {};
}

void MemoryApi::FailNext(Verb verb, Error error, Effect effect) {
  const MutexLock lock(mu_);
  faults_[static_cast<std::size_t>(verb)].push_back({std::move(error), effect});
}

void MemoryApi::HoldEvents() {
  const MutexLock lock(mu_);
  held_ = true;
}

void MemoryApi::ReleaseEvents() {
  {
    const MutexLock lock(mu_);
    held_ = false;
  }
  Deliver();
}

void MemoryApi::RecordCalls() {
  const MutexLock lock(mu_);
  recording_ = true;
}

std::vector<Call> MemoryApi::Calls() const {
  const MutexLock lock(mu_);
  return calls_;
}

std::optional<MemoryApi::Fault> MemoryApi::Receive(Call call) {
  std::deque<Fault>& due = faults_[static_cast<std::size_t>(call.verb)];
  if (recording_) {
    calls_.push_back(std::move(call));
  }
  if (due.empty()) {
    return std::nullopt;
  }
  Fault fault = std::move(due.front());
  due.pop_front();
  return fault;
}

Result<kube::PodObject*> MemoryApi::FindLocked(std::string_view ns, std::string_view name) {
  const auto at = pods_.find(Key(ns, name));
  if (at == pods_.end()) {
    return NotFound("pods", name);
  }
  return &at->second;
}

void MemoryApi::Complete(kube::PodObject& pod) {
  if (pod.ns.empty()) {
    pod.ns = "default";
  }
  if (pod.uid.empty()) {
    pod.uid = fmt::format("00000000-0000-4000-8000-{:012x}", ++uids_);
  }
}

void MemoryApi::Changed(kube::PodObject& pod) {
  pod.resource_version = NextVersion();
  Emit([pod](kube::ObjectSink& to) { to.PutPod(pod); });
}

void MemoryApi::Changed(kube::NodeObject& node) {
  node.resource_version = NextVersion();
  Emit([node](kube::ObjectSink& to) { to.PutNode(node); });
}

void MemoryApi::Emit(Event event) {
  if (sink_ != nullptr) {
    events_.push_back(std::move(event));
  }
}

void MemoryApi::Deliver() {
  {
    const MutexLock lock(mu_);
    if (delivering_) {
      return;  // that thread takes our changes along
    }
    delivering_ = true;
  }
  for (;;) {
    Event event;
    kube::ObjectSink* sink = nullptr;
    {
      const MutexLock lock(mu_);
      if (held_ || events_.empty()) {
        delivering_ = false;
        return;
      }
      event = std::move(events_.front());
      events_.pop_front();
      sink = sink_;
    }
    event(*sink);
  }
}

std::string MemoryApi::NextVersion() { return std::to_string(++version_); }

}  // namespace berth::sim
