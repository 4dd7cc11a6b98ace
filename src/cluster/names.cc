#include "berth/cluster/names.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

#include "berth/base/check.h"

namespace berth::cluster {
namespace {

constexpr std::uint32_t kMaxProbe = 64;

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

// Names reach us from an API server that validates them, but a file or a test may hold anything.
void AppendEscaped(std::string_view name, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    } else {
      out += c;
    }
  }
}

}  // namespace

NameTable::NameTable(const std::vector<std::string_view>& names)
    : spans_(names.size()), rank_(names.size()) {
  std::size_t bytes = 0;
  for (const std::string_view name : names) {
    bytes += name.size() + 2;
  }
  text_.reserve(bytes);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) {
      continue;
    }
    const std::size_t offset = text_.size();
    text_ += '"';
    AppendEscaped(names[i], text_);
    text_ += '"';
    spans_[i] = {static_cast<std::uint32_t>(offset),
                 static_cast<std::uint32_t>(text_.size() - offset)};
  }

  std::vector<NodeIndex> order(names.size());
  std::iota(order.begin(), order.end(), NodeIndex{0});
  std::ranges::sort(order, {}, [&](NodeIndex i) { return names[i]; });
  for (std::uint32_t position = 0; position < order.size(); ++position) {
    rank_[order[position]] = position;
  }

  slots_.resize(std::bit_ceil(names.size() * 2 + 2));
  while (!Fill()) {
    ++seed_;
  }
}

bool NameTable::Fill() {
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
      if (++probes > kMaxProbe) {
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
