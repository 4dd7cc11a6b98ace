#include "answers.h"

#include <utility>

namespace berth::server {
namespace {

int HttpStatus(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return 400;
    case ErrorCode::kPermissionDenied:
      return 403;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kConflict:
      return 409;
    case ErrorCode::kExpired:
      return 410;
    case ErrorCode::kResourceExhausted:
      return 429;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kUnknownOutcome:
      return 504;
    case ErrorCode::kInternal:
      break;
  }
  return 500;
}

}  // namespace

void WriteJson(net::Response& response, const Json& value, int status) {
  response.status = status;
  response.content_type = "application/json";
  response.body = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  response.body += '\n';
}

void WriteText(net::Response& response, std::string text, int status) {
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(text);
}

void WriteError(net::Response& response, const Error& error) {
  WriteJson(response, {{"error", {{"code", Name(error.code)}, {"message", error.message}}}},
            HttpStatus(error.code));
}

}  // namespace berth::server
