// Errors as values. "Does not fit" is not an error (see core::Verdict); these are for what went
// wrong.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "berth/base/check.h"

namespace berth {

// Closed list, stable like an API. The text of an Error is for people and says where, what was
// found and what was expected.
enum class ErrorCode {
  kInvalidArgument,  // the caller's input is wrong; the same call will fail again
  kNotFound,
  kAlreadyExists,
  kConflict,  // the world moved on: uid, version or capacity differ; ask again with fresh state
  kPermissionDenied,   // 401, 403
  kResourceExhausted,  // a limit of ours: size, depth, count, connections
  kUnavailable,  // the other side was not reached or refused before doing anything; safe to repeat
  kUnknownOutcome,  // sent, but no answer: the effect may or may not have happened
  kExpired,         // a resource version that the API server no longer has (410 Gone)
  kInternal,
};

std::string_view Name(ErrorCode code);  // "invalid_argument", ...

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

// A value or the Error that took its place. Move-friendly, never empty.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  const T& value() const& {
    BERTH_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  T& value() & {
    BERTH_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    BERTH_CHECK(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  const Error& error() const {
    BERTH_CHECK(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

// Success, or an Error.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    BERTH_CHECK(!ok());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

inline Error InvalidArgument(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

}  // namespace berth

#define BERTH_CONCAT_INNER(a, b) a##b
#define BERTH_CONCAT(a, b) BERTH_CONCAT_INNER(a, b)

// Returns the Error of `expression` (a Status or Result) from the enclosing function.
#define BERTH_RETURN_IF_ERROR(expression)                       \
  do {                                                          \
    if (auto berth_status = (expression); !berth_status.ok()) { \
      return berth_status.error();                              \
    }                                                           \
  } while (false)

// BERTH_ASSIGN_OR_RETURN(auto x, Compute());
#define BERTH_ASSIGN_OR_RETURN(lhs, expression) \
  BERTH_ASSIGN_OR_RETURN_IMPL(BERTH_CONCAT(berth_result_, __LINE__), lhs, expression)
#define BERTH_ASSIGN_OR_RETURN_IMPL(result, lhs, expression) \
  auto result = (expression);                                \
  if (!result.ok()) {                                        \
    return result.error();                                   \
  }                                                          \
  lhs = std::move(result).value()
