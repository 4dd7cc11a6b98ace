#include "berth/cluster/names.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <utility>

#include "berth/base/json_text.h"

namespace berth::cluster {
namespace {

constexpr std::uint32_t kMaxProbes = 64;  // at first

std::uint64_t Load64(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

// 128-bit multiply and fold, as in wyhash and MUM. Eight bytes a step; the last step overlaps, so
// no byte loop.
std::uint64_t Fold(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

std::uint64_t Hash(std::string_view text, std::uint64_t seed) {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;
  std::uint64_t hash = seed ^ Fold(text.size() + kOdd, kOdd);
  if (text.size() < 8) {
    char padded[8] = {};
    std::copy(text.begin(), text.end(), padded);
    return Fold(hash ^ Load64(padded), kOdd);
  }
  const char* at = text.data();
  const char* last = text.data() + text.size() - 8;
  for (; at < last; at += 8) {
    hash = Fold(hash ^ Load64(at), kOdd);
  }
  return Fold(hash ^ Load64(last), kOdd);
}

}  // namespace

NameTable::NameTable(const std::vector<std::string_view>& names)
    : spans_(names.size()), rank_(names.size()) {
  std::size_t bytes = 0;
  for (const std::string_view name : names) {
    bytes += name.size() + 2;
  }
  text_.reserve(bytes);
  for (NodeIndex i = 0; i < names.size(); ++i) {
    if (names[i].empty()) {
      continue;
    }
    const std::size_t offset = text_.size();
    AppendJsonString(names[i], text_);
    const std::string_view quoted = std::string_view(text_).substr(offset);
    const bool escaped = quoted.substr(1, quoted.size() - 2) != names[i];
    // Never of a node that an API server let in, but a file may hold anything.
    if (escaped) {
      escaped_.emplace_back(i, names[i]);
    }
    spans_[i] = {.offset = static_cast<std::uint32_t>(offset),
                 .length = static_cast<std::uint32_t>(quoted.size()) & 0x7FFFFFFFU,
                 .escaped = escaped};
  }

  std::vector<NodeIndex> order(names.size());
  std::iota(order.begin(), order.end(), NodeIndex{0});
  std::ranges::sort(order, {}, [&](NodeIndex i) { return std::pair(names[i], i); });
  for (std::uint32_t position = 0; position < order.size(); ++position) {
    rank_[order[position]] = position;
  }

  // Half of the slots stay empty, so some limit is enough whatever the names are.
  slots_.resize(std::bit_ceil(names.size() * 2 + 2));
  for (std::uint32_t max_probes = kMaxProbes; !Fill(max_probes); max_probes += max_probes / 2) {
    ++seed_;
  }
}

std::string_view NameTable::name(NodeIndex i) const {
  const Span& span = spans_[i];
  if (span.escaped) [[unlikely]] {
    return std::ranges::lower_bound(escaped_, i, {}, &std::pair<NodeIndex, std::string>::first)
        ->second;
  }
  return span.length == 0 ? std::string_view() : Text(i).substr(1, span.length - 2U);
}

bool NameTable::Fill(std::uint32_t max_probes) {
  std::ranges::fill(slots_, Slot{});
  const std::size_t mask = slots_.size() - 1;
  for (NodeIndex i = 0; i < spans_.size(); ++i) {
    if (spans_[i].length == 0) {
      continue;
    }
    const std::uint64_t hash = Hash(name(i), seed_);
    std::size_t at = hash & mask;
    std::uint32_t probes = 0;
    for (; slots_[at].index_plus_one != 0; at = (at + 1) & mask) {
      if (++probes > max_probes) {
        return false;
      }
    }
    slots_[at] = {static_cast<std::uint32_t>(hash >> 32U), i + 1};
  }
  return true;
}

std::optional<NodeIndex> NameTable::Find(std::string_view wanted) const {
  const std::size_t mask = slots_.size() - 1;
  const std::uint64_t hash = Hash(wanted, seed_);
  const auto tag = static_cast<std::uint32_t>(hash >> 32U);
  for (std::size_t at = hash & mask; slots_[at].index_plus_one != 0; at = (at + 1) & mask) {
    const NodeIndex i = slots_[at].index_plus_one - 1;
    if (slots_[at].tag == tag && name(i) == wanted) {
      return i;
    }
  }
  return std::nullopt;
}

}  // namespace berth::cluster
