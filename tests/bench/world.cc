#include "world.h"

#include <fmt/format.h>

#include <chrono>
#include <iterator>
#include <random>
#include <string_view>
#include <utility>

#include "berth/device/read.h"
#include "berth/kube/decoder.h"

namespace berth::bench {
namespace {

constexpr int kMemoryPerDevice = 81920;  // MiB

bool IsShared(int node) { return node % 5 != 4; }

std::string Uid(char kind, int number) {
  return fmt::format("{:08x}-5eed-4{}00-8000-{:012x}", number * 2654435761U, kind, number);
}

// The record of who wrote which field last: half of an object's bytes, none of them wanted.
std::string ManagedFields(std::string_view manager, int fields) {
  std::string text = fmt::format(
      R"([{{"manager":"{}","operation":"Update","apiVersion":"v1","time":"2026-11-23T22:04:08Z","fieldsType":"FieldsV1","fieldsV1":{{"f:metadata":{{"f:labels":{{".":{{}})",
      manager);
  for (int i = 0; i < fields; ++i) {
    fmt::format_to(std::back_inserter(text),
                   R"(,"f:feature.node.kubernetes.io/cpu-cpuid.{}{:03}":{{}})",
                   manager.substr(0, 4), i);
  }
  text +=
      R"(}},"f:spec":{"f:containers":{"k:{\"name\":\"main\"}":{".":{},"f:image":{},"f:resources":{}}}}}}])";
  return text;
}

std::string Padded(std::string text) {
  text.reserve(text.size() + kube::kJsonPadding);
  return text;
}

// A pod that holds a part of `count` devices from `first` on, as if bound by an earlier Berth.
kube::PodObject HoldingPod(int number, const kube::NodeObject& node, int first, int count,
                           std::int64_t memory, const device::ClassTable& classes) {
  kube::PodObject pod;
  pod.ns = "ml";
  pod.name = fmt::format("llm-{}", number);
  pod.uid = Uid('1', number);
  pod.phase = kube::PodPhase::kRunning;
  kube::Container container{.name = "main"};
  container.requests.cpu = Millicores(2000);
  container.requests.memory = ToBytes(8_GiB);
  container.requests.extended = {{std::string(device::kGpuMemory), memory},
                                 {std::string(device::kGpuCores), 20},
                                 {std::string(device::kGpuCount), count}};
  pod.containers.push_back(std::move(container));
  cluster::DeviceSet devices;
  for (int d = 0; d < count; ++d) {
    devices.Add((first + d) % kDevicesPerNode);
  }
  pod.annotations = device::WriteRecord(device::ReadPod(pod, classes),
                                        device::ReadNode(node, classes), devices, classes);
  pod.node_name = node.name;
  return pod;
}

std::string List(std::string_view kind, std::string_view continue_token, const std::string& items) {
  return Padded(fmt::format(
      R"({{"kind":"{}","apiVersion":"v1","metadata":{{"resourceVersion":"1000000","continue":"{}"}},"items":[{}]}})",
      kind, continue_token, items));
}

}  // namespace

std::string NodeName(int node) {
  return fmt::format("ip-010-{:03}-{:03}.us-west-2.compute.internal", node / 250, node % 250);
}

std::string NodeJson(int node) {
  const std::string name = NodeName(node);
  const std::string_view product =
      IsShared(node) ? "NVIDIA-A100-SXM4-80GB" : "NVIDIA-H100-80GB-HBM3";
  std::string json = fmt::format(
      R"({{"metadata":{{"name":"{0}","uid":"{1}","resourceVersion":"{2}","creationTimestamp":"2026-11-01T08:00:00Z","labels":{{)"
      R"("beta.kubernetes.io/arch":"amd64","beta.kubernetes.io/instance-type":"p4de.24xlarge","beta.kubernetes.io/os":"linux",)"
      R"("kubernetes.io/arch":"amd64","kubernetes.io/hostname":"{0}","kubernetes.io/os":"linux","node.kubernetes.io/instance-type":"p4de.24xlarge",)"
      R"("topology.kubernetes.io/region":"us-west-2","topology.kubernetes.io/zone":"us-west-2{3}","nvidia.com/cuda.driver.major":"580",)"
      R"("nvidia.com/cuda.driver.minor":"65","nvidia.com/gfd.timestamp":"1795497631","nvidia.com/gpu.compute.major":"8","nvidia.com/gpu.count":"{5}",)"
      R"("nvidia.com/gpu.family":"ampere","nvidia.com/gpu.machine":"p4de.24xlarge","nvidia.com/gpu.memory":"{6}","nvidia.com/gpu.present":"true",)"
      R"("nvidia.com/gpu.product":"{4}","nvidia.com/gpu.replicas":"1","nvidia.com/mig.capable":"true","nvidia.com/mig.strategy":"single"{7}}},)"
      R"("annotations":{{"csi.volume.kubernetes.io/nodeid":"{{\"ebs.csi.aws.com\":\"i-0{1}\"}}","node.alpha.kubernetes.io/ttl":"0","volumes.kubernetes.io/controller-managed-attach-detach":"true"}},)"
      R"("managedFields":{8}}},"spec":{{"podCIDR":"10.{9}.0.0/24","providerID":"aws:///us-west-2a/i-0{1}"}},"status":{{)",
      name, Uid('0', node), 100000 + node, static_cast<char>('a' + node % 3), product,
      kDevicesPerNode, kMemoryPerDevice, IsShared(node) ? R"(,"berth.dev/sharing":"native")" : "",
      ManagedFields("kubelet", 70), node % 250);
  const std::string devices =
      IsShared(node) ? "" : fmt::format(R"(,"nvidia.com/gpu":"{}")", kDevicesPerNode);
  const std::string resources = fmt::format(
      R"({{"cpu":"95690m","ephemeral-storage":"95491281146","hugepages-1Gi":"0","hugepages-2Mi":"0","memory":"1163337Mi"{},"pods":"250"}})",
      devices);
  json +=
      R"("addresses":[{"type":"InternalIP","address":"10.0.0.1"},{"type":"Hostname","address":")" +
      name + R"("}],"allocatable":)" + resources + R"(,"capacity":)" + resources +
      R"(,"conditions":[)";
  for (const std::string_view type : {"MemoryPressure", "DiskPressure", "PIDPressure", "Ready"}) {
    fmt::format_to(
        std::back_inserter(json),
        R"({}{{"type":"{}","status":"{}","lastHeartbeatTime":"2026-11-23T22:04:08Z","lastTransitionTime":"2026-11-01T08:00:00Z","reason":"KubeletHas","message":"kubelet has sufficient resources available"}})",
        type == "MemoryPressure" ? "" : ",", type, type == "Ready" ? "True" : "False");
  }
  json += R"(],"daemonEndpoints":{"kubeletEndpoint":{"Port":10250}},"images":[)";
  for (int image = 0; image < 12; ++image) {
    fmt::format_to(
        std::back_inserter(json),
        R"({}{{"names":["registry.example/ml/serving-{:02}@sha256:{:064x}","registry.example/ml/serving-{:02}:v1.{}"],"sizeBytes":{}}})",
        image == 0 ? "" : ",", image, image + 1, image, image, 1000000000 + image);
  }
  json +=
      R"(],"nodeInfo":{"architecture":"amd64","containerRuntimeVersion":"containerd://2.1.4","kernelVersion":"6.12.40","kubeletVersion":"v1.37.2","operatingSystem":"linux","osImage":"Debian GNU/Linux 12"}}})";
  return json;
}

std::string PodJson(int pod, int nodes) {
  return fmt::format(
      R"({{"metadata":{{"name":"web-{0}-7c9f8d6b5","generateName":"web-","namespace":"team-{1}","uid":"{2}","resourceVersion":"{3}","creationTimestamp":"2026-11-20T08:00:00Z",)"
      R"("labels":{{"app":"web","app.kubernetes.io/instance":"web-{1}","pod-template-hash":"7c9f8d6b5"}},"annotations":{{"prometheus.io/scrape":"true","prometheus.io/port":"8080"}},)"
      R"("ownerReferences":[{{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-7c9f8d6b5","uid":"{2}","controller":true}}],"managedFields":{4}}},)"
      R"("spec":{{"volumes":[{{"name":"kube-api-access","projected":{{"sources":[{{"serviceAccountToken":{{"expirationSeconds":3607,"path":"token"}}}}],"defaultMode":420}}}}],"containers":[)"
      R"({{"name":"main","image":"registry.example/web:1.{1}","args":["--port=8080"],"env":[{{"name":"A","value":"1"}},{{"name":"B","value":"2"}}],"resources":{{"limits":{{"cpu":"500m","memory":"512Mi"}},"requests":{{"cpu":"250m","memory":"256Mi"}}}},"livenessProbe":{{"httpGet":{{"path":"/livez","port":8080}},"periodSeconds":10}}}},)"
      R"({{"name":"sidecar","image":"registry.example/proxy:2","resources":{{"requests":{{"cpu":"50m","memory":"64Mi"}}}}}}],"restartPolicy":"Always","terminationGracePeriodSeconds":30,"serviceAccountName":"web","nodeName":"{5}","schedulerName":"default-scheduler",)"
      R"("tolerations":[{{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}}],"priority":0}},)"
      R"("status":{{"phase":"Running","conditions":[{{"type":"Ready","status":"True","lastTransitionTime":"2026-11-20T08:00:10Z"}}],"hostIP":"10.0.0.1","podIP":"10.1.0.1","startTime":"2026-11-20T08:00:00Z",)"
      R"("containerStatuses":[{{"name":"main","ready":true,"restartCount":0,"state":{{"running":{{"startedAt":"2026-11-20T08:00:05Z"}}}}}},{{"name":"sidecar","ready":true,"restartCount":0,"state":{{"running":{{"startedAt":"2026-11-20T08:00:05Z"}}}}}}],"qosClass":"Burstable"}}}})",
      pod, pod % 40, Uid('2', pod), 200000 + pod, ManagedFields("kube-controller-manager", 60),
      NodeName(pod % nodes));
}

std::string AskingPodJson() {
  return fmt::format(
      R"({{"metadata":{{"name":"llm-0","namespace":"ml","uid":"{}","resourceVersion":"693","creationTimestamp":"2026-11-23T22:04:08Z","labels":{{"app":"llm"}},"annotations":{{"berth.dev/accelerators":"A100,H100","berth.dev/model":"llama","berth.dev/data":"imagenet"}},"managedFields":{}}},)"
      R"("spec":{{"containers":[{{"name":"main","image":"registry.example/vllm:1","resources":{{"limits":{{"berth.dev/gpu-memory":"24576","berth.dev/gpu-cores":"20","cpu":"2","memory":"8Gi"}},"requests":{{"berth.dev/gpu-memory":"24576","berth.dev/gpu-cores":"20","cpu":"2","memory":"8Gi"}}}},"terminationMessagePath":"/dev/termination-log","imagePullPolicy":"IfNotPresent"}}],)"
      R"("restartPolicy":"Always","dnsPolicy":"ClusterFirst","securityContext":{{}},"schedulerName":"berth","tolerations":[{{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}}],"priority":0,"enableServiceLinks":true}},"status":{{"phase":"Pending","qosClass":"Burstable"}}}})",
      kAskingUid, ManagedFields("kube-controller-manager", 35));
}

std::vector<std::string> OfferedNames(int nodes) {
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(nodes));
  for (int i = 0; i < nodes; ++i) {
    names.push_back(NodeName((i + nodes / 3) % nodes));
  }
  return names;
}

std::string ArgsWithNames(const std::vector<std::string>& names) {
  std::string json = R"({"Pod":)" + AskingPodJson() + R"(,"Nodes":null,"NodeNames":[)";
  for (const std::string& name : names) {
    json += (&name == names.data() ? "\"" : ",\"") + name + '"';
  }
  return json + "]}";
}

std::string ArgsWithNodes(int nodes) {
  std::string json = R"({"Pod":)" + AskingPodJson() + R"(,"Nodes":{"metadata":{},"items":[)";
  for (int i = 0; i < nodes; ++i) {
    json += (i == 0 ? "" : ",") + NodeJson((i + nodes / 3) % nodes);
  }
  return json + R"(]},"NodeNames":null})";
}

std::unique_ptr<state::Store> FilledStore(int nodes) {
  auto store = std::make_unique<state::Store>(device::ClassTable::BuiltIn());
  std::mt19937 random(20261124);  // NOLINT(cert-msc51-cpp): the same cluster every time
  kube::Decoder decoder;
  std::vector<kube::NodeObject> objects;
  store->BeginNodes();
  for (int node = 0; node < nodes; ++node) {
    const std::string json = Padded(NodeJson(node));
    auto object = decoder.Node(json);
    BERTH_CHECK(object.ok());
    store->PutNode(*object);
    objects.push_back(*std::move(object));
  }
  store->EndNodes();

  store->BeginPods();
  int number = 0;
  for (int node = 0; node < nodes; ++node) {
    if (!IsShared(node)) {
      continue;
    }
    // One node in thirty is full; the others are filled to a half on average.
    const bool full = random() % 30 == 0;
    const int pods = full ? kDevicesPerNode : static_cast<int>(random() % kDevicesPerNode);
    for (int pod = 0; pod < pods; ++pod) {
      const auto memory = full ? 65536 : 8192 * static_cast<std::int64_t>(1 + random() % 8);
      store->PutPod(HoldingPod(number++, objects[static_cast<std::size_t>(node)], pod, 1, memory,
                               store->classes()));
    }
  }
  store->EndPods();
  return store;
}

kube::PodObject PendingPod(int pod) {
  kube::PodObject object;
  object.ns = "ml";
  object.name = fmt::format("slow-{}", pod);
  object.uid = Uid('3', pod);
  kube::Container container{.name = "main"};
  container.requests.extended = {{std::string(device::kGpuMemory), 1024}};
  object.containers.push_back(std::move(container));
  return object;
}

std::string PodPage(int first, int count, int nodes, const std::string& continue_token) {
  std::string items;
  for (int i = 0; i < count; ++i) {
    items += (i == 0 ? "" : ",") + PodJson(first + i, nodes);
  }
  return List("PodList", continue_token, items);
}

std::string NodePage(int first, int count, const std::string& continue_token) {
  std::string items;
  for (int i = 0; i < count; ++i) {
    items += (i == 0 ? "" : ",") + NodeJson(first + i);
  }
  return List("NodeList", continue_token, items);
}

void TellCatalog(state::Store& store) {
  cluster::Model llama{.name = "llama", .version = "1", .engine = "vllm"};
  double quality = 1;
  for (const char* name : {"fp16", "fp8", "int8"}) {
    llama.variants.push_back({.name = name,
                              .source = std::string("hf://org/llama#") + name,
                              .weights = Bytes(16'000'000'000),
                              .memory = 20_GiB,
                              .quality = quality});
    quality -= 0.05;
  }
  store.SetCatalog(std::make_shared<const cluster::Catalog>(
      std::vector<cluster::Model>{std::move(llama)}, "bench",
      std::vector<cluster::Dataset>{
          {.name = "imagenet", .source = "s3://imagenet", .size = Bytes(120'000'000'000)}}));
}

void TellLoadsAndWeights(state::Store& store, std::uint32_t seed) {
  const cluster::SnapshotPtr snapshot = store.snapshot();
  std::mt19937 random(seed);  // NOLINT(cert-msc51-cpp): the same tables every time
  std::uniform_real_distribution<float> load(0, 1);
  auto loads = std::make_shared<cluster::LoadTable>();
  loads->names = snapshot->names_ptr();
  loads->nodes.resize(snapshot->size());
  loads->fresh_share = 1;
  auto weights = std::make_shared<cluster::WeightTable>();
  weights->names = snapshot->names_ptr();
  weights->rates.emplace_back();
  weights->nodes.resize(snapshot->size());
  std::vector<cluster::WeightCopy>& copies = weights->copies["hf://org/llama#fp16"];
  std::vector<cluster::WeightCopy>& data = weights->copies["s3://imagenet"];
  for (cluster::NodeIndex i = 0; i < snapshot->size(); ++i) {
    cluster::NodeLoad& node = loads->nodes[i];
    node.free_memory = snapshot->row(i).free_memory;
    node.confidence = 1;
    for (std::size_t d = 0; d < static_cast<std::size_t>(kDevicesPerNode); ++d) {
      node.load[d] = load(random);
    }
    weights->nodes[i].disk_queue_seconds = load(random) < 0.1F ? 5 : 0;
    if (i % 10 == 0) {
      copies.push_back({.node = i, .bytes = Bytes(16'000'000'000)});
    }
    if (i % 7 == 0) {
      data.push_back({.node = i, .bytes = Bytes(120'000'000'000)});
    }
  }
  store.SetLoads(std::move(loads));
  store.SetWeights(std::move(weights));
}

}  // namespace berth::bench
