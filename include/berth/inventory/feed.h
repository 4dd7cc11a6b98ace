// Between the watches and the inventory: the feeds know what time it is.
#pragma once

#include <functional>
#include <string_view>

#include "berth/base/clock.h"
#include "berth/inventory/inventory.h"
#include "berth/kube/api.h"

namespace berth::inventory {

// Called on the threads that feed.
struct FeedHooks {
  // Something of this object could not be understood and was left out; once for each change.
  std::function<void(std::string_view kind, std::string_view name, std::string_view problem)>
      on_problem;
  std::function<void(const ObservedStart&)> on_start;  // a pod became ready
};

// Nodes and pods, for a tee beside the store. The inventory and the clock outlive it.
class ClusterFeed final : public kube::ObjectSink {
 public:
  ClusterFeed(Inventory& inventory, const Clock& clock, FeedHooks hooks);

  void BeginNodes() override;
  void EndNodes() override;
  void BeginPods() override;
  void EndPods() override;
  void PutNode(kube::NodeObject node) override { Watch(node); }
  void PutPod(kube::PodObject pod) override { Watch(pod); }
  void RemoveNode(std::string_view name) override;
  void RemovePod(std::string_view uid) override;

  // As the two puts, for who needs the object afterwards.
  void Watch(const kube::NodeObject& node);
  void Watch(const kube::PodObject& pod);

 private:
  Inventory& inventory_;
  const Clock& clock_;
  const FeedHooks hooks_;
};

// The objects of one source. `source` is a row of Sources() that reads objects.
class ObjectFeed final : public kube::RawSink {
 public:
  ObjectFeed(const Source& source, Inventory& inventory, const Clock& clock, FeedHooks hooks);

  void Begin() override;
  void End() override;
  void Put(const kube::RawObject& object) override;
  void Remove(std::string_view ns, std::string_view name) override;

  const Source& source() const { return source_; }

 private:
  const Source& source_;
  Inventory& inventory_;
  const Clock& clock_;
  const FeedHooks hooks_;
  kube::Cursor json_;
};

}  // namespace berth::inventory
