// Loads that share a hop -> samples of its rate.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/units.h"

namespace berth::inventory {

// While at least one load is moving, a hop is busy, whoever goes first: the bytes of all loads that
// overlap, over the time that they took together, are its rate, and no model of who waits for whom
// is needed. A load's end is known only when its pod is ready, so a group is told once no load that
// began before its end is still open. Not thread-safe.
class BusySpans {
 public:
  void Began(std::string_view load, Instant at);
  void Ended(std::string_view load, Instant end, Bytes bytes);
  // Nobody knows how long it moved, or since when: what it overlaps tells nothing.
  void Lost(std::string_view load, Instant at);
  // It was never on this hop.
  void Drop(std::string_view load);

  struct Group {
    Bytes bytes;
    Duration took{};
  };
  // The groups that can be told now, each once.
  std::vector<Group> Take();

  bool idle() const { return open_.empty() && spans_.empty(); }

 private:
  struct Open {
    std::string load;
    Instant began;
  };
  struct Span {
    Instant begin;
    Instant end;
    Bytes bytes;
    bool lost = false;
  };
  // So many without a gap are too tangled to be worth their memory.
  static constexpr std::size_t kMaxSpans = 64;

  void Close(std::string_view load, Instant end, Bytes bytes, bool lost);

  std::vector<Open> open_;
  std::vector<Span> spans_;
};

}  // namespace berth::inventory
