#include "answer.h"

#include <fmt/format.h>

#include <strings.h>
#include <algorithm>

#include "berth/kube/decoder.h"

namespace berth::apiclient {
namespace {

constexpr std::size_t kMaxQuotedBytes = 200;

bool HasHeader(const net::Headers& headers, const char* name) {
  return std::ranges::any_of(
      headers, [name](const auto& header) { return strcasecmp(header.first.c_str(), name) == 0; });
}

// The message of a metav1.Status, empty when the body is something else. Copied, for the padding
// that the decoder reads over: these are rare.
std::string StatusMessage(std::string_view body) {
  std::string padded;
  padded.reserve(body.size() + kube::kJsonPadding);
  padded = body;
  return kube::Decoder().StatusMessage(padded);
}

// The API server itself turned the request away before it looked at it: it says when to come back,
// in its own words. A proxy's 503 may stand for a connection that broke after the request had gone
// through.
bool SurelyUnprocessed(const net::ClientResponse& answer) {
  return HasHeader(answer.headers, "Retry-After") && !StatusMessage(answer.body).empty();
}

ErrorCode CodeOf(const net::ClientResponse& answer, Effect effect) {
  switch (answer.status) {
    case 401:
    case 403:
      return ErrorCode::kPermissionDenied;
    case 404:
      return ErrorCode::kNotFound;
    case 408:  // a proxy's: how much of the request went on is unknown
      return effect == Effect::kWrite ? ErrorCode::kUnknownOutcome : ErrorCode::kUnavailable;
    case 409:
      return ErrorCode::kConflict;
    case 410:
      return ErrorCode::kExpired;
    case 429:
      return ErrorCode::kUnavailable;
    default:
      break;
  }
  if (answer.status >= 500) {
    const bool unprocessed = answer.status == 503 && SurelyUnprocessed(answer);
    return effect == Effect::kRead || unprocessed ? ErrorCode::kUnavailable
                                                  : ErrorCode::kUnknownOutcome;
  }
  if (answer.status >= 400) {
    return ErrorCode::kInvalidArgument;
  }
  return ErrorCode::kUnavailable;  // 1xx, 3xx: no API server, and nothing was done
}

}  // namespace

std::string AnswerText(std::string_view body) {
  std::string text = StatusMessage(body);
  if (text.empty()) {
    text = body.substr(0, kMaxQuotedBytes);
    std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, ' ');
  }
  return text.empty() ? "no text" : text;
}

Status CheckAnswer(std::string_view what, const net::ClientResponse& answer, Effect effect) {
  if (answer.status >= 200 && answer.status < 300) {
    return {};
  }
  return Error{CodeOf(answer, effect), fmt::format("{}: the API server answers {}: {}", what,
                                                   answer.status, AnswerText(answer.body))};
}

Error TransportError(std::string_view what, const Error& error, Effect effect) {
  ErrorCode code = error.code;
  if (code == ErrorCode::kResourceExhausted && effect == Effect::kWrite) {
    code = ErrorCode::kUnknownOutcome;  // it was answered, only not to us
  }
  if (code == ErrorCode::kUnknownOutcome && effect == Effect::kRead) {
    code = ErrorCode::kUnavailable;
  }
  return {code, fmt::format("{}: {}", what, error.message)};
}

}  // namespace berth::apiclient
