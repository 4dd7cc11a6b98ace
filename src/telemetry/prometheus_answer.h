// What Prometheus' API answers to an instant query.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "berth/base/result.h"
#include "berth/telemetry/exposition.h"

namespace berth::telemetry {

struct Series {
  std::string name;    // __name__; empty after a function
  std::string labels;  // the others, as on a page
  double value = 0;    // may be NaN or infinite
};

struct Vector {
  std::deque<Series> series;  // samples look at their labels
  bool partial = false;       // there were warnings
};

// Histograms are left out. kBodyPadding readable bytes follow `body` (net::ClientResponse).
// kInvalidArgument: no answer of that API, or no vector.
Result<Vector> ParseVector(std::string_view body);

}  // namespace berth::telemetry
