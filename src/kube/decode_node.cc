#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "decode.h"

namespace berth::kube {
namespace {

bool Metadata(Cursor& json, NodeObject& node) {
  return json.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "name") {
      return json.String(node.name);
    }
    if (key == "uid") {
      return json.String(node.uid);
    }
    if (key == "resourceVersion") {
      return json.String(node.resource_version);
    }
    if (key == "labels") {
      return DecodeStringMap(json, node.labels);
    }
    if (key == "annotations") {
      return DecodeStringMap(json, node.annotations);
    }
    return json.Skip();
  });
}

bool DecodeTaint(Cursor& json, NodeObject& node, const Parts& parts) {
  Taint taint;
  const bool ok = json.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "key") {
      return json.String(taint.key);
    }
    if (key == "value") {
      return json.String(taint.value);
    }
    return key == "effect" ? json.String(taint.effect) : json.Skip();
  });
  if (taint.effect == "PreferNoSchedule") {
    node.prefer_no_schedule = true;
  } else if (parts.constraints) {
    node.taints.push_back(std::move(taint));
  }
  return ok;
}

bool DecodeSpec(Cursor& json, NodeObject& node, const Parts& parts) {
  return json.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "unschedulable") {
      return json.Bool(node.unschedulable);
    }
    if (key == "taints") {
      node.prefer_no_schedule = false;
      node.taints.clear();
      return json.Elements([&] { return DecodeTaint(json, node, parts); });
    }
    return json.Skip();
  });
}

bool DecodeCondition(Cursor& json, NodeObject& node) {
  bool is_ready = false;
  bool is_true = false;
  const bool ok = json.Fields(Keys::kFields, [&](std::string_view key) {
    if (key != "type" && key != "status") {
      return json.Skip();
    }
    std::string_view text;
    const bool is_type = key == "type";
    if (!json.Text(text)) {
      return false;
    }
    (is_type ? is_ready : is_true) = text == (is_type ? "Ready" : "True");
    return true;
  });
  if (is_ready) {
    node.ready = is_true;
  }
  return ok;
}

bool DecodeImage(Cursor& json, NodeImage& image) {
  return json.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "names") {
      image.names.clear();
      return json.Elements([&] { return json.String(image.names.emplace_back()); });
    }
    if (key == "sizeBytes") {
      std::int64_t bytes = 0;
      const bool ok = json.Int64(bytes);
      image.size = Bytes(std::max<std::int64_t>(bytes, 0));
      return ok;
    }
    return json.Skip();
  });
}

bool DecodeStatus(Cursor& json, NodeObject& node, const Parts& parts) {
  return json.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "allocatable" || key == "capacity") {
      Resources& amounts = key == "capacity" ? node.capacity : node.allocatable;
      ResourceList list;
      const bool ok = DecodeResourceList(json, list);
      amounts = std::move(list.amounts);
      return ok;
    }
    if (key == "conditions") {
      node.ready = false;
      return json.Elements([&] { return DecodeCondition(json, node); });
    }
    if (key == "images" && parts.images) {
      node.images.clear();
      return json.Elements([&] { return DecodeImage(json, node.images.emplace_back()); });
    }
    return json.Skip();
  });
}

}  // namespace

bool DecodeNode(Cursor& json, NodeObject& node, const Parts& parts) {
  if (!json.IsObject()) {
    return json.Expected("an object");
  }
  return json.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "metadata") {
      return Metadata(json, node);
    }
    if (key == "spec") {
      return DecodeSpec(json, node, parts);
    }
    if (key == "status") {
      return DecodeStatus(json, node, parts);
    }
    return json.Skip();
  });
}

bool DecodeMetadata(Cursor& json, NodeObject& node) {
  return json.Fields(Keys::kFields, [&](std::string_view key) {
    return key == "metadata" ? Metadata(json, node) : json.Skip();
  });
}

}  // namespace berth::kube
