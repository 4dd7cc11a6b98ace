// The walk of one object, shared by everything that Decoder reads. Each function consumes one value
// and answers false, with the cursor's failure, when it is malformed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "berth/kube/decoder.h"
#include "berth/kube/json_cursor.h"
#include "berth/kube/objects.h"

namespace berth::kube {

bool DecodeNode(Cursor& json, NodeObject& node, const Parts& parts);
bool DecodePod(Cursor& json, PodObject& pod, const Parts& parts);
bool DecodeRaw(Cursor& json, RawObject& object);

// The metadata alone: of an object that is gone, or of a bookmark, which has nothing else.
bool DecodeMetadata(Cursor& json, NodeObject& node);
bool DecodeMetadata(Cursor& json, PodObject& pod);
bool DecodeMetadata(Cursor& json, RawObject& object);

bool DecodeStringMap(Cursor& json, StringMap& map);

// A resource list that remembers what it names, so that a limit can stand in for a request.
struct ResourceList {
  Resources amounts;
  bool has_cpu = false;
  bool has_memory = false;
  bool has_pods = false;

  bool empty() const { return !has_cpu && !has_memory && !has_pods && amounts.extended.empty(); }
};
bool DecodeResourceList(Cursor& json, ResourceList& list);

// A ResourceRequirements: its requests, with the limit where only a limit is given.
bool DecodeRequirements(Cursor& json, ResourceList& requests);

// The API server writes maps sorted by key, which shows at once that no key comes twice. Otherwise
// the last of equal keys stays, as in Go, and the order of the document is kept.
template <typename Value>
class MapBuilder {
 public:
  using Map = std::vector<std::pair<std::string, Value>>;

  explicit MapBuilder(Map& map) : map_(map) { map_.clear(); }

  Value& Add(std::string_view key) {
    if (map_.empty()) {
      map_.reserve(8);
    } else {
      sorted_ = sorted_ && map_.back().first < key;
    }
    return map_
        .emplace_back(std::piecewise_construct, std::forward_as_tuple(key), std::forward_as_tuple())
        .second;
  }

  void Finish() {
    if (sorted_ || Distinct()) {
      return;
    }
    std::vector<std::size_t> order(map_.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      order[i] = i;
    }
    std::ranges::sort(order, [this](std::size_t a, std::size_t b) {
      return std::tie(map_[a].first, a) < std::tie(map_[b].first, b);
    });
    std::vector<bool> overruled(map_.size());
    for (std::size_t i = 1; i < order.size(); ++i) {
      overruled[order[i - 1]] = map_[order[i - 1]].first == map_[order[i]].first;
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < map_.size(); ++i) {
      if (!overruled[i]) {
        if (kept != i) {
          map_[kept] = std::move(map_[i]);
        }
        ++kept;
      }
    }
    map_.erase(map_.begin() + static_cast<std::ptrdiff_t>(kept), map_.end());
  }

 private:
  // Of a small map: without a sort.
  bool Distinct() const {
    constexpr std::size_t kSmall = 16;
    if (map_.size() > kSmall) {
      return false;
    }
    for (std::size_t i = 1; i < map_.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (map_[i].first == map_[j].first) {
          return false;
        }
      }
    }
    return true;
  }

  Map& map_;
  bool sorted_ = true;
};

}  // namespace berth::kube
