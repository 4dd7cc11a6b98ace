#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "operations_fixture.h"
#include "testing/golden.h"

namespace berth::server {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// --- Health.

class HealthTest : public OperationsTest {
 protected:
  HealthTest() : operations_(MakeOperations()) {
    operations_.ready_checks = {{"nodes", [this] { return nodes_; }},
                                {"pods", [this] { return pods_; }}};
    operations_.shutting_down = [this] { return shutting_down_; };
  }

  net::Response Probe(std::string_view target) {
    return Serve(OperationsRoutes(operations_), "GET", target);
  }

  std::optional<std::string> nodes_;
  std::optional<std::string> pods_;
  bool shutting_down_ = false;
  Operations operations_;
};

TEST_F(HealthTest, ReadyIsOk) {
  EXPECT_EQ(Probe("/readyz").status, 200);
  EXPECT_EQ(Probe("/readyz").body, "ok");
}

TEST_F(HealthTest, NotReadySaysWhatItWaitsFor) {
  pods_ = "the first list of pods";
  EXPECT_EQ(Probe("/readyz").status, 503);
  EXPECT_EQ(Probe("/readyz").body, "[-]pods: the first list of pods\nnot ready\n");
}

TEST_F(HealthTest, VerboseListsEveryCheck) {
  EXPECT_EQ(Probe("/readyz?verbose").body, "[+]nodes ok\n[+]pods ok\n[+]shutdown ok\nready\n");
  nodes_ = "the first list of nodes";
  EXPECT_EQ(Probe("/readyz?verbose=true").status, 503);
  EXPECT_EQ(Probe("/readyz?verbose=true").body,
            "[-]nodes: the first list of nodes\n[+]pods ok\n[+]shutdown ok\nnot ready\n");
}

TEST_F(HealthTest, ShuttingDownIsAliveButNotReady) {
  shutting_down_ = true;
  EXPECT_EQ(Probe("/readyz").status, 503);
  EXPECT_THAT(Probe("/readyz").body, HasSubstr("shutting down"));
  EXPECT_EQ(Probe("/livez").status, 200);
}

TEST_F(HealthTest, AliveWhateverItWaitsFor) {
  nodes_ = "the first list of nodes";
  EXPECT_EQ(Probe("/livez").status, 200);
  EXPECT_EQ(Probe("/livez").body, "ok");
}

// --- Pages.

TEST_F(OperationsTest, MetricsAreTheExposition) {
  metrics_.CountPlacement(observe::PlacementOutcome::kBound);
  const net::Response page = Get("/metrics");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(page.body, HasSubstr("\nberth_placements_total{outcome=\"bound\"} 1\n"));
}

TEST_F(OperationsTest, ConfigzIsTheEffectiveConfiguration) {
  const net::Response page = Get("/configz");
  EXPECT_EQ(page.content_type, "application/yaml");
  EXPECT_EQ(page.body, "kind: BerthConfiguration\n");
}

TEST_F(OperationsTest, StatuszLinesUp) {
  List({SharedNode("gpu-a-1"), WholeNode("gpu-b-1")});
  store_.PutPod(SharePod("waits", 8192, 10));
  Operations operations = MakeOperations();
  operations.ready_checks = {{"pods", [] { return std::optional<std::string>("their list"); }}};
  operations.readings = [this] {
    observe::Readings readings;
    readings.certificates = {
        {.use = "scheduler",
         .path = "/tls/tls.crt",
         .not_after = WallTime(std::chrono::seconds(1'800'000'000)),
         .loaded_at = WallTime(std::chrono::seconds(1'790'000'000)),
         .error = "/tls/tls.crt, /tls/tls.key: server key: key values mismatch"}};
    readings.record_keys = {.path = "/etc/berth/records/keys",
                            .ids = {"k2", "k1"},
                            .loaded_at = WallTime(std::chrono::seconds(1'790'000'000)),
                            .error = "/etc/berth/records/keys: line 3: expected id:base64"};
    readings.catalog = {.path = "/etc/berth/catalog.yaml",
                        .revision = "fnv:0123456789abcdef",
                        .models = 6,
                        .loaded_at = clock_.WallNow(),
                        .error =
                            "/etc/berth/catalog.yaml:3:1: models: is missing\n"
                            "/etc/berth/catalog.yaml:9:1: unknown key \"model\""};
    readings.configuration = {.path = "/etc/berth/berth.yaml",
                              .hash = "5feceb66",
                              .loaded_at = clock_.WallNow(),
                              .waiting = {"scheduler.listen", "nodeClasses"},
                              .error = "/etc/berth/berth.yaml:3:1: log: is no mapping"};
    readings.nodes = {
        .synced = true, .objects = 2, .since_last_event = seconds(31), .restarts = {1, 0, 2, 0}};
    readings.pods = {.synced = false, .objects = 51234, .since_last_event = {}, .restarts = {}};
    return readings;
  };
  const auto routes = OperationsRoutes(operations);
  clock_.Advance(hours(26) + minutes(3) + seconds(4));
  EXPECT_TRUE(
      tests::MatchesGolden(Serve(routes, "GET", "/statusz").body, "golden/server/statusz.txt"));
}

TEST_F(OperationsTest, StatusTellsWhatPodsUsuallyAskFor) {
  std::vector<kube::NodeObject> nodes = {SharedNode("gpu-a-1"), WholeNode("gpu-b-1")};
  for (kube::NodeObject& node : nodes) {
    node.allocatable.cpu = Millicores(96'000);
  }
  List(std::move(nodes));
  kube::PodObject share = SharePod("llm-0", 24576, 30);
  share.annotations.emplace_back("berth.dev/accelerators", "H100,A100");
  share.containers.front().requests.cpu = Millicores(3600);
  kube::PodObject whole = WholePod("train-0", 2);
  whole.containers.front().requests.cpu = Millicores(24'000);
  for (kube::PodObject& pod : std::vector{share, whole}) {
    pod.node_name = pod.name == "llm-0" ? "gpu-a-1" : "gpu-b-1";
    store_.PutPod(pod);
  }
  EXPECT_THAT(
      Get("/statusz").body,
      testing::HasSubstr("Demand         of 2 pods, 2 classes, 12.0 CPU beside a device\n"
                         "               50.0 %: 1 x (24576 MiB, 30 %), 3.6 CPU, on h100 or a100\n"
                         "               50.0 %: 2 whole, 24.0 CPU\n"));
}

TEST_F(OperationsTest, StatusTellsWhatIsConfiguredOfWhatPodsAskFor) {
  List({SharedNode("gpu-a-1")});
  const cluster::PodClass half{.demand = {.share = cluster::DeviceShare{.memory = MiB(24576)}},
                               .accelerators = {},
                               .cpu = Millicores(1000)};
  store_.SetTypicalPods({.learn = false, .pods = {{.pods = half, .count = 20}}});
  EXPECT_THAT(Get("/statusz").body,
              testing::HasSubstr("Demand         of 20 pods (configured), 1 classes, "));
  store_.SetTypicalPods({.pods = {{.pods = half, .count = 2}}});
  kube::PodObject share = SharePod("llm-0", 24576, 30);
  share.node_name = "gpu-a-1";
  store_.PutPod(share);
  EXPECT_THAT(Get("/statusz").body,
              testing::HasSubstr("Demand         of 3 pods (2 configured, 1 learnt), 2 classes, "));
}

// --- Removing pods.

TEST_F(OperationsTest, DeleteHasNoRouteOutsideTheEmbeddedCluster) {
  EXPECT_EQ(Serve(OperationsRoutes(MakeOperations()), "DELETE", "/api/v1/pods/ml/llm-0").status, 0);
}

TEST_F(OperationsTest, DeleteRemovesThePodThatThePathNames) {
  std::vector<std::string> deleted;
  Operations operations = MakeOperations();
  operations.delete_pod = [&deleted](std::string_view ns, std::string_view name) -> Status {
    if (name != "llm-0") {
      return Error{ErrorCode::kNotFound, "no such pod"};
    }
    deleted.push_back(std::string(ns) + "/" + std::string(name));
    return {};
  };
  const auto routes = OperationsRoutes(operations);
  const net::Response gone = Serve(routes, "DELETE", "/api/v1/pods/ml/llm-0");
  EXPECT_EQ(gone.status, 200);
  EXPECT_EQ(gone.body, "{\"namespace\":\"ml\",\"name\":\"llm-0\",\"deleted\":true}\n");
  EXPECT_THAT(deleted, ::testing::ElementsAre("ml/llm-0"));

  const net::Response missing = Serve(routes, "DELETE", "/api/v1/pods/ml/other");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.body, "{\"error\":{\"code\":\"not_found\",\"message\":\"no such pod\"}}\n");
  EXPECT_EQ(Serve(routes, "DELETE", "/api/v1/pods/ml").status, 404);
}

// --- The description.

std::string Lower(std::string text) {
  for (char& c : text) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

// "GET /api/v1/pods/*" of the routes is "get /api/v1/pods/{namespace}/{name}" of the description.
std::set<std::string> Described(const std::vector<net::Route>& routes) {
  std::set<std::string> names;
  for (const net::Route& route : routes) {
    std::string path = route.path;
    if (path.ends_with("/*")) {
      path.replace(path.size() - 1, 1, "{namespace}/{name}");
      if (route.method == "GET") {  // the same handler
        names.insert("get " + path + "/explain");
      }
    }
    names.insert(Lower(route.method) + " " + path);
  }
  return names;
}

TEST_F(OperationsTest, OpenApiDescribesExactlyTheRoutes) {
  Operations operations = MakeOperations();
  operations.delete_pod = [](std::string_view, std::string_view) { return Status{}; };
  std::set<std::string> served = Described(OperationsRoutes(operations));
  for (const char* verb : {"filter", "prioritize", "preempt", "bind"}) {
    served.insert(std::string("post /") + verb);
  }
  std::set<std::string> described;
  const Json document = GetJson("/openapi.json");
  for (const auto& [path, item] : document.at("paths").items()) {
    for (const auto& [method, operation] : item.items()) {
      if (method != "parameters") {
        described.insert(method + " " + path);
        EXPECT_TRUE(operation.contains("operationId")) << method << " " << path;
        EXPECT_TRUE(operation.at("responses").contains("200")) << method << " " << path;
      }
    }
  }
  EXPECT_EQ(described, served);
}

void CollectReferences(const Json& value, std::set<std::string>& references) {
  if (value.is_object() && value.contains("$ref")) {
    references.insert(value.at("$ref"));
  }
  if (value.is_structured()) {
    for (const Json& part : value) {
      CollectReferences(part, references);
    }
  }
}

TEST_F(OperationsTest, OpenApiReferencesLeadSomewhere) {
  const Json document = GetJson("/openapi.json");
  std::set<std::string> references;
  CollectReferences(document, references);
  ASSERT_FALSE(references.empty());
  for (const std::string& reference : references) {
    ASSERT_THAT(reference, StartsWith("#/"));
    EXPECT_TRUE(document.contains(Json::json_pointer(reference.substr(1)))) << reference;
  }
}

// A field that an answer shows is a field that the description names.
TEST_F(OperationsTest, OpenApiNamesEveryFieldOfTheGoldenNodes) {
  const Json schemas = GetJson("/openapi.json").at("components").at("schemas");
  const Json page = Json::parse(tests::ReadText("golden/server/nodes.json"));
  for (const Json& node : page.at("items")) {
    for (const auto& [field, value] : node.items()) {
      EXPECT_TRUE(schemas.at("Node").at("properties").contains(field)) << field;
    }
    for (const Json& device : node.value("devices", Json::array())) {
      for (const auto& [field, value] : device.items()) {
        EXPECT_TRUE(schemas.at("Device").at("properties").contains(field)) << field;
      }
    }
  }
}

}  // namespace
}  // namespace berth::server
