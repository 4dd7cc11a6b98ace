// Virtual time: what happens next happens now.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "berth/base/check.h"
#include "berth/base/clock.h"

namespace berth::sim {

// Events in the order of their time, and of their coming where times are equal. Time is counted
// from the start of the simulation and never goes back.
template <typename Event>
class EventQueue {
 public:
  bool empty() const { return heap_.empty(); }
  Duration now() const { return now_; }

  // `at` is not in the past.
  void Push(Duration at, Event event) {
    BERTH_CHECK(at >= now_);
    heap_.push_back({.at = at, .order = pushed_++, .event = std::move(event)});
    std::ranges::push_heap(heap_, Later);
  }

  // The next event; the time is then its time. Not empty.
  Event Pop() {
    BERTH_CHECK(!heap_.empty());
    std::ranges::pop_heap(heap_, Later);
    Entry next = std::move(heap_.back());
    heap_.pop_back();
    now_ = next.at;
    return std::move(next.event);
  }

 private:
  struct Entry {
    Duration at{};
    std::uint64_t order = 0;
    Event event;
  };
  static bool Later(const Entry& a, const Entry& b) {
    return a.at != b.at ? a.at > b.at : a.order > b.order;
  }

  std::vector<Entry> heap_;
  std::uint64_t pushed_ = 0;
  Duration now_{};
};

// To the nearest nanosecond.
inline Duration FromSeconds(double seconds) {
  return Duration(static_cast<Duration::rep>((seconds * 1e9) + (seconds < 0 ? -0.5 : 0.5)));
}

}  // namespace berth::sim
