// An operations port over a store that holds one node of each kind, without a socket.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "berth/device/read.h"
#include "berth/server/routes.h"
#include "testing/manual_clock.h"
#include "testing/objects.h"

namespace berth::server {

using Json = nlohmann::ordered_json;

// As net::Server finds and calls it: an exact path before one that ends in "/*". Status 0: no
// route.
inline net::Response Serve(const std::vector<net::Route>& routes, std::string_view method,
                           std::string_view target, std::string_view body = {}) {
  const std::size_t mark = target.find('?');
  const std::string_view path = target.substr(0, mark);
  const net::Request request{
      .method = method,
      .path = path,
      .query = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1),
      .body = body,
      .authorization = {},
      .peer = "127.0.0.1:1"};
  net::Response response;
  const net::Route* found = nullptr;
  for (const net::Route& route : routes) {
    const bool below =
        route.path.ends_with("/*") && path.starts_with(route.path.substr(0, route.path.size() - 1));
    if (route.method == method && (route.path == path || (below && found == nullptr))) {
      found = &route;
    }
  }
  response.status = 0;
  if (found != nullptr) {
    response.status = 200;
    found->handler(request, response);
  }
  return response;
}

class OperationsTest : public ::testing::Test {
 protected:
  OperationsTest() : store_(device::ClassTable::BuiltIn(), {.rack_label = "example.com/rack"}) {}

  static kube::NodeObject SharedNode(const std::string& name) {
    return tests::Node(name)
        .Label(std::string(device::kSharingLabel), "native")
        .Label("topology.kubernetes.io/zone", "eu-1a")
        .Annotation(std::string(device::kDeviceOverride),
                    R"({"product":"NVIDIA-A100-SXM4-80GB","count":2,"memoryMiB":81920})")
        .object();
  }
  static kube::NodeObject WholeNode(const std::string& name) {
    return tests::Node(name)
        .Label("nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3")
        .Label("nvidia.com/gpu.memory", "81559")
        .Has("nvidia.com/gpu", 8)
        .object();
  }
  static kube::PodObject SharePod(const std::string& name, std::int64_t memory_mib,
                                  std::int64_t cores_percent) {
    return tests::Pod(name)
        .Asks(std::string(device::kGpuMemory), memory_mib)
        .Asks(std::string(device::kGpuCores), cores_percent)
        .object();
  }
  static kube::PodObject WholePod(const std::string& name, std::int64_t devices) {
    return tests::Pod(name).Asks("nvidia.com/gpu", devices).object();
  }

  // As the API server shows a pod that Berth bound.
  kube::PodObject Bound(kube::PodObject pod, const std::string& node, cluster::DeviceSet devices) {
    const cluster::SnapshotPtr snapshot = store_.snapshot();
    pod.annotations =
        device::WriteRecord(device::ReadPod(pod, store_.classes()),
                            *snapshot->facts(*snapshot->Find(node)), devices, store_.classes());
    pod.node_name = node;
    return pod;
  }

  void List(std::vector<kube::NodeObject> nodes) {
    store_.BeginNodes();
    for (kube::NodeObject& node : nodes) {
      node.ready = true;
      node.allocatable.pods = 110;
      store_.PutNode(std::move(node));
    }
    store_.EndNodes();
    store_.BeginPods();
    store_.EndPods();
  }

  Operations MakeOperations() {
    return {.store = store_,
            .metrics = metrics_,
            .clock = clock_,
            .build = {.version = "0.1.0", .revision = "abc1234", .compiler = "g++ 12.2.0"},
            .ready_checks = {},
            .shutting_down = {},
            .readings = {},
            .effective_configuration = [] { return std::string("kind: BerthConfiguration\n"); },
            .delete_pod = {},
            .explain = {}};
  }

  net::Response Get(std::string_view target) {
    return Serve(OperationsRoutes(MakeOperations()), "GET", target);
  }
  Json GetJson(std::string_view target) { return Json::parse(Get(target).body); }

  tests::ManualClock clock_{Duration{}};
  state::Store store_;
  observe::Metrics metrics_{{.version = "0.1.0", .revision = "abc1234", .compiler = "g++"}};
};

}  // namespace berth::server
