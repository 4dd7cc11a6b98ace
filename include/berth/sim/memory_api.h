// A cluster in memory: the embedded cluster of `berth serve --cluster FILE`, and the API server of
// tests. It answers as a real one does, and shows its objects and their changes to a sink as LIST
// and WATCH would.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/mutex.h"
#include "berth/base/result.h"
#include "berth/kube/api.h"

namespace berth::sim {

enum class Verb : std::uint8_t { kBind, kGetPod, kPatchPodCondition };

// One call of kube::Api, as it came in.
struct Call {
  Verb verb = Verb::kBind;
  kube::Binding binding;  // of every verb the ns, name and, but for kGetPod, the uid
  kube::PodCondition condition;
};

// Thread-safe. The sink is called in the order of the changes, by one thread at a time and under no
// lock, so it may call back. Usually a change has reached the sink when the call that made it
// returns; while another thread is busy calling the sink, that thread takes it along.
class MemoryApi final : public kube::Api {
 public:
  MemoryApi() = default;
  MemoryApi(const MemoryApi&) = delete;
  MemoryApi& operator=(const MemoryApi&) = delete;

  // Adds these objects. A pod without a namespace goes to "default", one without a uid is given
  // one. kAlreadyExists: a name comes twice; nothing was added.
  Status Load(std::vector<kube::NodeObject> nodes, std::vector<kube::PodObject> pods)
      BERTH_EXCLUDES(mu_);

  // Puts all there is into the sink, then every change. Once. The sink outlives the last call of
  // anything here.
  void Start(kube::ObjectSink& sink) BERTH_EXCLUDES(mu_);

  // --- kube::Api.
  // As BindingREST has it: the uid is a precondition, annotations are merged, the nomination is
  // cleared, and the node need not exist.
  Status Bind(const kube::Binding& binding) override BERTH_EXCLUDES(mu_);
  Result<kube::PodObject> GetPod(std::string_view ns, std::string_view name) override
      BERTH_EXCLUDES(mu_);
  // Of conditions only our own berth.dev/Fits is kept. Writing what is there changes nothing.
  Status PatchPodCondition(std::string_view ns, std::string_view name, std::string_view uid,
                           const kube::PodCondition& condition) override BERTH_EXCLUDES(mu_);

  // --- What others do to a cluster.
  // Adds the pod, or updates metadata and spec of a pending one with the same uid; status stays. A
  // bound one is left as it is: its caller may not have seen the binding yet. kAlreadyExists: the
  // name belongs to another uid.
  Status CreatePod(kube::PodObject pod) BERTH_EXCLUDES(mu_);
  // The uid of the pod that is gone now.
  Result<std::string> DeletePod(std::string_view ns, std::string_view name) BERTH_EXCLUDES(mu_);
  // Replaces the pod whatever it was, status and all, as a kubelet or a test does.
  void PutPod(kube::PodObject pod) BERTH_EXCLUDES(mu_);
  void PutNode(kube::NodeObject node) BERTH_EXCLUDES(mu_);
  Status RemoveNode(std::string_view name) BERTH_EXCLUDES(mu_);

  // --- For tests.
  enum class Effect : std::uint8_t { kNone, kHappens };
  // The next call of the verb answers `error`; with kHappens it is carried out all the same, as
  // when an answer is lost on its way. Several wait in line.
  void FailNext(Verb verb, Error error, Effect effect = Effect::kNone) BERTH_EXCLUDES(mu_);

  // A lagging watch: changes wait until ReleaseEvents. One that is on its way still arrives.
  void HoldEvents() BERTH_EXCLUDES(mu_);
  void ReleaseEvents() BERTH_EXCLUDES(mu_);

  // From now on calls are kept. An embedded cluster would keep them for ever, so it is asked for.
  void RecordCalls() BERTH_EXCLUDES(mu_);
  std::vector<Call> Calls() const BERTH_EXCLUDES(mu_);

 private:
  using Event = std::function<void(kube::ObjectSink&)>;
  struct Fault {
    Error error;
    Effect effect = Effect::kNone;
  };
  static constexpr std::size_t kVerbs = 3;

  Status BindLocked(const kube::Binding& binding) BERTH_REQUIRES(mu_);
  Status PatchLocked(std::string_view ns, std::string_view name, std::string_view uid,
                     const kube::PodCondition& condition) BERTH_REQUIRES(mu_);
  Status CreateLocked(kube::PodObject pod) BERTH_REQUIRES(mu_);
  Result<kube::PodObject*> FindLocked(std::string_view ns, std::string_view name)
      BERTH_REQUIRES(mu_);

  // Records the call and gives the fault that it is to meet.
  std::optional<Fault> Receive(Call call) BERTH_REQUIRES(mu_);
  void Complete(kube::PodObject& pod) BERTH_REQUIRES(mu_);
  void Changed(kube::PodObject& pod) BERTH_REQUIRES(mu_);
  void Changed(kube::NodeObject& node) BERTH_REQUIRES(mu_);
  void Emit(Event event) BERTH_REQUIRES(mu_);
  void Deliver() BERTH_EXCLUDES(mu_);
  std::string NextVersion() BERTH_REQUIRES(mu_);

  mutable Mutex mu_;
  std::map<std::string, kube::NodeObject, std::less<>> nodes_ BERTH_GUARDED_BY(mu_);  // by name
  std::map<std::string, kube::PodObject, std::less<>> pods_ BERTH_GUARDED_BY(mu_);    // by ns/name
  std::uint64_t version_ BERTH_GUARDED_BY(mu_) = 0;
  std::uint64_t uids_ BERTH_GUARDED_BY(mu_) = 0;

  kube::ObjectSink* sink_ BERTH_GUARDED_BY(mu_) = nullptr;
  std::deque<Event> events_ BERTH_GUARDED_BY(mu_);
  bool held_ BERTH_GUARDED_BY(mu_) = false;
  bool delivering_ BERTH_GUARDED_BY(mu_) = false;  // some thread is calling the sink

  std::array<std::deque<Fault>, kVerbs> faults_ BERTH_GUARDED_BY(mu_);
  bool recording_ BERTH_GUARDED_BY(mu_) = false;
  std::vector<Call> calls_ BERTH_GUARDED_BY(mu_);
};

}  // namespace berth::sim
