// How long requests wait that come at random times to servers with many slots, first come first
// served: M/G/k. Times in seconds, rates per second.
#pragma once

#include <cstdint>

namespace berth::plan {

// The time that a slot works on a request.
struct Service {
  double mean = 0;
  double cv2 = 0;  // variance / mean^2; 0: all alike, 1: exponential
};

// The probability that a request waits (Erlang, 1917) where `offered` slots would be busy on
// average; 0 <= offered < slots.
double ErlangC(std::int64_t slots, double offered);

struct Queue {
  double waits = 0;  // share of the requests that wait at all
  double mean = 0;
  double p99 = 0;
};

// The mean is that of Lee and Longton (1959): M/M/k's times (1 + cv2) / 2; exact for exponential
// service and for one slot. The 99th percentile takes the time of those that wait for exponential:
// exact for exponential service. docs/planning.md holds it against a simulation. The slots must be
// more than rate x mean.
Queue QueueOf(double rate, const Service& service, std::int64_t slots);

// The fewest with which 99 of 100 requests wait no longer than `p99`.
std::int64_t SlotsNeeded(double rate, const Service& service, double p99);

// The highest rate at which they do.
double RateCarried(const Service& service, std::int64_t slots, double p99);

}  // namespace berth::plan
