#include "berth/apiclient/http_leases.h"

#include <fmt/format.h>

#include <utility>

#include "answer.h"
#include "berth/base/json_text.h"
#include "berth/kube/decoder.h"
#include "percent.h"
#include "validation.h"

namespace berth::apiclient {
namespace {

constexpr std::string_view kMergePatch = "application/merge-patch+json";

Result<kube::Lease> Decode(std::string_view what, std::string body) {
  body.reserve(body.size() + kube::kJsonPadding);
  Result<kube::Lease> lease = kube::ReadLease(body);
  if (!lease.ok()) {
    return Error{lease.error().code, fmt::format("{}: {}", what, lease.error().message)};
  }
  return lease;
}

}  // namespace

HttpLeases::HttpLeases(Session& session, std::string_view ns, std::string_view name,
                       Duration timeout)
    : session_(session),
      name_(name),
      collection_(
          fmt::format("/apis/coordination.k8s.io/v1/namespaces/{}/leases", PercentEncode(ns))),
      timeout_(timeout) {}

Result<std::optional<kube::Lease>> HttpLeases::Get() {
  const std::string what = fmt::format("get lease {}", name_);
  net::ClientRequest request;
  request.target = collection_ + "/" + PercentEncode(name_);
  Result<net::ClientResponse> answer =
      session_.Send({Verb::kGet, Resource::kLeases}, std::move(request), timeout_);
  if (!answer.ok()) {
    return TransportError(what, answer.error(), Effect::kRead);
  }
  if (const Status status = CheckAnswer(what, *answer, Effect::kRead); !status.ok()) {
    if (status.error().code == ErrorCode::kNotFound) {
      return std::optional<kube::Lease>();
    }
    return status.error();
  }
  BERTH_ASSIGN_OR_RETURN(kube::Lease lease, Decode(what, std::move(answer->body)));
  return std::optional(std::move(lease));
}

Result<kube::Lease> HttpLeases::Create(const kube::Lease& lease) {
  return Write(fmt::format("create lease {}", name_), Verb::kCreate,
               {.method = "POST",
                .target = collection_,
                .headers = {},
                .body = kube::LeaseJson(name_, lease),
                .content_type = "application/json"});
}

Result<kube::Lease> HttpLeases::Update(const kube::Lease& lease) {
  return Write(fmt::format("update lease {}", name_), Verb::kPatch,
               {.method = "PATCH",
                .target = collection_ + "/" + PercentEncode(name_),
                .headers = {},
                .body = kube::LeaseJson(name_, lease),
                .content_type = std::string(kMergePatch)});
}

Result<kube::Lease> HttpLeases::Write(std::string_view what, Verb verb,
                                      net::ClientRequest request) {
  Result<net::ClientResponse> answer =
      session_.Send({verb, Resource::kLeases}, std::move(request), timeout_);
  if (!answer.ok()) {
    return TransportError(what, answer.error(), Effect::kWrite);
  }
  BERTH_RETURN_IF_ERROR(CheckAnswer(what, *answer, Effect::kWrite));
  return Decode(what, std::move(answer->body));
}

Status PatchPodLabel(Session& session, std::string_view ns, std::string_view pod,
                     std::string_view key, std::optional<std::string_view> value,
                     Duration timeout) {
  BERTH_RETURN_IF_ERROR(ValidatePathSegment("namespace", ns));
  BERTH_RETURN_IF_ERROR(ValidatePathSegment("pod", pod));
  const std::string what = fmt::format("label pod {}/{}", ns, pod);
  std::string body = R"({"metadata":{"labels":{)";
  AppendJsonString(key, body);
  body += ':';
  if (value) {
    AppendJsonString(*value, body);
  } else {
    body += "null";
  }
  body += "}}}";
  net::ClientRequest request{
      .method = "PATCH",
      .target = fmt::format("/api/v1/namespaces/{}/pods/{}", PercentEncode(ns), PercentEncode(pod)),
      .headers = {},
      .body = std::move(body),
      .content_type = std::string(kMergePatch)};
  const Result<net::ClientResponse> answer =
      session.Send({Verb::kPatch, Resource::kPods}, std::move(request), timeout);
  if (!answer.ok()) {
    return TransportError(what, answer.error(), Effect::kWrite);
  }
  return CheckAnswer(what, *answer, Effect::kWrite);
}

}  // namespace berth::apiclient
