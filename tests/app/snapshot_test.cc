// GET /api/v1/snapshot, read back as a cluster file: the cluster is the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/base/random.h"
#include "cluster_file.h"
#include "server/operations_fixture.h"
#include "testing/golden.h"

namespace berth::app {
namespace {

using server::Json;

constexpr std::string_view kRack = "example.com/rack";

// A store as serve has it, and its pages.
class World {
 public:
  World() : store_(device::ClassTable::BuiltIn(), {.rack_label = std::string(kRack)}) {}

  state::Store& store() { return store_; }

  void Read(const std::string& text) {
    Result<ClusterFile> file = ParseCluster(text, "snapshot.json");
    ASSERT_TRUE(file.ok()) << file.error().message;
    EXPECT_EQ(file->other, 0U);
    EXPECT_EQ(file->is_snapshot,
              text.starts_with(R"({"apiVersion":"v1","kind":"List","metadata")"));
    store_.BeginNodes();
    for (kube::NodeObject& node : file->nodes) {
      store_.PutNode(std::move(node));
    }
    store_.EndNodes();
    store_.BeginPods();
    for (kube::PodObject& pod : file->pods) {
      if (pod.uid.empty()) {
        pod.uid = pod.ns + "/" + pod.name;
      }
      store_.PutPod(std::move(pod));
    }
    store_.EndPods();
  }

  std::string Page(std::string_view path) const {
    const net::Response response =
        server::Serve(server::OperationsRoutes({.store = store_,
                                                .metrics = metrics_,
                                                .clock = clock_,
                                                .build = {},
                                                .ready_checks = {},
                                                .shutting_down = {},
                                                .readings = {},
                                                .effective_configuration = {},
                                                .delete_pod = {},
                                                .explain = {}}),
                      "GET", path);
    EXPECT_EQ(response.status, 200) << path;
    return response.body;
  }

 private:
  tests::ManualClock clock_{Duration{}};
  state::Store store_;
  observe::Metrics metrics_{{.version = "0.1.0", .revision = "abc1234", .compiler = "g++"}};
};

// One item a line. A file does not tell an assumed pod from a bound one.
std::vector<std::string> Items(const World& world, std::string_view path) {
  constexpr std::string_view kAssumed = R"("assumed")";
  std::vector<std::string> items;
  const Json page = Json::parse(world.Page(path));
  for (const Json& item : page.at("items")) {
    std::string& text = items.emplace_back(item.dump());
    for (std::size_t at = text.find(kAssumed); at != std::string::npos; at = text.find(kAssumed)) {
      text.replace(at, kAssumed.size(), R"("bound")");
    }
  }
  return items;
}

void ExpectTheSamePage(const World& world, const World& again, std::string_view path) {
  const std::vector<std::string> items = Items(world, path);
  const std::vector<std::string> same = Items(again, path);
  ASSERT_EQ(items.size(), same.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    EXPECT_EQ(items[i], same[i]);
  }
}

void ExpectTheSameRoom(const state::Store& store, const state::Store& again) {
  const std::vector<state::NodeView> nodes = store.Nodes("", 5000);
  const std::vector<state::NodeView> same = again.Nodes("", 5000);
  ASSERT_EQ(nodes.size(), same.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    SCOPED_TRACE(nodes[i].facts->name);
    const cluster::NodeRow& row = nodes[i].row;
    const cluster::NodeRow& row_again = same[i].row;
    EXPECT_EQ(*nodes[i].facts, *same[i].facts);
    EXPECT_EQ(row.free_memory, row_again.free_memory);
    EXPECT_EQ(row.free_cores, row_again.free_cores);
    EXPECT_EQ(row.pristine, row_again.pristine);
    EXPECT_EQ(row.usable, row_again.usable);
    EXPECT_EQ(row.overcommitted, row_again.overcommitted);
    ASSERT_EQ(row.class_count, row_again.class_count);
    for (int k = 0; k < row.class_count; ++k) {
      EXPECT_EQ(row.whole(k).free, row_again.whole(k).free);
    }
    EXPECT_EQ(nodes[i].host.cpu, same[i].host.cpu);
    EXPECT_EQ(nodes[i].host.memory, same[i].host.memory);
    EXPECT_EQ(nodes[i].host.pods, same[i].host.pods);
  }
}

void ExpectTheSameRequests(const state::Store& store, const state::Store& again) {
  const std::vector<state::PodView> pods = store.Pods({}, 5000);
  const std::vector<state::PodView> same = again.Pods({}, 5000);
  ASSERT_EQ(pods.size(), same.size());
  for (std::size_t i = 0; i < pods.size(); ++i) {
    SCOPED_TRACE(pods[i].request.name);
    EXPECT_EQ(pods[i].request, same[i].request);
    EXPECT_EQ(pods[i].gated, same[i].gated);
    EXPECT_EQ(pods[i].model_version, same[i].model_version);
  }
}

void ExpectReadBackTheSame(World& world) {
  const std::string snapshot = world.Page("/api/v1/snapshot");
  World again;
  ASSERT_NO_FATAL_FAILURE(again.Read(snapshot));
  ExpectTheSamePage(world, again, "/api/v1/nodes?limit=5000");
  ExpectTheSamePage(world, again, "/api/v1/pods?limit=5000");
  EXPECT_EQ(again.Page("/api/v1/snapshot"), snapshot);
  ExpectTheSameRoom(world.store(), again.store());
  ExpectTheSameRequests(world.store(), again.store());
}

TEST(ExampleSnapshot, IsReadBackToTheSameCluster) {
  World world;
  ASSERT_NO_FATAL_FAILURE(world.Read(tests::ReadText("../examples/cluster.yaml")));
  ExpectReadBackTheSame(world);
}

// --- Clusters made at random, of nodes of every mode and pods in every state.

class MadeCluster {
 public:
  explicit MadeCluster(std::uint64_t seed) : random_(seed) {}

  void Fill(World& world) {
    state::Store& store = world.store();
    store.BeginNodes();
    for (int i = 0; i < kNodes; ++i) {
      store.PutNode(NodeOfAnyKind("node-" + std::to_string(i)));
    }
    store.EndNodes();
    store.BeginPods();
    for (int i = 0; i < kPods; ++i) {
      store.PutPod(PodOfAnyKind("pod-" + std::to_string(i)));
    }
    store.EndPods();
    for (int i = 0; i < kPods; ++i) {
      Dock(store, "uid-of-pod-" + std::to_string(i));
    }
  }

 private:
  static constexpr int kNodes = 24;
  static constexpr int kPods = 120;

  bool Chance(double share) { return random_.Uniform() < share; }
  std::int64_t Between(std::int64_t least, std::int64_t most) {
    return least + random_.Below(static_cast<std::uint32_t>(most - least + 1));
  }
  template <typename T>
  T OneOf(std::initializer_list<T> all) {
    return *(all.begin() + random_.Below(static_cast<std::uint32_t>(all.size())));
  }

  tests::Node WithDevices(const std::string& name) {
    tests::Node node(name);
    const std::string sharing(device::kSharingLabel);
    const std::string devices(device::kDeviceOverride);
    switch (random_.Below(9)) {
      case 0:
        return node.Label(sharing, "native")
            .Label("nvidia.com/gpu.product", "NVIDIA-L40S")
            .Label("nvidia.com/gpu.memory", "46068")
            .Label("nvidia.com/gpu.count", "4");
      case 1:
        return node.Label(sharing, "native")
            .Annotation(devices, R"({"product":"x y","devices":[)"
                                 R"({"id":"GPU-1f2e","memoryMiB":81920},)"
                                 R"({"id":"GPU-77","memoryMiB":40960,"healthy":false},)"
                                 R"({"id":"GPU-78","memoryMiB":40960}]})");
      case 2:
        return node.Label("nvidia.com/gpu.product", "NVIDIA-A100-SXM4-80GB-SHARED")
            .Label("nvidia.com/gpu.memory", "81920")
            .Label("nvidia.com/gpu.count", "2")
            .Label("nvidia.com/gpu.replicas", "4")
            .Has("nvidia.com/gpu", 8);
      case 3:
        return node.Has("nvidia.com/mig-1g.10gb", 7).Has("nvidia.com/mig-3g.40gb", 2);
      case 4:
        return node.Label(sharing, "native").Has("amd.com/gpu", 8);  // mixed
      case 5:
        return node.Label(sharing, "native").Annotation(devices, "{");  // invalid
      case 6:
        return node.Annotation("hami.io/node-nvidia-register", "GPU-1,10,81920");  // foreign
      case 7:
        return node.Label("amd.com/gpu.product-name", "Instinct_MI300X")
            .Label("amd.com/gpu.vram", "192G")
            .Has("amd.com/gpu", 8)
            .Allocatable("amd.com/gpu", 7);
      default:
        return node;
    }
  }

  kube::NodeObject NodeOfAnyKind(const std::string& name) {
    tests::Node made = WithDevices(name).Label("kubernetes.io/hostname", name);
    if (Chance(0.7)) {
      made.Label("topology.kubernetes.io/zone", OneOf({"z1", "z2"}));
      made.Label(std::string(kRack), OneOf({"r1", "r2"}));
    }
    kube::NodeObject node = made.object();
    node.allocatable.cpu = Millicores(Between(4'000, 192'000));
    node.allocatable.memory = Bytes(Between(1, 1 << 30)) * 512;
    node.allocatable.pods = 110;
    node.ready = Chance(0.9);
    node.unschedulable = Chance(0.1);
    node.prefer_no_schedule = Chance(0.1);
    return node;
  }

  void Ask(tests::Pod& pod) {
    switch (random_.Below(6)) {
      case 0:
        pod.Asks("nvidia.com/gpu", Between(1, 4));
        return;
      case 1:
        pod.Asks("nvidia.com/mig-1g.10gb", 1).Asks("nvidia.com/mig-3g.40gb", Between(0, 1));
        return;
      case 2:
        pod.Annotation(std::string(device::kModel), OneOf({"llama", "llama@int8", "@"}));
        return;
      case 3:
        return;  // no devices
      default:
        pod.Asks(std::string(device::kGpuMemory), Between(0, 20'000));
        pod.Asks(std::string(device::kGpuCores), Between(0, 101));  // 0 and 101 are faults
        pod.Asks(std::string(device::kGpuCount), Between(0, 2));
    }
  }

  kube::PodObject PodOfAnyKind(const std::string& name) {
    tests::Pod made(name);
    for (std::int64_t containers = Between(1, 3); containers > 0; --containers) {
      made.Container(OneOf({kube::ContainerKind::kRegular, kube::ContainerKind::kSidecar,
                            kube::ContainerKind::kInit}));
      if (containers == 1 || Chance(0.2)) {
        Ask(made);
      }
    }
    if (Chance(0.2)) {
      made.Annotation(std::string(device::kAccelerators), OneOf({"H100, A100", "", "L40S"}));
    }
    if (Chance(0.2)) {
      made.Annotation(std::string(device::kData), OneOf({"imagenet,c4", ","}));
    }
    kube::PodObject pod = made.object();
    for (kube::Container& container : pod.containers) {
      container.requests.cpu = Millicores(Between(0, 2'000));
      container.requests.memory = Bytes(Between(0, 1 << 30));
    }
    pod.priority = static_cast<std::int32_t>(Between(-5, 5));
    pod.soft_constraints = Chance(0.1);
    pod.gated = Chance(0.1);
    if (Chance(0.2)) {
      pod.node_name = "node-" + std::to_string(Between(0, kNodes + 2));  // some are not there
      if (Chance(0.5)) {
        pod.annotations.emplace_back(device::kAllocation, "{");
      }
    }
    return pod;
  }

  // Through Berth, where there happens to be room; some bindings' outcomes stay unknown.
  void Dock(state::Store& store, const std::string& uid) {
    const auto pod = store.FindPod(uid);
    if (!pod || pod->state != state::AllocationState::kPending ||
        pod->request.fault != cluster::PodFault::kNone || Chance(0.3)) {
      return;
    }
    const auto& share = pod->request.demand.share;
    std::optional<state::ModelTaking> model;
    if (!pod->request.model.empty()) {
      model = {.demand = {.share = cluster::DeviceShare{.memory = 1_GiB, .count = 1}},
               .variant = "int8",
               .version = "3"};
    }
    const int count = pod->request.demand_by_model ? 1 : (share ? share->count : 0);
    auto taken = store.Assume(uid, "node-" + std::to_string(Between(0, kNodes - 1)),
                              cluster::DeviceSet::First(count), model);
    if (!taken.ok()) {
      return;
    }
    if (Chance(0.3)) {
      std::move(*taken).Doubt({});
    } else {
      std::move(*taken).Keep();
    }
  }

  Random random_;
};

class MadeSnapshot : public testing::TestWithParam<int> {};

TEST_P(MadeSnapshot, IsReadBackToTheSameCluster) {
  World world;
  MadeCluster(static_cast<std::uint64_t>(GetParam())).Fill(world);
  ExpectReadBackTheSame(world);
}

INSTANTIATE_TEST_SUITE_P(Seeds, MadeSnapshot, testing::Range(1, 21));

}  // namespace
}  // namespace berth::app
