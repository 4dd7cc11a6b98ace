// Which handler serves a method and path.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "berth/base/result.h"
#include "berth/net/server.h"

namespace berth::net {

// Immutable, thread-safe. Exact paths win over "/below/*", longer ones of these over shorter.
class Router {
 public:
  // kInvalidArgument: a path without '/', a stray '*', the same method and path twice, no handler.
  static Result<Router> Create(std::vector<Route> routes);

  struct Match {
    const Handler* handler = nullptr;  // null: see below
    bool path_known = false;           // 405 rather than 404
    std::string allow;                 // then: the methods that would do
  };
  // HEAD is served by GET.
  Match Find(std::string_view method, std::string_view path) const;

 private:
  explicit Router(std::vector<Route> routes) : routes_(std::move(routes)) {}

  std::vector<Route> routes_;  // the order of preference
};

}  // namespace berth::net
