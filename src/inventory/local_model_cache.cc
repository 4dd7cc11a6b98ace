// KServe's LocalModelCache (serving.kserve.io/v1alpha1): spec.sourceModelUri, spec.modelSize (as
// its author declared it, not measured) and status.nodeStatus, a map from node to state.
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "berth/kube/quantity.h"
#include "registry.h"
#include "status.h"

namespace berth::inventory {
namespace {

Reading ReadLocalModelCache(kube::Cursor& json, const kube::RawObject& object) {
  using kube::Keys;
  Reading reading;
  std::string uri;
  Bytes size;
  std::vector<std::pair<std::string, std::string>> states;  // by node
  const bool ok = json.Open(object.json) && json.Fields(Keys::kFields, [&](std::string_view part) {
    if (part != "spec" && part != "status") {
      return json.Skip();
    }
    return json.Fields(Keys::kFields, [&](std::string_view key) {
      if (key == "sourceModelUri") {
        return json.String(uri);
      }
      if (key == "modelSize") {
        std::string_view text;
        if (json.IsNull()) {
          return json.Skip();
        }
        if (!json.Amount(text)) {
          return false;
        }
        const Result<std::int64_t> bytes = kube::ParseQuantity(text, 1);
        if (!bytes.ok()) {
          return json.Fail(bytes.error().message);
        }
        size = Bytes(*bytes);
        return true;
      }
      if (key == "nodeStatus") {
        return json.Fields(Keys::kMap, [&](std::string_view node) {
          auto& [name, state] = states.emplace_back(node, "");
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
  for (auto& [node, state] : states) {
    const bool arriving = state == "NodeDownloading";
    if (arriving || state == "NodeDownloaded") {
      reading.facts.push_back({.node = std::move(node),
                               .key = KeyOf(uri),
                               .arriving = arriving,
                               .bytes = arriving && size > Bytes(0) ? size : Bytes(0)});
    }
  }
  return reading;
}

}  // namespace

Source LocalModelCaches() {
  return {.name = "kserve-local-model-caches",
          .kind = "LocalModelCache",
          .path = "/apis/serving.kserve.io/v1alpha1/localmodelcaches",
          .read_object = &ReadLocalModelCache};
}

}  // namespace berth::inventory
