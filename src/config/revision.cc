#include "berth/config/revision.h"

#include <fmt/format.h>

#include <cstdint>

namespace berth::config {

// FNV-1a, 64 bits.
std::string RevisionOf(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  }
  return fmt::format("fnv:{:016x}", hash);
}

}  // namespace berth::config
