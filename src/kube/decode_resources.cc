#include "berth/kube/quantity.h"
#include "decode.h"

namespace berth::kube {
namespace {

constexpr std::int64_t kMilli = 1000;

// CPU, memory and pod counts: never negative, rounded up.
bool DecodeAmount(Cursor& json, std::int64_t scale, std::int64_t& amount) {
  amount = 0;
  if (json.IsNull()) {
    return json.Skip();
  }
  std::string_view text;
  if (!json.Amount(text)) {
    return false;
  }
  const Result<std::int64_t> value = ParseQuantity(text, scale);
  if (!value.ok()) {
    return json.Fail(value.error().message);
  }
  if (*value < 0) {
    return json.Fail("'" + std::string(text) + "' is negative");
  }
  amount = *value;
  return true;
}

bool DecodeCount(Cursor& json, std::int64_t& amount) {
  amount = 0;
  if (json.IsNull()) {
    return json.Skip();
  }
  std::string_view text;
  if (!json.Amount(text)) {
    return false;
  }
  const Result<std::int64_t> value = ParseCount(text);
  if (!value.ok()) {
    return json.Fail(value.error().message);
  }
  amount = *value;
  return true;
}

bool Names(const Resources& amounts, std::string_view name) {
  return std::ranges::find(amounts.extended, name, &std::pair<std::string, std::int64_t>::first) !=
         amounts.extended.end();
}

// Whatever only the limits name becomes a request too.
void FillFromLimits(ResourceList& requests, ResourceList& limits) {
  if (!requests.has_cpu && limits.has_cpu) {
    requests.amounts.cpu = limits.amounts.cpu;
    requests.has_cpu = true;
  }
  if (!requests.has_memory && limits.has_memory) {
    requests.amounts.memory = limits.amounts.memory;
    requests.has_memory = true;
  }
  if (!requests.has_pods && limits.has_pods) {
    requests.amounts.pods = limits.amounts.pods;
    requests.has_pods = true;
  }
  if (requests.amounts.extended.empty()) {
    requests.amounts.extended = std::move(limits.amounts.extended);
    return;
  }
  for (auto& [name, amount] : limits.amounts.extended) {
    if (!Names(requests.amounts, name)) {
      requests.amounts.extended.emplace_back(std::move(name), amount);
    }
  }
}

}  // namespace

bool DecodeResourceList(Cursor& json, ResourceList& list) {
  list = {};
  MapBuilder<std::int64_t> extended(list.amounts.extended);
  const bool ok = json.Fields(Keys::kMap, [&](std::string_view key) {
    if (key == "cpu") {
      std::int64_t amount = 0;
      list.has_cpu = true;
      const bool decoded = DecodeAmount(json, kMilli, amount);
      list.amounts.cpu = Millicores(amount);
      return decoded;
    }
    if (key == "memory") {
      std::int64_t amount = 0;
      list.has_memory = true;
      const bool decoded = DecodeAmount(json, 1, amount);
      list.amounts.memory = Bytes(amount);
      return decoded;
    }
    if (key == "pods") {
      list.has_pods = true;
      return DecodeAmount(json, 1, list.amounts.pods);
    }
    if (key.find('/') != std::string_view::npos) {
      return DecodeCount(json, extended.Add(key));
    }
    return json.Skip();
  });
  extended.Finish();
  return ok;
}

bool DecodeRequirements(Cursor& json, ResourceList& requests) {
  requests = {};
  ResourceList limits;
  const bool ok = json.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "limits") {
      return DecodeResourceList(json, limits);
    }
    if (key == "requests") {
      return DecodeResourceList(json, requests);
    }
    return json.Skip();
  });
  FillFromLimits(requests, limits);
  return ok;
}

bool DecodeStringMap(Cursor& json, StringMap& map) {
  MapBuilder<std::string> builder(map);
  const bool ok =
      json.Fields(Keys::kMap, [&](std::string_view key) { return json.String(builder.Add(key)); });
  builder.Finish();
  return ok;
}

}  // namespace berth::kube
