#include "berth/telemetry/load_model.h"

#include <algorithm>
#include <cmath>

namespace berth::telemetry {
namespace {

double Capacity(const Signals& signals, double max_batch, const LoadModel& model) {
  if (signals.capacity.value_or(0) > 0) {
    return *signals.capacity;
  }
  if (max_batch > 0) {
    return max_batch;
  }
  return (signals.classic ? model.classic_capacity : model.llm_capacity) *
         std::max(1.0, signals.instances);
}

double Share(double part, double whole) { return std::clamp(part / whole, 0.0, 1.0); }

}  // namespace

double NormalisedLoad(const Signals& signals, double max_batch, const LoadModel& model) {
  const double batch = Share(signals.running.value_or(0), Capacity(signals, max_batch, model));
  const double cache = Share(signals.cache_usage.value_or(0), model.cache_full);
  const double utilisation = Share(signals.utilisation.value_or(0), 1);
  const double waiting = std::max(0.0, signals.waiting.value_or(0));
  const double queue = waiting / (waiting + model.half_waiting);
  return 1 - (1 - std::max({batch, cache, utilisation})) * (1 - queue);
}

double SmoothingShare(Duration elapsed, Duration half_life) {
  return elapsed <= Duration::zero() ? 0 : 1 - std::exp2(-Seconds(elapsed) / Seconds(half_life));
}

double Confidence(Duration age, const LoadModel& model) {
  if (age <= model.fresh) {
    return 1;
  }
  return age > model.cutoff ? 0 : std::exp2(-Seconds(age - model.fresh) / Seconds(model.half_life));
}

}  // namespace berth::telemetry
