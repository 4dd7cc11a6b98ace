// The operations port's lock: who may read which path.
#include <algorithm>
#include <string>
#include <utility>

#include "answers.h"
#include "berth/server/routes.h"
#include "open_paths.h"

namespace berth::server {
namespace {

constexpr std::string_view kBearer = "bearer ";

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

std::string_view TokenOf(std::string_view authorization) {
  if (Lower(authorization.substr(0, kBearer.size())) != kBearer) {
    return {};
  }
  authorization.remove_prefix(kBearer.size());
  const std::size_t begin = authorization.find_first_not_of(' ');
  return begin == std::string_view::npos ? std::string_view() : authorization.substr(begin);
}

void Unauthorized(net::Response& response, std::string_view message) {
  WriteJson(response, {{"error", {{"code", "unauthenticated"}, {"message", message}}}}, 401);
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
}

// True when the request may go on; else it is answered.
bool Admit(const Authorize& authorize, const net::Request& request, net::Response& response) {
  const std::string_view token = TokenOf(request.authorization);
  if (token.empty()) {
    Unauthorized(response, "a bearer token is needed here");
    return false;
  }
  const std::string verb = Lower(request.method);
  const Result<Access> access = authorize(token, verb, request.path);
  if (!access.ok()) {
    // Whatever kept us from asking, it is no fault of the one who asks.
    WriteError(response, Error{ErrorCode::kUnavailable, access.error().message});
    return false;
  }
  switch (*access) {
    case Access::kAllowed:
      return true;
    case Access::kUnauthenticated:
      Unauthorized(response, "the bearer token is not known");
      return false;
    case Access::kForbidden:
      break;
  }
  WriteError(response, Error{ErrorCode::kPermissionDenied,
                             "not allowed to " + verb + " " + std::string(request.path)});
  return false;
}

}  // namespace

std::vector<net::Route> Protect(std::vector<net::Route> routes, const Authorize& authorize) {
  for (net::Route& route : routes) {
    if (IsOpen(route.path)) {
      continue;
    }
    route.handler = [authorize, inner = std::move(route.handler)](const net::Request& request,
                                                                  net::Response& response) {
      if (Admit(authorize, request, response)) {
        inner(request, response);
      }
    };
  }
  return routes;
}

}  // namespace berth::server
