#include "berth/signing/record_keys.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "berth/base/base64.h"
#include "berth/base/check.h"

namespace berth::signing {
namespace {

constexpr std::size_t kMaxKeys = 16;
constexpr std::size_t kMaxKeyBytes = 1024;
constexpr std::size_t kMaxId = 63;
constexpr std::size_t kMacBytes = 32;
constexpr std::string_view kDomain =
    "berth.dev/allocation";  // no MAC of another use is one of ours
constexpr std::string_view kMember = ",\"mac\":\"";
constexpr std::string_view kEnd = "\"}";

bool IsId(std::string_view text) {
  return !text.empty() && text.size() <= kMaxId && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

// With its length, so that no two lists of parts are the same text.
void AppendPart(std::string& text, std::string_view part) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    text += static_cast<char>(part.size() >> static_cast<unsigned>(shift) & 0xFFU);
  }
  text += part;
}

std::string Mac(std::string_view secret, const Subject& subject, std::string_view record) {
  std::string text(kDomain);
  for (const std::string_view part :
       {subject.ns, subject.name, subject.uid, subject.node, record}) {
    AppendPart(text, part);
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned int size = 0;
  const unsigned char* const made =
      HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &size);
  BERTH_CHECK(made != nullptr);
  BERTH_CHECK(size == kMacBytes);
  return EncodeBase64({reinterpret_cast<const char*>(mac.data()), size});
}

bool SameText(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view WithoutSpace(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const std::size_t begin = text.find_first_not_of(kSpace);
  return begin == std::string_view::npos
             ? std::string_view()
             : text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

}  // namespace

Result<RecordKeys> RecordKeys::Parse(std::string_view text) {
  if (text.size() > kMaxKeyText) {
    return InvalidArgument(fmt::format("is larger than {} bytes", kMaxKeyText));
  }
  RecordKeys keys;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    const std::string_view line = WithoutSpace(text.substr(0, length));
    text.remove_prefix(std::min(length + 1, text.size()));
    if (line.empty() || line.front() == '#') {
      continue;
    }
    const auto wrong = [number](std::string_view what) {
      return InvalidArgument(fmt::format("line {}: {}", number, what));
    };
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      return wrong("expected id:base64");
    }
    const std::string_view id = line.substr(0, colon);
    const std::string_view encoded = line.substr(colon + 1);
    if (!IsId(id)) {
      return wrong("the id is not 1 to 63 letters, digits, '-', '_' and '.'");
    }
    if (std::ranges::find(keys.keys_, id, &Key::id) != keys.keys_.end()) {
      return wrong(fmt::format("the id {} is given twice", id));
    }
    std::optional<std::string> secret = encoded.find_first_of(" \t\r") == std::string_view::npos
                                            ? DecodeBase64(encoded)
                                            : std::nullopt;
    if (!secret) {
      return wrong(fmt::format("the key {} is no base64", id));
    }
    if (secret->size() < kMinKeyBytes || secret->size() > kMaxKeyBytes) {
      return wrong(fmt::format("the key {} has {} bytes, expected {} to {}", id, secret->size(),
                               kMinKeyBytes, kMaxKeyBytes));
    }
    if (keys.keys_.size() == kMaxKeys) {
      return wrong(fmt::format("more than {} keys", kMaxKeys));
    }
    keys.keys_.push_back({.id = std::string(id), .secret = *std::move(secret)});
  }
  if (keys.keys_.empty()) {
    return InvalidArgument("holds no key, expected lines id:base64");
  }
  return keys;
}

std::string RecordKeys::Sign(const Subject& subject, std::string_view record) const {
  BERTH_CHECK(record.size() > 2);
  BERTH_CHECK(record.starts_with('{'));
  BERTH_CHECK(record.ends_with('}'));
  const Key& key = keys_.front();
  return fmt::format("{}{}{}:{}{}", record.substr(0, record.size() - 1), kMember, key.id,
                     Mac(key.secret, subject, record), kEnd);
}

Proof RecordKeys::Check(const Subject& subject, std::string_view signed_record) const {
  const std::size_t at = signed_record.rfind(kMember);
  if (at == std::string_view::npos) {
    return Proof::kMissing;
  }
  std::string_view mac = signed_record.substr(at + kMember.size());
  const std::size_t colon = mac.find(':');
  if (colon == std::string_view::npos || !mac.ends_with(kEnd)) {
    return Proof::kWrong;
  }
  mac.remove_suffix(kEnd.size());
  const auto key = std::ranges::find(keys_, mac.substr(0, colon), &Key::id);
  if (key == keys_.end()) {
    return Proof::kUnknownKey;
  }
  std::string record(signed_record.substr(0, at));
  record += '}';
  return SameText(mac.substr(colon + 1), Mac(key->secret, subject, record)) ? Proof::kSound
                                                                            : Proof::kWrong;
}

std::vector<std::string> RecordKeys::ids() const {
  std::vector<std::string> ids;
  ids.reserve(keys_.size());
  for (const Key& key : keys_) {
    ids.push_back(key.id);
  }
  return ids;
}

}  // namespace berth::signing
