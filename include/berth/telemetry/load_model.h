// How what a server says of itself becomes one number, 0 idle .. 1 saturated, on an absolute scale:
// differences among nodes that are all nearly idle stay small.
#pragma once

#include <chrono>
#include <optional>

#include "berth/base/clock.h"

namespace berth::telemetry {

// What a model server's page says of its batch. Absent: the server does not say.
struct Signals {
  std::optional<double> running;        // requests in the batch
  std::optional<double> waiting;        // requests in the queue
  std::optional<double> cache_usage;    // of the KV cache, 0..1; counts as full at cache_full
  std::optional<double> utilisation;    // of the batcher's own budget, 0..1; full at 1
  std::optional<double> capacity;       // requests that the batch holds
  std::optional<double> queue_seconds;  // that a request waits
  double instances = 1;                 // batchers that the numbers above are the sum of
  bool classic = false;                 // a batch of whole requests, not of token steps
};

struct LoadModel {
  double half_waiting = 5;      // requests waiting that halve what is left of the endpoint
  double cache_full = 0.8;      // KV-cache usage from which on requests are preempted
  double llm_capacity = 256;    // per batcher, where nobody says it
  double classic_capacity = 8;  // same, of a classic batcher
  double unknown_load = 0.5;    // of an endpoint like which none is measured
  double least_estimate = 0.1;  // nothing is estimated to be idler than this

  Duration rising = std::chrono::seconds(5);      // half-life of a lower load before
  Duration falling = std::chrono::seconds(30);    // half-life of a higher load before
  Duration fresh = std::chrono::seconds(30);      // twice the scrape interval
  Duration half_life = std::chrono::seconds(60);  // of confidence, once a sample is not fresh
  Duration cutoff = std::chrono::seconds(300);    // older samples tell nothing
  Duration future = std::chrono::seconds(5);  // samples from further ahead are somebody's bad clock
};

//   b = min(1, running / capacity)   c = min(1, cache_usage / cache_full)   u = utilisation
//   z = waiting / (waiting + half_waiting)
//   load = 1 - (1 - max(b, c, u)) (1 - z)
// Monotone in every signal; 0 exactly when idle; 1 when the batch or the cache is full.
// max_batch: what the pod's owner says of the capacity of all its batchers; 0: nothing.
double NormalisedLoad(const Signals& signals, double max_batch, const LoadModel& model);

// The part of a new value in the mean that follows it after `elapsed`, for a half-life: irregular
// steps weigh by their time.
double SmoothingShare(Duration elapsed, Duration half_life);

// 1 for a fresh sample, then halved with each half_life, 0 beyond the cutoff.
double Confidence(Duration age, const LoadModel& model);

}  // namespace berth::telemetry
