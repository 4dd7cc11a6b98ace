#include "berth/apiclient/http_api.h"

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <utility>

#include "answer.h"
#include "berth/base/json_text.h"
#include "berth/kube/decoder.h"
#include "percent.h"
#include "validation.h"

namespace berth::apiclient {
namespace {

std::string PodPath(std::string_view ns, std::string_view name) {
  return fmt::format("/api/v1/namespaces/{}/pods/{}", PercentEncode(ns), PercentEncode(name));
}

// The query with which the API server bounds its own work. Go's form of a duration.
std::string TimeoutQuery(Duration timeout) {
  return fmt::format("?timeout={}ms",
                     std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count());
}

Status ValidatePodName(std::string_view ns, std::string_view name) {
  BERTH_RETURN_IF_ERROR(ValidatePathSegment("namespace", ns));
  return ValidatePathSegment("pod", name);
}

// Appends "key":"value" pairs; keys are ours and need no escaping.
void AppendFields(std::string& json,
                  std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  for (const auto& [key, value] : fields) {
    if (json.back() != '{') {
      json += ',';
    }
    json += '"';
    json += key;
    json += "\":";
    AppendJsonString(value, json);
  }
}

std::string BindingBody(const kube::Binding& binding) {
  std::string json = R"({"apiVersion":"v1","kind":"Binding","metadata":{)";
  AppendFields(json, {{"name", binding.name}, {"namespace", binding.ns}, {"uid", binding.uid}});
  json += R"(,"annotations":{)";
  for (const auto& [key, value] : binding.annotations) {
    AppendFields(json, {{key, value}});  // a qualified name holds nothing to escape
  }
  json += R"(}},"target":{)";
  AppendFields(json, {{"apiVersion", "v1"}, {"kind", "Node"}, {"name", binding.node}});
  json += "}}";
  return json;
}

std::string ConditionPatch(std::string_view uid, const kube::PodCondition& condition,
                           WallTime now) {
  std::string json = R"({"metadata":{)";
  AppendFields(json, {{"uid", uid}});
  json += R"(},"status":{"conditions":[{)";
  AppendFields(json, {{"type", condition.type},
                      {"status", condition.status},
                      {"reason", condition.reason},
                      {"message", condition.message},
                      {"lastTransitionTime", FormatRfc3339(now)}});
  json += "}]}}";
  return json;
}

}  // namespace

HttpApi::HttpApi(Session& session, HttpApiOptions options, const Clock& clock)
    : session_(session), options_(options), clock_(clock) {}

Status HttpApi::Bind(const kube::Binding& binding) {
  BERTH_RETURN_IF_ERROR(ValidatePodName(binding.ns, binding.name));
  BERTH_RETURN_IF_ERROR(ValidatePathSegment("node", binding.node));
  BERTH_RETURN_IF_ERROR(ValidatePathSegment("uid", binding.uid));
  BERTH_RETURN_IF_ERROR(ValidateAnnotations(binding.annotations));

  const std::string what = fmt::format("bind {}/{} to {}", binding.ns, binding.name, binding.node);
  net::ClientRequest request{.method = "POST",
                             .target = PodPath(binding.ns, binding.name) + "/binding" +
                                       TimeoutQuery(options_.bind_timeout),
                             .headers = {},
                             .body = BindingBody(binding),
                             .content_type = "application/json"};
  const Result<net::ClientResponse> answer = session_.Send(
      {Verb::kCreate, Resource::kPodBinding}, std::move(request), options_.bind_timeout);
  if (!answer.ok()) {
    return TransportError(what, answer.error(), Effect::kWrite);
  }
  return CheckAnswer(what, *answer, Effect::kWrite);
}

Result<kube::PodObject> HttpApi::GetPod(std::string_view ns, std::string_view name) {
  BERTH_RETURN_IF_ERROR(ValidatePodName(ns, name));

  const std::string what = fmt::format("get pod {}/{}", ns, name);
  net::ClientRequest request;
  request.target = PodPath(ns, name);
  const Result<net::ClientResponse> answer =
      session_.Send({Verb::kGet, Resource::kPods}, std::move(request), options_.get_timeout);
  if (!answer.ok()) {
    return TransportError(what, answer.error(), Effect::kRead);
  }
  BERTH_RETURN_IF_ERROR(CheckAnswer(what, *answer, Effect::kRead));
  return kube::Decoder().Pod(answer->body);
}

Status HttpApi::PatchPodCondition(std::string_view ns, std::string_view name, std::string_view uid,
                                  const kube::PodCondition& condition) {
  BERTH_RETURN_IF_ERROR(ValidatePodName(ns, name));
  BERTH_RETURN_IF_ERROR(ValidatePathSegment("uid", uid));
  BERTH_RETURN_IF_ERROR(ValidateUtf8("condition's message", condition.message));

  const std::string what = fmt::format("set condition {} of {}/{}", condition.type, ns, name);
  net::ClientRequest request{
      .method = "PATCH",
      .target = PodPath(ns, name) + "/status" + TimeoutQuery(options_.patch_timeout),
      .headers = {},
      .body = ConditionPatch(uid, condition, clock_.WallNow()),
      .content_type = "application/strategic-merge-patch+json"};
  const Result<net::ClientResponse> answer = session_.Send(
      {Verb::kPatch, Resource::kPodStatus}, std::move(request), options_.patch_timeout);
  if (!answer.ok()) {
    return TransportError(what, answer.error(), Effect::kWrite);
  }
  return CheckAnswer(what, *answer, Effect::kWrite);
}

}  // namespace berth::apiclient
