#include "berth/server/routes.h"

namespace berth::server {
namespace {

using Verb = void (extender::Service::*)(std::string_view body, extender::Answer& answer);
using VerbOfClient = void (extender::Service::*)(std::string_view body, extender::Answer& answer,
                                                 std::string_view client);

// Its certificate's name; of those that show none, where they are.
std::string_view ClientOf(const net::Request& request) {
  if (!request.client_name.empty()) {
    return request.client_name;
  }
  const std::string_view host = request.peer.substr(0, request.peer.rfind(':'));
  return host.starts_with("127.") || host == "[::1]" ? "loopback" : host;
}

net::Route VerbRoute(std::string path, extender::Service& service, Verb verb) {
  return {.method = "POST",
          .path = std::move(path),
          .handler = [&service, verb](const net::Request& request, net::Response& response) {
            response.body.clear();  // keeps its capacity
            extender::Answer answer{.status = 200, .body = response.body};
            (service.*verb)(request.body, answer);
            response.status = answer.status;
          }};
}

net::Route LoggedVerbRoute(std::string path, extender::Service& service, VerbOfClient verb) {
  return {.method = "POST",
          .path = std::move(path),
          .handler = [&service, verb](const net::Request& request, net::Response& response) {
            response.body.clear();  // keeps its capacity
            extender::Answer answer{.status = 200, .body = response.body};
            (service.*verb)(request.body, answer, ClientOf(request));
            response.status = answer.status;
          }};
}

}  // namespace

std::vector<net::Route> SchedulerRoutes(extender::Service& service) {
  return {LoggedVerbRoute("/filter", service, &extender::Service::Filter),
          VerbRoute("/prioritize", service, &extender::Service::Prioritize),
          VerbRoute("/preempt", service, &extender::Service::Preempt),
          LoggedVerbRoute("/bind", service, &extender::Service::Bind)};
}

}  // namespace berth::server
