#include <utility>

#include "berth/sim/memory_api.h"
#include "cluster_source.h"

namespace berth::app {
namespace {

class EmbeddedCluster final : public ClusterSource {
 public:
  Status Load(ClusterFile file) {
    objects_ = std::move(file.objects);
    return api_.Load(std::move(file.nodes), std::move(file.pods));
  }

  kube::Api& api() override { return api_; }
  void Start(kube::ObjectSink& sink) override {
    api_.Start(sink);
    started_ = true;
  }
  // They do not change: nobody writes them here.
  void Follow(std::vector<FollowedKind> kinds) override {
    for (const FollowedKind& followed : kinds) {
      followed.sink->Begin();
      for (const ClusterObject& object : objects_) {
        if (object.kind == followed.kind) {
          followed.sink->Put({.ns = object.ns, .name = object.name, .json = object.json});
        }
      }
      followed.sink->End();
    }
  }
  bool Listed(std::string_view /*name*/) const override { return started_; }
  void Read(observe::Readings& readings) const override {
    readings.nodes.synced = started_;
    readings.pods.synced = started_;
  }

  std::function<void(const kube::PodObject&)> joiner() override {
    return [this](const kube::PodObject& pod) {
      // A name that belongs to another uid is refused; the store then knows no such pod and bind
      // says so.
      (void)api_.CreatePod(pod);
    };
  }
  std::function<Status(std::string_view, std::string_view)> deleter() override {
    return [this](std::string_view ns, std::string_view name) -> Status {
      BERTH_RETURN_IF_ERROR(api_.DeletePod(ns, name));
      return {};
    };
  }

 private:
  sim::MemoryApi api_;
  std::vector<ClusterObject> objects_;
  bool started_ = false;  // before any server thread exists
};

}  // namespace

Result<std::unique_ptr<ClusterSource>> MakeEmbeddedCluster(ClusterFile file) {
  auto cluster = std::make_unique<EmbeddedCluster>();
  BERTH_RETURN_IF_ERROR(cluster->Load(std::move(file)));
  return std::unique_ptr<ClusterSource>(std::move(cluster));
}

}  // namespace berth::app
