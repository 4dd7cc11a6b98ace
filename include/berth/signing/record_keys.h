// Proof that a record is Berth's own: an HMAC-SHA256 with keys that all replicas share. Without a
// key nobody can write a record that is believed, nor carry one over to another pod or node.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/result.h"

namespace berth::signing {

inline constexpr std::size_t kMaxKeyText = std::size_t{64} << 10;
inline constexpr std::size_t kMinKeyBytes = 32;

// What a record is about. Names as the API server has them.
struct Subject {
  std::string_view ns;
  std::string_view name;
  std::string_view uid;
  std::string_view node;
};

enum class Proof : std::uint8_t {
  kSound,
  kMissing,     // the record carries no MAC
  kUnknownKey,  // of a key that is not, or not any more, among ours
  kWrong,       // for another pod or node, changed, cut short, or by who has not the key
};
inline constexpr std::size_t kProofs = 4;

// The first key signs, all of them verify: that is how keys are replaced. Immutable.
class RecordKeys {
 public:
  // Lines "id:base64", 1 to 16 of them; empty ones and those that begin with '#' are skipped. An id
  // is 1 to 63 letters, digits, '-', '_' and '.'; a key has 32 to 1024 bytes. The Error names the
  // line and never says what is in it.
  static Result<RecordKeys> Parse(std::string_view text);

  // The record, a JSON object with members, and one member more: "mac":"id:base64".
  std::string Sign(const Subject& subject, std::string_view record) const;

  // Of what Sign made. Takes as long for any wrong MAC of an id.
  Proof Check(const Subject& subject, std::string_view signed_record) const;

  // The one that signs first. Never empty.
  std::vector<std::string> ids() const;

 private:
  struct Key {
    std::string id;
    std::string secret;
  };

  std::vector<Key> keys_;
};

}  // namespace berth::signing
