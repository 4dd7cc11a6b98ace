// Builders of Kubernetes objects, so that a test shows only what it is about.
//   Node("gpu-a-1").Label("berth.dev/sharing", "native").Allocatable("nvidia.com/gpu", 8)
//   Pod("llm-0").Asks("berth.dev/gpu-memory", 8192).Annotation("berth.dev/accelerators", "H100")
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "berth/kube/objects.h"

namespace berth::tests {

class Node {
 public:
  explicit Node(std::string name) { object_.name = std::move(name); }

  Node& Label(std::string key, std::string value) {
    object_.labels.emplace_back(std::move(key), std::move(value));
    return *this;
  }
  Node& Annotation(std::string key, std::string value) {
    object_.annotations.emplace_back(std::move(key), std::move(value));
    return *this;
  }
  // Capacity and, unless told otherwise below, as much of it allocatable.
  Node& Has(const std::string& resource, std::int64_t amount) {
    object_.capacity.extended.emplace_back(resource, amount);
    object_.allocatable.extended.emplace_back(resource, amount);
    return *this;
  }
  Node& Allocatable(const std::string& resource, std::int64_t amount) {
    for (auto& [name, value] : object_.allocatable.extended) {
      if (name == resource) {
        value = amount;
        return *this;
      }
    }
    object_.allocatable.extended.emplace_back(resource, amount);
    return *this;
  }

  const kube::NodeObject& object() const { return object_; }
  operator const kube::NodeObject&() const {  // NOLINT(google-explicit-constructor): it is one
    return object_;
  }  // NOLINT(google-explicit-constructor)

 private:
  kube::NodeObject object_;
};

class Pod {
 public:
  explicit Pod(std::string name) {
    object_.ns = "ml";
    object_.uid = "uid-of-" + name;
    object_.name = std::move(name);
  }

  Pod& Annotation(std::string key, std::string value) {
    object_.annotations.emplace_back(std::move(key), std::move(value));
    return *this;
  }
  Pod& On(std::string node) {
    object_.node_name = std::move(node);
    return *this;
  }
  Pod& Uid(std::string uid) {
    object_.uid = std::move(uid);
    return *this;
  }
  // A container more.
  Pod& Container(kube::ContainerKind kind = kube::ContainerKind::kRegular) {
    object_.containers.push_back({.name = "c", .kind = kind});
    return *this;
  }
  // Of the last container; the first is made when it is needed.
  Pod& Asks(std::string resource, std::int64_t amount) {
    if (object_.containers.empty()) {
      Container();
    }
    object_.containers.back().requests.extended.emplace_back(std::move(resource), amount);
    return *this;
  }
  Pod& SoftConstraints() {
    object_.soft_constraints = true;
    return *this;
  }
  Pod& DefaultSpread() {
    object_.default_spread = true;
    return *this;
  }

  const kube::PodObject& object() const { return object_; }
  operator const kube::PodObject&() const {  // NOLINT(google-explicit-constructor): it is one
    return object_;
  }  // NOLINT(google-explicit-constructor)

 private:
  kube::PodObject object_;
};

}  // namespace berth::tests
