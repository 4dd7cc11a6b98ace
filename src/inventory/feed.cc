#include "berth/inventory/feed.h"

#include <string>
#include <utility>
#include <vector>

namespace berth::inventory {
namespace {

Moment NowOf(const Clock& clock) { return {.now = clock.Now(), .wall = clock.WallNow()}; }

void Tell(const FeedHooks& hooks, std::string_view kind, std::string_view name,
          const std::vector<std::string>& problems) {
  for (const std::string& problem : problems) {
    if (hooks.on_problem) {
      hooks.on_problem(kind, name, problem);
    }
  }
}

}  // namespace

ClusterFeed::ClusterFeed(Inventory& inventory, const Clock& clock, FeedHooks hooks)
    : inventory_(inventory), clock_(clock), hooks_(std::move(hooks)) {}

void ClusterFeed::BeginNodes() { inventory_.BeginNodes(); }
void ClusterFeed::EndNodes() { inventory_.EndNodes(); }
void ClusterFeed::BeginPods() { inventory_.BeginPods(); }
void ClusterFeed::EndPods() { inventory_.EndPods(clock_.Now()); }

void ClusterFeed::Watch(const kube::NodeObject& node) {
  Tell(hooks_, "Node", node.name, inventory_.PutNode(node, NowOf(clock_)));
}

void ClusterFeed::Watch(const kube::PodObject& pod) {
  const std::optional<ObservedStart> start = inventory_.PutPod(pod, clock_.Now());
  if (start && hooks_.on_start) {
    hooks_.on_start(*start);
  }
}

void ClusterFeed::RemoveNode(std::string_view name) { inventory_.RemoveNode(name); }
void ClusterFeed::RemovePod(std::string_view uid) { inventory_.RemovePod(uid, clock_.Now()); }

ObjectFeed::ObjectFeed(const Source& source, Inventory& inventory, const Clock& clock,
                       FeedHooks hooks)
    : source_(source), inventory_(inventory), clock_(clock), hooks_(std::move(hooks)) {}

void ObjectFeed::Begin() { inventory_.BeginObjects(source_); }
void ObjectFeed::End() { inventory_.EndObjects(source_); }

void ObjectFeed::Put(const kube::RawObject& object) {
  Tell(hooks_, source_.kind, object.name,
       inventory_.PutObject(source_, object, json_, NowOf(clock_)));
}

void ObjectFeed::Remove(std::string_view ns, std::string_view name) {
  inventory_.RemoveObject(source_, ns, name);
}

}  // namespace berth::inventory
