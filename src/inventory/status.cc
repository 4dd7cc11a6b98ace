#include "status.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "text.h"

namespace berth::inventory {
namespace {

using kube::Cursor;
using kube::Keys;

constexpr Duration kDefaultTtl = std::chrono::seconds(120);
constexpr std::int64_t kMaxSeconds = 30LL * 24 * 3600;  // more is as good as for ever

constexpr std::array<std::pair<std::string_view, TierWord>, 5> kTiers = {{
    {"gpu", {.tier = cluster::Tier::kDevice}},
    {"host", {.tier = cluster::Tier::kHost}},
    {"nvme", {.tier = cluster::Tier::kDisk}},
    {"peer", {.tier = cluster::Tier::kPeer, .counts = false}},
    {"staging", {.tier = cluster::Tier::kDisk, .arriving = true}},
}};

struct Row {
  std::string id;
  std::string key;
  std::string tier;
  std::int64_t bytes = 0;
  std::int64_t total = 0;
  std::int64_t eta = 0;  // seconds
  std::vector<std::string> devices;
  std::string pod_uid;
  std::optional<WallTime> last_used;
  bool pinned = false;
};

bool Natural(Cursor& json, std::int64_t& out) {
  return json.Int64(out) && (out >= 0 || json.Fail("is negative"));
}

// An empty text is no time, and no mistake.
bool Time(Cursor& json, std::optional<WallTime>& out) {
  std::string_view text;
  if (!json.Text(text)) {
    return false;
  }
  out = ParseRfc3339(text);
  return out || text.empty() || json.Fail(fmt::format("'{:.40}' is no time", text));
}

bool DecodeRow(Cursor& json, Row& row) {
  return json.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "id") {
      return json.String(row.id);
    }
    if (key == "key") {
      return json.String(row.key);
    }
    if (key == "tier") {
      return json.String(row.tier);
    }
    if (key == "bytes") {
      return Natural(json, row.bytes);
    }
    if (key == "totalBytes") {
      return Natural(json, row.total);
    }
    if (key == "etaSeconds") {
      return Natural(json, row.eta);
    }
    if (key == "lastUsed") {
      return Time(json, row.last_used);
    }
    if (key == "pinned") {
      return json.Bool(row.pinned);
    }
    if (key == "devices") {
      row.devices.clear();
      return json.Elements([&] { return json.String(row.devices.emplace_back()); });
    }
    if (key == "pod") {
      return json.Fields(Keys::kFields, [&](std::string_view field) {
        return field == "uid" ? json.String(row.pod_uid) : json.Skip();
      });
    }
    return json.Skip();
  });
}

// False: the row makes no sense.
bool Judge(Cursor& json, const Row& row, TierWord& tier, SourceKey& key) {
  const std::optional<TierWord> word = ParseTier(row.tier);
  if (!word) {
    return json.Fail(
        fmt::format("tier: '{:.40}' is none of gpu, host, nvme, peer, staging", row.tier));
  }
  tier = *word;
  const std::string_view id = Trimmed(row.id);
  if (id.empty() && row.key.empty()) {
    return json.Fail("neither id nor key is there");
  }
  const std::optional<SourceKey> parsed = id.empty() ? ParseKey(row.key) : KeyOf(id);
  if (!parsed) {
    return json.Fail(fmt::format("key: '{:.40}' is not 16 hexadecimal digits", row.key));
  }
  key = *parsed;
  return true;
}

// What a sound row says. A copy that is under way is, as far as it has come, a partial one.
void AddFacts(Row row, const TierWord& tier, SourceKey key, std::vector<Fact>& facts) {
  const bool whole = row.total > 0 ? row.bytes >= row.total : row.bytes == 0;
  if (!tier.arriving) {
    facts.push_back({.key = key,
                     .tier = tier.tier,
                     .bytes = Bytes(whole ? 0 : row.bytes),
                     .devices = std::move(row.devices),
                     .pod_uid = std::move(row.pod_uid)});
    return;
  }
  if (row.bytes > 0 && row.bytes < row.total) {
    facts.push_back({.key = key, .tier = tier.tier, .bytes = Bytes(row.bytes)});
  }
  facts.push_back({.key = key,
                   .tier = tier.tier,
                   .arriving = true,
                   .bytes = Bytes(std::max<std::int64_t>(row.total - row.bytes, 0)),
                   .eta = std::chrono::seconds(std::min(row.eta, kMaxSeconds))});
}

bool DecodeModel(Cursor& json, std::size_t index, Reading& reading, HostCache& cache) {
  const Cursor::Mark start = json.Here();
  Row row;
  TierWord tier;
  SourceKey key{};
  if (DecodeRow(json, row) && Judge(json, row, tier, key)) {
    if (tier.tier == cluster::Tier::kHost) {
      cache.residents.push_back({.key = key,
                                 .bytes = Bytes(row.bytes),
                                 .last_used = row.last_used,
                                 .pinned = row.pinned || !row.pod_uid.empty()});
    }
    if (tier.counts) {
      AddFacts(std::move(row), tier, key, reading.facts);
    }
    return true;
  }
  if (json.failure().syntax) {
    return false;
  }
  reading.problems.push_back(fmt::format("models[{}]: {}", index, FailureText(json)));
  json.Forgive();
  json.Return(start);
  return json.Skip();
}

}  // namespace

std::optional<TierWord> ParseTier(std::string_view word) {
  const auto at = std::ranges::find(kTiers, word, &std::pair<std::string_view, TierWord>::first);
  return at == kTiers.end() ? std::nullopt : std::optional(at->second);
}

std::string FailureText(const Cursor& json) {
  const Cursor::Failure& failure = json.failure();
  return failure.path.empty() || failure.syntax ? failure.what
                                                : fmt::format("{}: {}", failure.path, failure.what);
}

bool DecodeStatus(Cursor& json, Reading& reading) {
  const std::size_t first = reading.facts.size();
  std::optional<WallTime> observed_at;
  Duration ttl = kDefaultTtl;
  std::size_t models = 0;
  std::int64_t capacity = 0;
  HostCache cache;
  const bool ok = json.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "observedAt") {
      return Time(json, observed_at);
    }
    if (key == "ttlSeconds") {
      std::int64_t seconds = 0;
      const bool read = Natural(json, seconds);
      ttl = seconds == 0 ? kDefaultTtl : std::chrono::seconds(std::min(seconds, kMaxSeconds));
      return read;
    }
    if (key == "models") {
      return json.Elements([&] { return DecodeModel(json, models++, reading, cache); });
    }
    if (key == "capacity") {
      return json.Fields(Keys::kFields, [&](std::string_view field) {
        return field == "hostCacheBytes" ? Natural(json, capacity) : json.Skip();
      });
    }
    return json.Skip();
  });
  if (!ok) {
    reading.facts.resize(first);
    return false;
  }
  for (std::size_t i = first; i < reading.facts.size(); ++i) {
    reading.facts[i].observed_at = observed_at;
    reading.facts[i].ttl = ttl;
  }
  if (capacity > 0) {
    cache.capacity = Bytes(capacity);
    cache.observed_at = observed_at;
    cache.ttl = ttl;
    reading.host_cache = std::move(cache);
  }
  return true;
}

void ReadStatusText(std::string_view text, Reading& reading) {
  std::string padded;
  padded.reserve(text.size() + kube::kJsonPadding);
  padded = text;
  Cursor json;
  if (!json.Open(padded) || !DecodeStatus(json, reading) || !json.AtEnd()) {
    reading.facts.clear();
    reading.host_cache.reset();
    reading.problems.push_back(FailureText(json));
  }
}

}  // namespace berth::inventory
