#include "berth/server/routes.h"

namespace berth::server {
namespace {

using Verb = void (extender::Service::*)(std::string_view body, extender::Answer& answer);

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

}  // namespace

std::vector<net::Route> SchedulerRoutes(extender::Service& service) {
  return {VerbRoute("/filter", service, &extender::Service::Filter),
          VerbRoute("/prioritize", service, &extender::Service::Prioritize),
          VerbRoute("/preempt", service, &extender::Service::Preempt),
          VerbRoute("/bind", service, &extender::Service::Bind)};
}

}  // namespace berth::server
