// What Berth counts about itself. Every metric is a row of one table (metric_table.h), from which
// come the families, their zero-valued children and docs/metrics.md.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "berth/base/clock.h"
#include "berth/cluster/weights.h"
#include "berth/core/reason.h"
#include "berth/observe/readings.h"

namespace berth::observe {

// Label values, in the order of their enums.
enum class Verb : std::uint8_t { kFilter, kPrioritize, kPreempt, kBind };
enum class CallResult : std::uint8_t {
  kOk,
  kRefused,  // a proper answer that says no: no node fits, the binding lost a race
  kError,    // the request made no sense, or we failed
  kShed,     // not looked at, to stay alive
};
// Why a request was turned away before it was evaluated. The transport's own reasons come with the
// readings.
enum class Rejection : std::uint8_t {
  kOverload,
  kTooLarge,
  kHeadersTooLarge,
  kMalformedHttp,
  kSlow,
  kBadJson,
  kTlsHandshake,
};
enum class DecisionOutcome : std::uint8_t {
  kFits,
  kContended,  // fits only in room that other pods are expected to take
  kRefused,
};
enum class PlacementOutcome : std::uint8_t {
  kBound,
  kAlreadyBound,  // to this very node; a repeated call
  kConflict,      // the room was gone, or the pod is another's
  kError,
  kUnknown,    // no answer from the API server; the room stays taken until the pod was read
  kNotLeader,  // another Berth's to bind; nothing was sent
};
std::string_view Name(PlacementOutcome outcome);  // as the metric's label
// What came of a pod that others placed, beside what Berth would have done.
enum class ObservedOutcome : std::uint8_t {
  kSameNode,
  kOtherNode,         // Berth found room there too, and preferred another one
  kOnlyBerthRefused,  // Berth would not have placed it there
  kUndecided,         // bound before Berth had seen it wait
};
std::string_view Name(ObservedOutcome outcome);  // as the metric's label
enum class WakeResult : std::uint8_t {
  kOk,
  kGone,  // the pod is no longer there
  kError,
};

struct BuildInfo {
  std::string version;
  std::string revision;
  std::string compiler;
};

// Thread-safe. Recording costs a few nanoseconds: the children exist from the start, and their
// indices are the enums.
class Metrics {
 public:
  explicit Metrics(BuildInfo build);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // A call in progress, until it goes out of scope.
  class [[nodiscard]] InFlight {
   public:
    explicit InFlight(std::atomic<std::int64_t>& count) : count_(count) {
      count_.fetch_add(1, std::memory_order_relaxed);
    }
    ~InFlight() { count_.fetch_sub(1, std::memory_order_relaxed); }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;

   private:
    std::atomic<std::int64_t>& count_;
  };
  InFlight Begin(Verb verb) { return InFlight(in_flight_[static_cast<std::size_t>(verb)]); }
  // The call's end: one request, and how long it took.
  void RecordCall(Verb verb, CallResult result, Duration took);
  void CountRejection(Rejection reason);

  // One decision. `reason` says why for kRefused (the one that most nodes gave) and is ignored
  // otherwise; kFits there means that no node was offered.
  void CountDecision(DecisionOutcome outcome, core::Reason reason = core::Reason::kFits);
  void CountRejectedNodes(core::Reason reason, std::uint64_t nodes);
  void CountPlacement(PlacementOutcome outcome);
  void CountWake(WakeResult result);
  void CountObserved(ObservedOutcome outcome);
  // Pods that wait for others to place them, by what Berth decided.
  void SetObservedWaiting(std::uint64_t fit, std::uint64_t refused);
  // Pods that wait because no node fits, by Reason.
  void SetUnplaceablePods(std::span<const std::uint64_t, core::kReasonCount> pods);

  // A pod with a model was bound; its weights come from `tier`.
  void CountModelPlacement(cluster::Tier tier);
  // It became ready. Both times run from bound to ready.
  void RecordModelReady(cluster::Tier tier, Duration predicted, Duration observed);

  // One exchange with the API server; `verb` is "get", "list", "watch", "create" or "patch". Counts
  // by code come with the readings.
  void RecordApiLatency(std::string_view verb, Duration took);

  // Called at each scrape, from any thread, for the numbers that others keep.
  void SetReadings(std::function<Readings()> readings);

  // The text of /metrics (exposition format 0.0.4). Its size does not depend on the cluster's.
  std::string Render(WallTime now) const;

 private:
  struct Impl;
  std::array<std::atomic<std::int64_t>, 4> in_flight_{};  // by Verb
  std::unique_ptr<Impl> impl_;
};

}  // namespace berth::observe
