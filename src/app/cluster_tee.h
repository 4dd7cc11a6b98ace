// One stream of the cluster for the three who need it: the store, telemetry and the inventory.
#pragma once

#include <string_view>
#include <utility>

#include "berth/inventory/feed.h"
#include "berth/kube/api.h"
#include "telemetry.h"

namespace berth::app {

class ClusterTee final : public kube::ObjectSink {
 public:
  // All outlive it.
  ClusterTee(Telemetry& telemetry, inventory::ClusterFeed& weights, kube::ObjectSink& store)
      : telemetry_(telemetry), weights_(weights), store_(store) {}

  void BeginNodes() override {
    weights_.BeginNodes();
    store_.BeginNodes();
  }
  void EndNodes() override {
    weights_.EndNodes();
    store_.EndNodes();
  }
  void BeginPods() override {
    telemetry_.BeginList();
    weights_.BeginPods();
    store_.BeginPods();
  }
  void EndPods() override {
    telemetry_.EndList();
    weights_.EndPods();
    store_.EndPods();
  }
  // The store last: it takes the object.
  void PutNode(kube::NodeObject node) override {
    weights_.Watch(node);
    store_.PutNode(std::move(node));
  }
  void PutPod(kube::PodObject pod) override {
    telemetry_.Put(pod);
    weights_.Watch(pod);
    store_.PutPod(std::move(pod));
  }
  void RemoveNode(std::string_view name) override {
    weights_.RemoveNode(name);
    store_.RemoveNode(name);
  }
  void RemovePod(std::string_view uid) override {
    telemetry_.Remove(uid);
    weights_.RemovePod(uid);
    store_.RemovePod(uid);
  }

 private:
  Telemetry& telemetry_;
  inventory::ClusterFeed& weights_;
  kube::ObjectSink& store_;  // or the observer before it
};

}  // namespace berth::app
