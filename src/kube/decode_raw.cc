#include <string_view>

#include "decode.h"

namespace berth::kube {

bool DecodeMetadata(Cursor& json, RawObject& object) {
  return json.Fields(Keys::kFields, [&](std::string_view key) {
    if (key != "metadata") {
      return json.Skip();
    }
    return json.Fields(Keys::kFields, [&](std::string_view field) {
      if (field == "namespace") {
        return json.String(object.ns);
      }
      if (field == "name") {
        return json.String(object.name);
      }
      return field == "resourceVersion" ? json.String(object.resource_version) : json.Skip();
    });
  });
}

bool DecodeRaw(Cursor& json, RawObject& object) {
  if (!json.IsObject()) {
    return json.Expected("an object");
  }
  const Cursor::Mark start = json.Here();
  const bool ok = DecodeMetadata(json, object);
  if (ok) {
    object.json = json.Since(start);
  }
  return ok;
}

}  // namespace berth::kube
