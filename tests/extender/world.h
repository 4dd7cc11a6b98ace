// The verbs over an in-memory cluster, spoken to in the bodies that kube-scheduler sends.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "berth/extender/service.h"
#include "berth/kube/decoder.h"
#include "berth/sim/memory_api.h"
#include "testing/manual_clock.h"

namespace berth::extender {

using nlohmann::json;

// `gpus` devices of `memory` on a native shared node.
inline kube::NodeObject SharedNode(std::string name, int gpus, MiB memory) {
  kube::NodeObject node{.name = std::move(name), .ready = true};
  node.labels = {{"berth.dev/sharing", "native"},
                 {"nvidia.com/gpu.product", "NVIDIA-A100-SXM4-80GB"},
                 {"nvidia.com/gpu.count", std::to_string(gpus)},
                 {"nvidia.com/gpu.memory", std::to_string(memory.count())}};
  node.allocatable = {
      .cpu = Millicores(64'000), .memory = Bytes(std::int64_t{512} << 30), .pods = 110};
  return node;
}

// A Pod as it stands in a request: `asks` are limits of its one container.
inline json PodJson(const std::string& name, json asks, json annotations = json::object()) {
  return {{"metadata",
           {{"name", name},
            {"namespace", "ml"},
            {"uid", "uid-" + name},
            {"annotations", std::move(annotations)}}},
          {"spec",
           {{"containers",
             {{{"name", "main"}, {"resources", {{"limits", asks}, {"requests", asks}}}}}}}},
          {"status", {{"phase", "Pending"}}}};
}

inline json Gpu(MiB memory, int count = 1) {
  return {{"berth.dev/gpu-memory", std::to_string(memory.count())},
          {"berth.dev/gpu-count", std::to_string(count)}};
}

class World : public testing::Test {
 protected:
  static state::Rules RulesFor(const Options& options) {
    state::Rules rules;
    rules.binds = !options.observe;
    return rules;
  }

  explicit World(Options options = {})
      : log_({.level = observe::LogLevel::kError}, clock_, [](std::string_view) {}),
        metrics_({.version = "test"}),
        store_(device::ClassTable::BuiltIn(), RulesFor(options)) {
    options.on_pod = [this](const kube::PodObject& pod) { (void)api_.CreatePod(pod); };
    service_ = std::make_unique<Service>(std::move(options), store_, api_, clock_, metrics_, log_);
    api_.RecordCalls();
  }

  void Start(std::vector<kube::NodeObject> nodes, std::vector<kube::PodObject> pods = {}) {
    for (const kube::NodeObject& node : nodes) {
      names_.push_back(node.name);
    }
    ASSERT_TRUE(api_.Load(std::move(nodes), std::move(pods)).ok());
    kube::ObjectSink* const observer = service_->observer();
    api_.Start(observer != nullptr ? *observer : static_cast<kube::ObjectSink&>(store_));
  }

  using VerbFunction = void (Service::*)(std::string_view, Answer&);
  struct Reply {
    int status = 0;
    std::string text;
    json body() const { return json::parse(text); }
  };
  Reply Post(VerbFunction verb, std::string body) {
    body.reserve(body.size() + kube::kJsonPadding);
    Reply reply;
    Answer answer{.body = reply.text};
    (*service_.*verb)(body, answer);
    reply.status = answer.status;
    return reply;
  }

  json Args(const json& pod, std::vector<std::string> names = {}) {
    return {
        {"Pod", pod}, {"Nodes", nullptr}, {"NodeNames", names.empty() ? names_ : std::move(names)}};
  }
  json Filter(const json& pod, std::vector<std::string> names = {}) {
    return Post(&Service::Filter, Args(pod, std::move(names)).dump()).body();
  }
  json Prioritize(const json& pod, std::vector<std::string> names = {}) {
    return Post(&Service::Prioritize, Args(pod, std::move(names)).dump()).body();
  }
  json Bind(const std::string& name, const std::string& node) {
    const json args = {
        {"PodName", name}, {"PodNamespace", "ml"}, {"PodUID", "uid-" + name}, {"Node", node}};
    return Post(&Service::Bind, args.dump()).body();
  }
  // The score that prioritize gave `host`.
  static std::int64_t ScoreOf(const json& scores, const std::string& host) {
    for (const json& score : scores) {
      if (score["Host"] == host) {
        return score["Score"].get<std::int64_t>();
      }
    }
    ADD_FAILURE() << host << " has no score";
    return -1;
  }
  std::string Annotation(const std::string& pod, std::string_view key) {
    const auto object = api_.GetPod("ml", pod);
    const std::string* value = object.ok() ? kube::Find(object->annotations, key) : nullptr;
    return value == nullptr ? "" : *value;
  }
  int Calls(sim::Verb verb) const {
    int count = 0;
    for (const sim::Call& call : api_.Calls()) {
      count += call.verb == verb ? 1 : 0;
    }
    return count;
  }

  tests::ManualClock clock_;
  observe::Logger log_;
  observe::Metrics metrics_;
  state::Store store_;
  sim::MemoryApi api_;
  std::unique_ptr<Service> service_;
  std::vector<std::string> names_;
};

}  // namespace berth::extender
