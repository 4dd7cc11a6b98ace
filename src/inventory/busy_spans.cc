#include "busy_spans.h"

#include <algorithm>

namespace berth::inventory {

void BusySpans::Began(std::string_view load, Instant at) {
  open_.push_back({.load = std::string(load), .began = at});
}

void BusySpans::Ended(std::string_view load, Instant end, Bytes bytes) {
  Close(load, end, bytes, false);
}

void BusySpans::Lost(std::string_view load, Instant at) { Close(load, at, Bytes(0), true); }

void BusySpans::Drop(std::string_view load) {
  std::erase_if(open_, [load](const Open& open) { return open.load == load; });
}

void BusySpans::Close(std::string_view load, Instant end, Bytes bytes, bool lost) {
  const auto at = std::ranges::find(open_, load, &Open::load);
  if (at == open_.end()) {
    return;
  }
  const Instant begin = at->began;
  open_.erase(at);
  // One that took no time at all was not what is thought.
  spans_.push_back(
      {.begin = begin, .end = std::max(begin, end), .bytes = bytes, .lost = lost || end <= begin});
  if (spans_.size() > kMaxSpans) {
    spans_.clear();
  }
}

std::vector<BusySpans::Group> BusySpans::Take() {
  std::ranges::sort(spans_, {}, &Span::begin);
  Instant still_open = Instant::max();
  for (const Open& open : open_) {
    still_open = std::min(still_open, open.began);
  }
  std::vector<Group> groups;
  std::size_t told = 0;
  while (told < spans_.size()) {
    Span group = spans_[told];
    std::size_t next = told + 1;
    for (; next < spans_.size() && spans_[next].begin < group.end; ++next) {
      group.end = std::max(group.end, spans_[next].end);
      group.bytes += spans_[next].bytes;
      group.lost = group.lost || spans_[next].lost;
    }
    if (still_open < group.end) {
      break;
    }
    if (!group.lost) {
      groups.push_back({.bytes = group.bytes, .took = group.end - group.begin});
    }
    told = next;
  }
  spans_.erase(spans_.begin(), spans_.begin() + static_cast<std::ptrdiff_t>(told));
  return groups;
}

}  // namespace berth::inventory
