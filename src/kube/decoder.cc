#include "berth/kube/decoder.h"

#include <fmt/format.h>

#include <optional>

#include "berth/kube/json_cursor.h"
#include "decode.h"

namespace berth::kube {
namespace {

bool Decode(Cursor& json, const Parts& parts, NodeObject& node) {
  return DecodeNode(json, node, parts);
}
bool Decode(Cursor& json, const Parts& parts, PodObject& pod) {
  return DecodePod(json, pod, parts);
}
bool Decode(Cursor& json, const Parts& /*parts*/, RawObject& object) {
  return DecodeRaw(json, object);
}

std::string Subject(const NodeObject& node) {
  return node.name.empty() ? "node" : "node " + node.name;
}
std::string Subject(const PodObject& pod) {
  return pod.name.empty() ? "pod" : fmt::format("pod {}/{}", pod.ns, pod.name);
}
std::string Subject(const RawObject& object) {
  return object.name.empty()
             ? "object"
             : fmt::format("object {}{}{}", object.ns, object.ns.empty() ? "" : "/", object.name);
}

Error ToError(const Cursor::Failure& failure) {
  if (failure.syntax || failure.path.empty()) {
    return {failure.code, failure.what};
  }
  return {failure.code, fmt::format("{}: {}", failure.path, failure.what)};
}

template <typename Object>
Error ToError(const Object& object, const Cursor::Failure& failure) {
  Error error = ToError(failure);
  error.message = fmt::format("{}: {}", Subject(object), error.message);
  return error;
}

// One object at the cursor. The name is what everything else hangs on, so it must be there.
template <typename Object>
Status TakeInto(Cursor& json, const Parts& parts, Object& object) {
  if (!Decode(json, parts, object)) {
    return ToError(object, json.failure());
  }
  if (object.name.empty()) {
    return InvalidArgument(Subject(object) + ": metadata.name: missing");
  }
  return {};
}

template <typename Object>
Result<Object> Take(Cursor& json, const Parts& parts) {
  Object object;
  BERTH_RETURN_IF_ERROR(TakeInto(json, parts, object));
  return object;
}

template <typename Object>
Result<Object> One(Cursor& json, const Parts& parts, std::string_view text) {
  if (!json.Open(text)) {
    return ToError(Object{}, json.failure());
  }
  Result<Object> object = Take<Object>(json, parts);
  if (object.ok() && !json.AtEnd()) {
    return ToError(*object, json.failure());
  }
  return object;
}

bool ListMetadata(Cursor& json, ListMeta& meta) {
  return json.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "resourceVersion") {
      return json.String(meta.resource_version);
    }
    if (key == "continue") {
      return json.String(meta.continue_token);
    }
    if (key == "annotations") {
      return DecodeStringMap(json, meta.annotations);
    }
    return json.Skip();
  });
}

template <typename Object>
Result<ListMeta> List(Cursor& json, const Parts& parts, std::string_view text,
                      const std::function<void(Object&&)>& each,
                      const Decoder::Malformed& malformed) {
  ListMeta meta;
  bool has_items = false;
  const auto item = [&] {
    ++meta.items;
    const Cursor::Mark start = json.Here();
    Object object;
    const Status taken = TakeInto(json, parts, object);
    if (taken.ok()) {
      each(std::move(object));
      return true;
    }
    if (json.failure().syntax) {
      return false;
    }
    ++meta.malformed;
    malformed(taken.error());
    json.Forgive();
    json.Return(start);
    return json.Skip();
  };
  const bool ok = json.Open(text) && json.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "metadata") {
      return ListMetadata(json, meta);
    }
    if (key == "items") {
      has_items = true;
      return json.Elements(item);
    }
    return json.Skip();
  }) && json.AtEnd();
  if (!ok) {
    return ToError(json.failure());
  }
  if (!has_items) {
    return InvalidArgument("not a list: items: missing");
  }
  return meta;
}

std::optional<WatchType> TypeOf(std::string_view text) {
  if (text == "ADDED") {
    return WatchType::kAdded;
  }
  if (text == "MODIFIED") {
    return WatchType::kModified;
  }
  if (text == "DELETED") {
    return WatchType::kDeleted;
  }
  if (text == "BOOKMARK") {
    return WatchType::kBookmark;
  }
  if (text == "ERROR") {
    return WatchType::kError;
  }
  return std::nullopt;
}

bool StatusObject(Cursor& json, Decoder::WatchEvent& event) {
  return json.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "code") {
      return json.Int32(event.error_code);
    }
    if (key == "message") {
      return json.String(event.error_message);
    }
    return json.Skip();
  });
}

// The object of an event whose type is known.
template <typename Object>
Status EventObject(Cursor& json, const Parts& parts, Decoder::WatchEvent& event, Object& object) {
  const Cursor::Mark start = json.Here();
  switch (event.type) {
    case WatchType::kError:
      if (!StatusObject(json, event)) {
        return ToError(json.failure());
      }
      return {};
    case WatchType::kBookmark:
      if (!DecodeMetadata(json, object)) {
        return ToError(json.failure());
      }
      break;
    case WatchType::kAdded:
    case WatchType::kModified:
    case WatchType::kDeleted: {
      Result<Object> taken = Take<Object>(json, parts);
      if (taken.ok()) {
        object = std::move(taken).value();
        break;
      }
      // What goes away must be let go, however malformed it is.
      const bool gone = event.type == WatchType::kDeleted && !json.failure().syntax;
      json.Return(start);
      if (!gone || !DecodeMetadata(json, object) || object.name.empty()) {
        return taken.error();
      }
      json.Forgive();
      break;
    }
  }
  event.resource_version = object.resource_version;
  return {};
}

template <typename Object>
Result<Decoder::WatchEvent> Event(Cursor& json, const Parts& parts, std::string_view text,
                                  Object Decoder::WatchEvent::* member) {
  Decoder::WatchEvent event;
  std::string type;
  std::optional<Cursor::Mark> object;
  const bool ok = json.Open(text) && json.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "type") {
      return json.String(type);
    }
    if (key == "object") {
      object = json.Here();
    }
    return json.Skip();
  }) && json.AtEnd();
  if (!ok) {
    return ToError(json.failure());
  }
  const std::optional<WatchType> known = TypeOf(type);
  if (!known) {
    return InvalidArgument(fmt::format("watch event: type: '{:.40}' is unknown", type));
  }
  event.type = *known;
  if (!object) {
    return InvalidArgument("watch event: object: missing");
  }
  json.Return(*object);
  BERTH_RETURN_IF_ERROR(EventObject(json, parts, event, event.*member));
  return event;
}

// Objects of any kind, alone, in lists and in arrays.
class AnyObjects {
 public:
  AnyObjects(Cursor& json, const Parts& parts, const std::function<void(NodeObject&&)>& node,
             const std::function<void(PodObject&&)>& pod, const Decoder::Other& other)
      : json_(json), parts_(parts), node_(node), pod_(pod), other_(other) {}

  Result<ListMeta> Read(std::string_view text) {
    if (json_.Open(text) && Any() && json_.AtEnd()) {
      return meta_;
    }
    return error_ ? *error_ : ToError(json_.failure());
  }

 private:
  bool Any() {
    if (json_.IsNull()) {  // an empty document
      return json_.Skip();
    }
    if (json_.IsArray()) {
      return json_.Elements([this] { return Any(); });
    }
    if (!json_.IsObject()) {
      return json_.Expected("an object");
    }
    std::string kind;
    const Cursor::Mark start = json_.Here();
    if (!json_.Fields(Keys::kFields, [&](std::string_view key) {
          return key == "kind" ? json_.String(kind) : json_.Skip();
        })) {
      return false;
    }
    json_.Return(start);
    if (kind.empty()) {
      return json_.Fail("kind is missing");
    }
    return kind.ends_with("List") ? Items(kind) : Object(kind);
  }

  // Only the items of a plain List carry their own kind.
  bool Items(std::string_view kind) {
    return json_.Fields(Keys::kFields, [&](std::string_view key) {
      if (key == "metadata") {
        return ListMetadata(json_, meta_);
      }
      if (key != "items") {
        return json_.Skip();
      }
      return json_.Elements(
          [&] { return kind == "List" ? Any() : Object(kind.substr(0, kind.size() - 4)); });
    });
  }

  bool Object(std::string_view kind) {
    ++meta_.items;
    if (kind == "Node") {
      return Give(Take<NodeObject>(json_, parts_), node_);
    }
    if (kind == "Pod") {
      return Give(Take<PodObject>(json_, parts_), pod_);
    }
    return other_ ? GiveOther(kind) : json_.Skip();
  }

  // What is none of ours need not have a name.
  bool GiveOther(std::string_view kind) {
    const Cursor::Mark start = json_.Here();
    Result<RawObject> object = Take<RawObject>(json_, parts_);
    if (object.ok()) {
      other_(kind, std::move(object).value());
      return true;
    }
    if (json_.failure().syntax) {
      return false;
    }
    json_.Forgive();
    json_.Return(start);
    return json_.Skip();
  }

  template <typename Object>
  bool Give(Result<Object> object, const std::function<void(Object&&)>& to) {
    if (!object.ok()) {
      error_ = object.error();
      return false;
    }
    to(std::move(object).value());
    return true;
  }

  Cursor& json_;
  const Parts parts_;
  const std::function<void(NodeObject&&)>& node_;
  const std::function<void(PodObject&&)>& pod_;
  const Decoder::Other& other_;
  ListMeta meta_;
  std::optional<Error> error_;
};

}  // namespace

struct Decoder::Impl {
  explicit Impl(Parts the_parts) : parts(the_parts) {}

  const Parts parts;
  Cursor json;
};

Decoder::Decoder(Parts parts) : impl_(std::make_unique<Impl>(parts)) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

Result<NodeObject> Decoder::Node(std::string_view json) {
  return One<NodeObject>(impl_->json, impl_->parts, json);
}

Result<PodObject> Decoder::Pod(std::string_view json) {
  return One<PodObject>(impl_->json, impl_->parts, json);
}

Result<ListMeta> Decoder::NodeList(std::string_view json,
                                   const std::function<void(NodeObject&&)>& each,
                                   const Malformed& malformed) {
  return List<NodeObject>(impl_->json, impl_->parts, json, each, malformed);
}

Result<ListMeta> Decoder::PodList(std::string_view json,
                                  const std::function<void(PodObject&&)>& each,
                                  const Malformed& malformed) {
  return List<PodObject>(impl_->json, impl_->parts, json, each, malformed);
}

Result<ListMeta> Decoder::RawList(std::string_view json,
                                  const std::function<void(RawObject&&)>& each,
                                  const Malformed& malformed) {
  return List<RawObject>(impl_->json, impl_->parts, json, each, malformed);
}

Result<ListMeta> Decoder::Objects(std::string_view json,
                                  const std::function<void(NodeObject&&)>& node,
                                  const std::function<void(PodObject&&)>& pod, const Other& other) {
  return AnyObjects(impl_->json, impl_->parts, node, pod, other).Read(json);
}

Result<Decoder::WatchEvent> Decoder::NodeEvent(std::string_view json) {
  return Event(impl_->json, impl_->parts, json, &WatchEvent::node);
}

Result<Decoder::WatchEvent> Decoder::PodEvent(std::string_view json) {
  return Event(impl_->json, impl_->parts, json, &WatchEvent::pod);
}

Result<Decoder::WatchEvent> Decoder::RawEvent(std::string_view json) {
  return Event(impl_->json, impl_->parts, json, &WatchEvent::raw);
}

std::string Decoder::StatusMessage(std::string_view json) {
  Cursor& cursor = impl_->json;
  std::string kind;
  std::string message;
  const bool ok = cursor.Open(json) && cursor.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "kind") {
      return cursor.String(kind);
    }
    return key == "message" ? cursor.String(message) : cursor.Skip();
  });
  return ok && kind == "Status" ? message : std::string();
}

}  // namespace berth::kube
