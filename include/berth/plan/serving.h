// What a fleet of servers makes of a day's requests: use, waiting, and how many servers would do.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "berth/base/clock.h"
#include "berth/plan/queueing.h"
#include "berth/plan/report.h"

namespace berth::plan {

struct RequestKind {
  std::string name;
  Duration time{};   // in a slot, before the model is optimised
  double share = 0;  // of the requests; together 1
  double speed = 1;  // of the optimised model, relative to the model as it is
};

inline constexpr double kSecondsOfADay = 86'400;

// The case that Berth was asked about, a shop. Any other is a matter of its numbers.
struct ServingCase {
  std::vector<RequestKind> kinds = {
      {.name = "search", .time = std::chrono::microseconds(500), .share = 0.6, .speed = 1.3},
      {.name = "recommend", .time = std::chrono::milliseconds(1), .share = 0.3, .speed = 1.3},
      {.name = "purchase", .time = std::chrono::milliseconds(2), .share = 0.1, .speed = 1.3}};
  double per_day = 1'000'000;  // requests
  double peak = 1000;          // requests per second
  std::int64_t servers = 1000;
  std::int64_t slots = 100;  // of each server
  double p99 = 0.001;        // seconds that 99 of 100 requests may wait at most
};

enum class ModelState : std::uint8_t { kAsIs, kOptimised };

Service ServiceOf(std::span<const RequestKind> kinds, ModelState state);

// The mean rate of the day and the peak, each before and after optimisation.
Report ServingReport(const ServingCase& serving);

}  // namespace berth::plan
