#include "berth/observe/metrics.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "berth/base/check.h"
#include "berth/base/mutex.h"
#include "family.h"
#include "label_values.h"
#include "page.h"
#include "process.h"
#include "pulled.h"

namespace berth::observe {
namespace {

template <typename Enum>
constexpr std::size_t Index(Enum value) {
  return static_cast<std::size_t>(value);
}

const MetricSpec& Row(std::string_view name) {
  const MetricSpec* metric = FindMetric(name);
  BERTH_CHECK(metric != nullptr);
  return *metric;
}

// Only a refusal has a reason: the other combinations would be zero for ever.
std::vector<LabelSet> DecisionLabelSets() {
  std::vector<LabelSet> sets = AllLabelSets(Row("berth_decisions_total"));
  std::erase_if(sets, [](const LabelSet& set) {
    return set[0] != kDecisionOutcomes[Index(DecisionOutcome::kRefused)] && set[1] != "none";
  });
  return sets;
}

std::size_t DecisionIndex(DecisionOutcome outcome, core::Reason reason) {
  return Index(outcome) + (outcome == DecisionOutcome::kRefused ? Index(reason) : 0);
}

}  // namespace

struct Metrics::Impl {
  explicit Impl(BuildInfo build_info) : build(std::move(build_info)) {}

  const BuildInfo build;
  CounterFamily calls{Row("berth_webhook_requests_total")};
  HistogramFamily call_seconds{Row("berth_webhook_request_duration_seconds")};
  CounterFamily decisions{Row("berth_decisions_total"), DecisionLabelSets()};
  CounterFamily rejected_nodes{Row("berth_filter_rejected_nodes_total")};
  GaugeFamily unplaceable_pods{Row("berth_unplaceable_pods")};
  CounterFamily placements{Row("berth_placements_total")};
  CounterFamily wakes{Row("berth_wakes_total")};
  CounterFamily observed{Row("berth_observed_pods_total")};
  GaugeFamily observed_waiting{Row("berth_observed_waiting_pods")};
  HistogramFamily api_seconds{Row("berth_api_request_duration_seconds")};
  CounterFamily model_placements{Row("berth_model_placements_total")};
  HistogramFamily model_predicted{Row("berth_model_ready_predicted_seconds")};
  HistogramFamily model_observed{Row("berth_model_ready_observed_seconds")};
  std::array<std::atomic<std::uint64_t>, kRejections.size()> rejections{};

  mutable Mutex mutex;
  std::function<Readings()> readings BERTH_GUARDED_BY(mutex);
};

Metrics::Metrics(BuildInfo build) : impl_(std::make_unique<Impl>(std::move(build))) {}

Metrics::~Metrics() = default;

void Metrics::RecordCall(Verb verb, CallResult result, Duration took) {
  impl_->calls[Index(verb) * kCallResults.size() + Index(result)].Increment();
  impl_->call_seconds[Index(verb)].Observe(Seconds(took));
}

void Metrics::CountRejection(Rejection reason) {
  impl_->rejections[Index(reason)].fetch_add(1, std::memory_order_relaxed);
}

void Metrics::CountDecision(DecisionOutcome outcome, core::Reason reason) {
  impl_->decisions[DecisionIndex(outcome, reason)].Increment();
}

void Metrics::CountRejectedNodes(core::Reason reason, std::uint64_t nodes) {
  if (reason != core::Reason::kFits) {
    impl_->rejected_nodes[Index(reason) - 1].Increment(static_cast<double>(nodes));
  }
}

std::string_view Name(PlacementOutcome outcome) {
  return kPlacementOutcomes[static_cast<std::size_t>(outcome)];
}

void Metrics::CountPlacement(PlacementOutcome outcome) {
  impl_->placements[Index(outcome)].Increment();
}

void Metrics::CountWake(WakeResult result) { impl_->wakes[Index(result)].Increment(); }

std::string_view Name(ObservedOutcome outcome) {
  return kObservedOutcomes[static_cast<std::size_t>(outcome)];
}

void Metrics::CountObserved(ObservedOutcome outcome) {
  impl_->observed[Index(outcome)].Increment();
}

void Metrics::SetObservedWaiting(std::uint64_t fit, std::uint64_t refused) {
  impl_->observed_waiting[0].Set(static_cast<double>(fit));
  impl_->observed_waiting[1].Set(static_cast<double>(refused));
}

void Metrics::SetUnplaceablePods(std::span<const std::uint64_t, core::kReasonCount> pods) {
  for (std::size_t i = 1; i < pods.size(); ++i) {
    impl_->unplaceable_pods[i - 1].Set(static_cast<double>(pods[i]));
  }
}

static_assert(kTiers.size() == cluster::kTierCount);

void Metrics::CountModelPlacement(cluster::Tier tier) {
  impl_->model_placements[Index(tier)].Increment();
}

void Metrics::RecordModelReady(cluster::Tier tier, Duration predicted, Duration observed) {
  impl_->model_predicted[Index(tier)].Observe(Seconds(predicted));
  impl_->model_observed[Index(tier)].Observe(Seconds(observed));
}

void Metrics::RecordApiLatency(std::string_view verb, Duration took) {
  impl_->api_seconds[IndexOrLast(kApiVerbs, verb)].Observe(Seconds(took));
}

void Metrics::SetReadings(std::function<Readings()> readings) {
  const MutexLock lock(impl_->mutex);
  impl_->readings = std::move(readings);
}

std::string Metrics::Render(WallTime now) const {
  std::function<Readings()> read;
  {
    const MutexLock lock(impl_->mutex);
    read = impl_->readings;
  }
  const Readings readings = read ? read() : Readings{};

  Page page;
  page.Add(impl_->calls.Collect());
  page.Add(impl_->call_seconds.Collect());
  page.Add(impl_->decisions.Collect());
  page.Add(impl_->rejected_nodes.Collect());
  page.Add(impl_->unplaceable_pods.Collect());
  page.Add(impl_->placements.Collect());
  page.Add(impl_->wakes.Collect());
  page.Add(impl_->observed.Collect());
  page.Add(impl_->observed_waiting.Collect());
  page.Add(impl_->api_seconds.Collect());
  page.Add(impl_->model_placements.Collect());
  page.Add(impl_->model_predicted.Collect());
  page.Add(impl_->model_observed.Collect());
  for (std::size_t i = 0; i < kVerbs.size(); ++i) {
    page.Add("berth_webhook_inflight_requests", {kVerbs[i]},
             static_cast<double>(in_flight_[i].load(std::memory_order_relaxed)));
  }
  std::array<std::uint64_t, kRejections.size()> rejections{};
  for (std::size_t i = 0; i < rejections.size(); ++i) {
    rejections[i] = impl_->rejections[i].load(std::memory_order_relaxed);
  }
  AddRejections(page, readings.transport, rejections);
  AddReadings(page, readings, now);
  if (const auto process = ReadProcess()) {
    AddProcess(page, *process);
  }
  page.Add("berth_build_info", {impl_->build.version, impl_->build.revision, impl_->build.compiler},
           1);
  return std::move(page).Text();
}

}  // namespace berth::observe
