#include <memory>
#include <utility>

#include "answers.h"
#include "berth/server/routes.h"
#include "cluster_pages.h"
#include "explain_page.h"
#include "health.h"
#include "models_page.h"
#include "openapi.h"
#include "query.h"
#include "resources_page.h"
#include "snapshot_page.h"
#include "statusz.h"

namespace berth::server {
namespace {

constexpr std::string_view kExposition = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::string_view kPodsPath = "/api/v1/pods/";

// What all handlers share; they may outlive the call that made them.
struct Port {
  Operations operations;
  Instant started;
};
using PortPtr = std::shared_ptr<const Port>;

void Answer(net::Response& response, const Result<Json>& result) {
  if (result.ok()) {
    WriteJson(response, result.value());
  } else {
    WriteError(response, result.error());
  }
}

struct PodName {
  std::string ns;
  std::string name;
};

Result<PodName> ParsePodPath(std::string_view path) {
  auto segments = SegmentsBelow(path, kPodsPath);
  if (!segments || segments->size() != 2) {
    return Error{ErrorCode::kNotFound, "expected " + std::string(kPodsPath) + "{namespace}/{name}"};
  }
  return PodName{.ns = std::move((*segments)[0]), .name = std::move((*segments)[1])};
}

Result<Json> ShowPod(const Operations& operations, std::string_view path) {
  BERTH_ASSIGN_OR_RETURN(const PodName pod, ParsePodPath(path));
  return OnePod(operations.store, pod.ns, pod.name);
}

// ?limit= nodes of each kind (20), ?output=json or table.
Status Explain(const Operations& operations, const net::Request& request, net::Response& response) {
  auto segments = SegmentsBelow(request.path, kPodsPath);
  if (!segments || segments->size() != 3 || (*segments)[2] != "explain") {
    return Error{ErrorCode::kNotFound,
                 "expected " + std::string(kPodsPath) + "{namespace}/{name}/explain"};
  }
  BERTH_ASSIGN_OR_RETURN(const ExplainQuery query, ParseExplainQuery(request.query));
  BERTH_ASSIGN_OR_RETURN(const extender::Explanation explanation,
                         operations.explain((*segments)[0], (*segments)[1], query.limit));
  if (query.table) {
    WriteText(response, ExplanationText(explanation));
  } else {
    WriteJson(response, ExplanationJson(explanation));
  }
  return {};
}

void Snapshot(const state::Store& store, net::Response& response) {
  Result<std::string> page = SnapshotPage(store);
  if (!page.ok()) {
    WriteError(response, page.error());
    return;
  }
  response.content_type = "application/json";
  response.body = *std::move(page);
}

Result<Json> DeletePod(const Operations& operations, std::string_view path) {
  BERTH_ASSIGN_OR_RETURN(const PodName pod, ParsePodPath(path));
  BERTH_RETURN_IF_ERROR(operations.delete_pod(pod.ns, pod.name));
  return Json{{"namespace", pod.ns}, {"name", pod.name}, {"deleted", true}};
}

net::Route Get(std::string path, net::Handler handler) {
  return {.method = "GET", .path = std::move(path), .handler = std::move(handler)};
}

std::vector<net::Route> HealthRoutes(const PortPtr& port) {
  return {
      Get("/livez", [](const net::Request&, net::Response& response) { Livez(response); }),
      Get("/readyz",
          [port](const net::Request& request, net::Response& response) {
            Readyz(port->operations, request.query, response);
          }),
  };
}

std::vector<net::Route> PageRoutes(const PortPtr& port) {
  return {
      Get("/metrics",
          [port](const net::Request&, net::Response& response) {
            WriteText(response, port->operations.metrics.Render(port->operations.clock.WallNow()));
            response.content_type = kExposition;
          }),
      Get("/metrics/resources",
          [port](const net::Request&, net::Response& response) {
            WriteText(response, ResourcesPage(*port->operations.store.snapshot(),
                                              port->operations.per_device_metrics));
            response.content_type = kExposition;
          }),
      Get("/statusz",
          [port](const net::Request&, net::Response& response) {
            WriteText(response,
                      StatusPage(port->operations, port->operations.clock.Now() - port->started));
          }),
      Get("/configz",
          [port](const net::Request&, net::Response& response) {
            WriteText(response, port->operations.effective_configuration());
            response.content_type = "application/yaml";
          }),
      Get("/openapi.json",
          [](const net::Request&, net::Response& response) {
            response.content_type = "application/json";
            response.body = OpenApi();
          }),
  };
}

std::vector<net::Route> ApiRoutes(const PortPtr& port) {
  const std::string one_pod = std::string(kPodsPath) + "*";
  std::vector<net::Route> routes = {
      Get("/api/v1/nodes",
          [port](const net::Request& request, net::Response& response) {
            Answer(response, NodesPage(port->operations.store, request.query));
          }),
      Get("/api/v1/pods",
          [port](const net::Request& request, net::Response& response) {
            Answer(response, PodsPage(port->operations.store, request.query));
          }),
      Get(one_pod,
          [port](const net::Request& request, net::Response& response) {
            if (!request.path.ends_with("/explain")) {
              Answer(response, ShowPod(port->operations, request.path));
            } else if (const Status said = Explain(port->operations, request, response);
                       !said.ok()) {
              WriteError(response, said.error());
            }
          }),
      Get("/api/v1/snapshot",
          [port](const net::Request&, net::Response& response) {
            Snapshot(port->operations.store, response);
          }),
      Get("/api/v1/models",
          [port](const net::Request&, net::Response& response) {
            WriteJson(response, ModelsPage(port->operations.store));
          }),
  };
  if (port->operations.delete_pod) {
    routes.push_back({.method = "DELETE",
                      .path = one_pod,
                      .handler = [port](const net::Request& request, net::Response& response) {
                        Answer(response, DeletePod(port->operations, request.path));
                      }});
  }
  return routes;
}

}  // namespace

std::vector<net::Route> OperationsRoutes(Operations operations) {
  const Instant started = operations.clock.Now();
  const auto port = std::make_shared<const Port>(std::move(operations), started);
  std::vector<net::Route> routes = HealthRoutes(port);
  for (auto more : {PageRoutes(port), ApiRoutes(port)}) {
    std::ranges::move(more, std::back_inserter(routes));
  }
  return routes;
}

}  // namespace berth::server
