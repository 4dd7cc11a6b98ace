// kube::Api over HTTP.
#pragma once

#include <string_view>

#include "berth/apiclient/session.h"
#include "berth/base/clock.h"
#include "berth/base/result.h"
#include "berth/kube/api.h"

namespace berth::apiclient {

struct HttpApiOptions {
  Duration bind_timeout = std::chrono::seconds(4);  // below kube-scheduler's httpTimeout, 5 s
  Duration get_timeout = std::chrono::seconds(4);
  Duration patch_timeout = std::chrono::seconds(10);
};

// Errors as kube/api.h says, with the API server's own words in the text. An answer of 5xx leaves a
// write's outcome unknown, except a 503 in which the API server itself says when to come back.
// No retries: a caller knows best whether the pod still wants it. Thread-safe.
class HttpApi final : public kube::Api {
 public:
  // `session` and `clock` outlive it.
  HttpApi(Session& session, HttpApiOptions options, const Clock& clock);

  // Checks the annotations too (keys, UTF-8, 256 KiB in all), which the API server does not do for
  // a Binding. Tells the API server the timeout, so that a bind given up here is soon given up
  // there.
  Status Bind(const kube::Binding& binding) override;

  Result<kube::PodObject> GetPod(std::string_view ns, std::string_view name) override;

  // lastTransitionTime is the clock's now.
  Status PatchPodCondition(std::string_view ns, std::string_view name, std::string_view uid,
                           const kube::PodCondition& condition) override;

 private:
  Session& session_;
  const HttpApiOptions options_;
  const Clock& clock_;
};

}  // namespace berth::apiclient
