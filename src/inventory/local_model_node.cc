// KServe's LocalModelNode (serving.kserve.io/v1alpha1), whose name is the node's: spec.localModels
// names the sources, status.modelStatus tells how far each has come. One copy serves all models of
// the same URI, so a source is on the disk when any of them says so. KServe states no size here.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "registry.h"
#include "status.h"

namespace berth::inventory {
namespace {

using kube::Cursor;
using kube::Keys;

struct LocalModel {
  std::string name;  // "<model>", or "<namespace>/<model>" of a namespaced cache
  std::string uri;
};

bool DecodeModel(Cursor& json, LocalModel& model) {
  std::string ns;
  const bool ok = json.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "sourceModelUri") {
      return json.String(model.uri);
    }
    if (key == "modelName") {
      return json.String(model.name);
    }
    return key == "namespace" ? json.String(ns) : json.Skip();
  });
  if (!ns.empty()) {
    model.name = ns + "/" + model.name;
  }
  return ok;
}

Reading ReadLocalModelNode(Cursor& json, const kube::RawObject& object) {
  Reading reading{.node = object.name};
  std::vector<LocalModel> models;
  std::vector<std::pair<std::string, std::string>> states;  // by name
  const bool ok = json.Open(object.json) && json.Fields(Keys::kFields, [&](std::string_view part) {
    if (part != "spec" && part != "status") {
      return json.Skip();
    }
    return json.Fields(Keys::kFields, [&](std::string_view key) {
      if (key == "localModels") {
        return json.Elements([&] { return DecodeModel(json, models.emplace_back()); });
      }
      if (key == "modelStatus") {
        return json.Fields(Keys::kMap, [&](std::string_view name) {
          auto& [model, state] = states.emplace_back(name, "");
          return json.String(state);
        });
      }
      return json.Skip();
    });
  });
  if (!ok) {
    reading.problems.push_back(FailureText(json));
    return reading;
  }
  for (const LocalModel& model : models) {
    const auto at =
        std::ranges::find(states, model.name, &std::pair<std::string, std::string>::first);
    const std::string_view state = at == states.end() ? std::string_view() : at->second;
    if (state == "ModelDownloaded" || state == "ModelDownloading") {
      reading.facts.push_back({.key = KeyOf(model.uri), .arriving = state == "ModelDownloading"});
    }
  }
  return reading;
}

}  // namespace

Source LocalModelNodes() {
  return {.name = "kserve-local-model-nodes",
          .kind = "LocalModelNode",
          .path = "/apis/serving.kserve.io/v1alpha1/localmodelnodes",
          .read_object = &ReadLocalModelNode};
}

}  // namespace berth::inventory
