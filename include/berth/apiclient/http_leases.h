// kube::LeaseApi over HTTP, and the label that tells a Service who leads.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "berth/apiclient/session.h"
#include "berth/base/clock.h"
#include "berth/base/result.h"
#include "berth/kube/lease.h"

namespace berth::apiclient {

// One Lease. Thread-safe. Updates are merge patches that name the version they replace, so that
// labels and annotations of others stay.
class HttpLeases final : public kube::LeaseApi {
 public:
  // `session` outlives it.
  HttpLeases(Session& session, std::string_view ns, std::string_view name, Duration timeout);

  Result<std::optional<kube::Lease>> Get() override;
  Result<kube::Lease> Create(const kube::Lease& lease) override;
  Result<kube::Lease> Update(const kube::Lease& lease) override;

 private:
  Result<kube::Lease> Write(std::string_view what, Verb verb, net::ClientRequest request);

  Session& session_;
  const std::string name_;
  const std::string collection_;  // path
  const Duration timeout_;
};

// Sets a label of a pod; nullopt removes it. kNotFound: no such pod.
Status PatchPodLabel(Session& session, std::string_view ns, std::string_view pod,
                     std::string_view key, std::optional<std::string_view> value, Duration timeout);

}  // namespace berth::apiclient
