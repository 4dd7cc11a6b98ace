#include "berth/kube/lease.h"

#include <fmt/format.h>

#include "berth/base/json_text.h"
#include "berth/kube/json_cursor.h"

namespace berth::kube {
namespace {

std::string Quoted(std::string_view text) {
  std::string json;
  AppendJsonString(text, json);
  return json;
}

}  // namespace

Result<Lease> ReadLease(std::string_view text) {
  Cursor json;
  Lease lease;
  const auto metadata = [&](std::string_view key) {
    return key == "resourceVersion" ? json.String(lease.resource_version) : json.Skip();
  };
  const auto spec = [&](std::string_view key) {
    if (key == "holderIdentity") {
      return json.String(lease.holder);
    }
    if (key == "leaseDurationSeconds") {
      return json.Int32(lease.duration_seconds);
    }
    if (key == "acquireTime") {
      return json.String(lease.acquire_time);
    }
    if (key == "renewTime") {
      return json.String(lease.renew_time);
    }
    return key == "leaseTransitions" ? json.Int32(lease.transitions) : json.Skip();
  };
  const bool ok = json.Open(text) && json.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "metadata") {
      return json.Fields(Keys::kFields, metadata);
    }
    return key == "spec" ? json.Fields(Keys::kFields, spec) : json.Skip();
  });
  if (!ok) {
    const Cursor::Failure& failure = json.failure();
    return InvalidArgument(failure.path.empty() || failure.syntax
                               ? fmt::format("lease: {}", failure.what)
                               : fmt::format("lease: {}: {}", failure.path, failure.what));
  }
  return lease;
}

std::string LeaseJson(std::string_view name, const Lease& lease) {
  std::string json = R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":)";
  AppendJsonString(name, json);
  if (!lease.resource_version.empty()) {
    json += R"(,"resourceVersion":)" + Quoted(lease.resource_version);
  }
  json +=
      fmt::format(R"(}},"spec":{{"holderIdentity":{},"leaseDurationSeconds":{},"acquireTime":{},)"
                  R"("renewTime":{},"leaseTransitions":{}}}}})",
                  // The API server wants no empty name.
                  lease.holder.empty() ? "null" : Quoted(lease.holder), lease.duration_seconds,
                  Quoted(lease.acquire_time), Quoted(lease.renew_time), lease.transitions);
  return json;
}

std::string FormatMicroTime(WallTime time) {
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
  std::string text = FormatRfc3339(time);
  text.pop_back();  // the Z
  return fmt::format("{}.{:06}Z", text, micros % 1'000'000);
}

}  // namespace berth::kube
