#include "wire.h"

#include <fmt/format.h>

namespace berth::extender {

using kube::Keys;

Result<const NodesArgs*> WireReader::ReadNodes(std::string_view body) {
  nodes_.pod = {};
  nodes_.names.clear();
  nodes_.objects.clear();
  nodes_.full = false;
  bool named = false;
  const bool ok = Open(body) && json_.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "Pod") {
      return Object(nodes_.pod);
    }
    if (key == "NodeNames" && !json_.IsNull()) {
      named = true;
      return json_.Quotes([this](std::string_view quoted) {
        nodes_.names.push_back(quoted);
        return Count(nodes_.names.size());
      });
    }
    if (key == "Nodes" && !json_.IsNull()) {
      nodes_.full = true;
      return json_.Fields(Keys::kFields, [this](std::string_view part) {
        return part == "items" ? json_.Elements([this] { return FullNode(); }) : json_.Skip();
      });
    }
    return json_.Skip();
  });
  if (!ok) {
    return Failure();
  }
  if (nodes_.pod.empty()) {
    return InvalidArgument("Pod is missing");
  }
  if (named == nodes_.full) {
    return InvalidArgument(named ? "both NodeNames and Nodes are given, one is expected"
                                 : "neither NodeNames nor Nodes is given");
  }
  return &nodes_;
}

Result<PreemptArgs> WireReader::ReadPreempt(std::string_view body) {
  PreemptArgs args;
  const bool ok = Open(body) && json_.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "Pod") {
      return Object(args.pod);
    }
    if (key == "NodeNameToVictims" || key == "NodeNameToMetaVictims") {
      return Candidates(args.nodes);
    }
    return json_.Skip();
  });
  if (!ok) {
    return Failure();
  }
  if (args.pod.empty()) {
    return InvalidArgument("Pod is missing");
  }
  return args;
}

Result<BindArgs> WireReader::ReadBind(std::string_view body) {
  BindArgs args;
  const bool ok = Open(body) && json_.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "PodName") {
      return json_.String(args.pod_name);
    }
    if (key == "PodNamespace") {
      return json_.String(args.pod_namespace);
    }
    if (key == "PodUID") {
      return json_.String(args.pod_uid);
    }
    return key == "Node" ? json_.String(args.node) : json_.Skip();
  });
  if (!ok) {
    return Failure();
  }
  for (const auto& [field, value] :
       {std::pair<std::string_view, const std::string&>{"PodName", args.pod_name},
        {"PodNamespace", args.pod_namespace},
        {"PodUID", args.pod_uid},
        {"Node", args.node}}) {
    if (value.empty()) {
      return InvalidArgument(fmt::format("{} is missing", field));
    }
  }
  return args;
}

bool WireReader::Open(std::string_view body) {
  return json_.Open(body) && (json_.IsObject() || json_.Expected("an object"));
}

bool WireReader::Object(std::string_view& out) {
  if (json_.IsNull()) {
    return json_.Skip();
  }
  const kube::Cursor::Mark begin = json_.Here();
  if (!json_.IsObject()) {
    return json_.Expected("an object");
  }
  if (!json_.Skip()) {
    return false;
  }
  out = json_.Since(begin);
  return true;
}

bool WireReader::TooMany() {
  return json_.Refuse(ErrorCode::kResourceExhausted, fmt::format("more than {} nodes", max_nodes_));
}

bool WireReader::FullNode() {
  std::string_view name;
  if (!Count(nodes_.names.size() + 1)) {
    return false;
  }
  const kube::Cursor::Mark begin = json_.Here();
  const bool ok = json_.Fields(Keys::kFields, [&](std::string_view key) {
    if (key != "metadata") {
      return json_.Skip();
    }
    return json_.Fields(Keys::kFields, [&](std::string_view field) {
      return field == "name" ? json_.Quote(name) : json_.Skip();
    });
  });
  if (!ok) {
    return false;
  }
  nodes_.names.push_back(name);
  nodes_.objects.push_back(json_.Since(begin));
  return !name.empty() || json_.Fail("metadata.name is missing");
}

bool WireReader::Candidates(std::vector<PreemptNode>& nodes) {
  return json_.QuotedFields([&](std::string_view quoted) {
    PreemptNode& node = nodes.emplace_back();
    node.quoted = quoted;
    return Count(nodes.size()) && Victims(node);
  });
}

// {"Pods": [{"UID": ...}] or whole pods, "NumPDBViolations": n}
bool WireReader::Victims(PreemptNode& node) {
  return json_.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "NumPDBViolations") {
      return json_.Int64(node.pdb_violations);
    }
    if (key != "Pods") {
      return json_.Skip();
    }
    return json_.Elements([&] {
      std::string_view uid;
      const bool ok = json_.Fields(Keys::kFields, [&](std::string_view part) {
        if (part == "UID") {
          return json_.Quote(uid);
        }
        if (part != "metadata") {
          return json_.Skip();
        }
        return json_.Fields(Keys::kFields, [&](std::string_view field) {
          return field == "uid" ? json_.Quote(uid) : json_.Skip();
        });
      });
      node.victims.push_back(uid);
      return ok && (!uid.empty() || json_.Fail("the pod has no uid"));
    });
  });
}

Error WireReader::Failure() const {
  const kube::Cursor::Failure& failure = json_.failure();
  return {failure.code,
          failure.path.empty() ? failure.what : fmt::format("{}: {}", failure.path, failure.what)};
}

}  // namespace berth::extender
