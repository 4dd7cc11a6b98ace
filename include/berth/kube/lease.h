// A Lease (coordination.k8s.io/v1), as leader election uses it.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "berth/base/clock.h"
#include "berth/base/result.h"

namespace berth::kube {

struct Lease {
  std::string resource_version;
  std::string holder;  // empty: nobody
  std::int32_t duration_seconds = 0;
  std::string acquire_time;  // as written by the holder, by its clock
  std::string renew_time;
  std::int32_t transitions = 0;  // grows by one with each change of the holder

  Duration duration() const { return std::chrono::seconds(duration_seconds); }

  friend auto operator<=>(const Lease&, const Lease&) = default;
};

// `json` is followed by kJsonPadding readable bytes. Keys that are absent are empty or 0.
// kInvalidArgument names the field that is malformed.
Result<Lease> ReadLease(std::string_view json);

// The merge patch that makes a Lease so, if it is still at `resource_version`; where that is empty,
// the object to create.
std::string LeaseJson(std::string_view name, const Lease& lease);

// "2026-11-24T05:20:31.000000Z", the form of metav1.MicroTime.
std::string FormatMicroTime(WallTime time);

// What leader election asks of an API server. Every call returns within the deadline that the
// implementation was made with; reads are quorum reads. Thread-safe.
class LeaseApi {
 public:
  virtual ~LeaseApi() = default;

  virtual Result<std::optional<Lease>> Get() = 0;  // nullopt: there is none
  // As the API server has it then. kConflict, kAlreadyExists: somebody else was faster.
  // kUnknownOutcome: it may have happened.
  virtual Result<Lease> Create(const Lease& lease) = 0;
  virtual Result<Lease> Update(const Lease& lease) = 0;
};

}  // namespace berth::kube
