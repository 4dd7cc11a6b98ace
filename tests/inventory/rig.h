// An inventory with a small cluster: nodes a, b and c, two models, time in seconds from its start.
#pragma once

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "berth/inventory/inventory.h"
#include "inventory/readings.h"
#include "testing/objects.h"
#include "testing/snapshot.h"

namespace berth::inventory {

inline constexpr WallTime kWallStart(std::chrono::seconds(1795497631));

class InventoryTest : public testing::Test {
 protected:
  static constexpr char kLlama[] = "hf://org/llama";      // 16 GB
  static constexpr char kMixtral[] = "pvc://ml/mixtral";  // 90 GB

  void Make(Options options = {}) {
    inventory_ = std::make_unique<Inventory>(std::move(options));
    inventory_->SetCatalog(CatalogOf("1"));
    for (const char* name : {"a", "b", "c"}) {
      Put(tests::Node(name).Label("kubernetes.io/hostname", name));
    }
    inventory_->BeginPods();
    inventory_->EndPods(now());
  }

  static std::shared_ptr<const cluster::Catalog> CatalogOf(const std::string& llama_version) {
    const cluster::ModelVariant fp16{.name = "fp16",
                                     .source = kLlama + (llama_version == "1" ? "" : llama_version),
                                     .weights = Bytes(16'000'000'000)};
    const cluster::ModelVariant only{
        .name = "fp16", .source = kMixtral, .weights = Bytes(90'000'000'000), .devices = 2};
    return std::make_shared<const cluster::Catalog>(
        std::vector<cluster::Model>{
            {.name = "llama",
             .version = llama_version,
             .start = std::chrono::seconds(5),
             .variants = {fp16}},
            {.name = "mixtral", .start = std::chrono::seconds(10), .variants = {only}}},
        llama_version);
  }

  Moment at() const { return {.now = now(), .wall = kWallStart + elapsed_}; }
  Instant now() const { return Instant(std::chrono::hours(1)) + elapsed_; }
  void Pass(double seconds) {
    elapsed_ += std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  }

  std::vector<std::string> Put(const kube::NodeObject& node) {
    kube::NodeObject object = node;
    object.uid = object.uid.empty() ? "uid-of-" + object.name : object.uid;
    return inventory_->PutNode(object, at());
  }
  std::vector<std::string> PutObject(const std::string& source, const std::string& name,
                                     const std::string& json) {
    kube::Cursor cursor;
    return inventory_->PutObject(SourceNamed(source), RawText(name, json).object(), cursor, at());
  }
  // An agent's inventory of the node, observed so long ago.
  void Agent(const std::string& node, const std::string& models, int seconds_ago = 0) {
    PutObject("node-model-inventories", node,
              fmt::format(R"({{"status": {{"observedAt": "{}", "models": [{}]}}}})",
                          FormatRfc3339(at().wall - std::chrono::seconds(seconds_ago)), models));
  }
  static std::string Model(const std::string& id, const std::string& tier, long bytes = 0,
                           long total = 0) {
    return fmt::format(R"({{"id": "{}", "tier": "{}", "bytes": {}, "totalBytes": {}}})", id, tier,
                       bytes, total);
  }

  static kube::PodObject Pod(const std::string& name, const std::string& node, bool ready,
                             const std::string& model = "llama") {
    kube::PodObject pod = tests::Pod(name).On(node).Annotation("berth.dev/model", model);
    pod.ready = ready;
    return pod;
  }

  std::shared_ptr<const cluster::WeightTable> Table() {
    return inventory_->Build(snapshot_, now());
  }
  // "a host 16.0 GB", "b disk 16.0 GB in 7.5 s"
  std::vector<std::string> Copies(const std::string& source = kLlama) {
    constexpr std::string_view kTiers[] = {"device", "host", "disk", "peer", "remote"};
    const auto table = Table();
    std::vector<std::string> lines;
    for (const cluster::WeightCopy& copy : table->Find(source)) {
      lines.push_back(fmt::format("{} {} {:.1f} GB", snapshot_.names().name(copy.node),
                                  kTiers[static_cast<std::size_t>(copy.tier)],
                                  static_cast<double>(copy.bytes.count()) / 1e9));
      if (copy.ready_in > 0) {
        lines.back() += fmt::format(" in {:.1f} s", copy.ready_in);
      }
    }
    return lines;
  }
  const cluster::NodeLoading& Loading(cluster::NodeIndex node) {
    table_ = Table();
    return table_->loading(node);
  }

  Duration elapsed_{};
  std::unique_ptr<Inventory> inventory_;
  cluster::Snapshot snapshot_ =
      tests::MakeSnapshot().Node("a").Gpu(40_GiB).Gpu(40_GiB).Node("b").Node("c").Build();
  std::shared_ptr<const cluster::WeightTable> table_;
};

}  // namespace berth::inventory
