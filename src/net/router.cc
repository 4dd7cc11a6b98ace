#include "router.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace berth::net {
namespace {

bool IsPrefix(const Route& route) { return route.path.ends_with("/*"); }

bool Covers(const Route& route, std::string_view path) {
  if (!IsPrefix(route)) {
    return path == route.path;
  }
  const std::string_view below = std::string_view(route.path).substr(0, route.path.size() - 1);
  return path.starts_with(below) && (path.size() > below.size() || below == "/");
}

Status Validate(const Route& route) {
  const std::string name = route.method + " " + route.path;
  const auto star = route.path.find('*');
  if (!route.path.starts_with('/') || route.method.empty()) {
    return InvalidArgument("route '" + name + "': expected a method and a path that starts with /");
  }
  if (star != std::string::npos && (star + 1 != route.path.size() || !IsPrefix(route))) {
    return InvalidArgument("route '" + name + "': * may only stand alone after the last /");
  }
  if (!route.handler) {
    return InvalidArgument("route '" + name + "' has no handler");
  }
  return {};
}

}  // namespace

Result<Router> Router::Create(std::vector<Route> routes) {
  for (const Route& route : routes) {
    BERTH_RETURN_IF_ERROR(Validate(route));
  }
  // Routes of the same path stand together: Find ends with the first path that covers.
  std::ranges::sort(routes, {}, [](const Route& route) {
    return std::tuple(IsPrefix(route), -static_cast<std::ptrdiff_t>(route.path.size()),
                      std::string_view(route.path), std::string_view(route.method));
  });
  for (std::size_t i = 0; i < routes.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (routes[i].method == routes[j].method && routes[i].path == routes[j].path) {
        return InvalidArgument("route '" + routes[i].method + " " + routes[i].path +
                               "' is given twice");
      }
    }
  }
  return Router(std::move(routes));
}

Router::Match Router::Find(std::string_view method, std::string_view path) const {
  const std::string_view served = method == "HEAD" ? "GET" : method;
  Match match;
  std::string_view known;  // the best route's path; a lesser one does not serve its other methods
  for (const Route& route : routes_) {
    if (!known.empty() && route.path != known) {
      break;
    }
    if (!Covers(route, path)) {
      continue;
    }
    known = route.path;
    match.path_known = true;
    if (route.method == served) {
      match.handler = &route.handler;
      return match;
    }
    match.allow += (match.allow.empty() ? "" : ", ") + route.method;
  }
  return match;
}

}  // namespace berth::net
