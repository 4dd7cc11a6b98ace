#include "berth/inventory/source_key.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <charconv>

#include "berth/inventory/source.h"
#include "text.h"

namespace berth::inventory {

SourceKey KeyOf(std::string_view source) {
  const std::string_view id = Trimmed(source);
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(id.data()), id.size(), digest);
  std::uint64_t key = 0;
  for (int i = 0; i < 8; ++i) {
    key = key << 8U | digest[i];
  }
  return SourceKey{key};
}

std::string Text(SourceKey key) { return fmt::format("{:016x}", static_cast<std::uint64_t>(key)); }

std::optional<SourceKey> ParseKey(std::string_view text) {
  constexpr std::size_t kDigits = 16;
  std::uint64_t key = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, key, 16);
  if (text.size() != kDigits || error != std::errc() || stop != end) {
    return std::nullopt;
  }
  return SourceKey{key};
}

std::vector<SourceKey> KeysOf(std::string_view source) {
  std::vector<SourceKey> keys = {KeyOf(source)};
  for (const Source& row : Sources()) {
    const std::optional<SourceKey> key =
        row.alias != nullptr ? row.alias(Trimmed(source)) : std::nullopt;
    if (key && std::ranges::find(keys, *key) == keys.end()) {
      keys.push_back(*key);
    }
  }
  return keys;
}

}  // namespace berth::inventory
