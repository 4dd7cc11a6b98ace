// A PersistentVolume of a local or hostPath kind with nodeAffinity, for sources
// pvc://<namespace>/<claim>[/path] of the claim that it is bound to: a copy on the disk of the
// nodes that the affinity selects, of at most the volume's capacity. Whether the weights have been
// put there yet nobody says. Volumes of the network are no copy: every node reads them from afar.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "berth/kube/quantity.h"
#include "registry.h"
#include "status.h"
#include "text.h"

namespace berth::inventory {
namespace {

using kube::Cursor;
using kube::Keys;

struct Volume {
  bool local = false;
  std::string claim_ns;
  std::string claim;
  Bytes capacity;
  NodeSelector nodes;
  std::string phase;
};

SourceKey ClaimKey(std::string_view ns, std::string_view claim) {
  return KeyOf(fmt::format("pvc-claim:{}/{}", ns, claim));
}

bool DecodeCapacity(Cursor& json, Volume& volume) {
  return json.Fields(Keys::kMap, [&](std::string_view resource) {
    if (resource != "storage") {
      return json.Skip();
    }
    std::string_view text;
    if (!json.Amount(text)) {
      return false;
    }
    const Result<std::int64_t> bytes = kube::ParseQuantity(text, 1);
    if (!bytes.ok()) {
      return json.Fail(bytes.error().message);
    }
    volume.capacity = Bytes(*bytes);
    return true;
  });
}

bool DecodeSpec(Cursor& json, Volume& volume) {
  return json.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "local" || key == "hostPath") {
      volume.local = volume.local || json.IsObject();
      return json.Skip();
    }
    if (key == "capacity") {
      return DecodeCapacity(json, volume);
    }
    if (key == "claimRef") {
      return json.Fields(Keys::kFields, [&](std::string_view field) {
        if (field == "namespace") {
          return json.String(volume.claim_ns);
        }
        return field == "name" ? json.String(volume.claim) : json.Skip();
      });
    }
    if (key == "nodeAffinity") {
      return json.Fields(Keys::kFields, [&](std::string_view field) {
        return field == "required" ? DecodeNodeSelector(json, volume.nodes) : json.Skip();
      });
    }
    return json.Skip();
  });
}

Reading ReadPersistentVolume(Cursor& json, const kube::RawObject& object) {
  Reading reading;
  Volume volume;
  const bool ok = json.Open(object.json) && json.Fields(Keys::kFields, [&](std::string_view part) {
    if (part == "spec") {
      return DecodeSpec(json, volume);
    }
    if (part != "status") {
      return json.Skip();
    }
    return json.Fields(Keys::kFields, [&](std::string_view key) {
      return key == "phase" ? json.String(volume.phase) : json.Skip();
    });
  });
  if (!ok) {
    reading.problems.push_back(FailureText(json));
    return reading;
  }
  if (volume.local && volume.phase == "Bound" && !volume.claim.empty() &&
      !volume.nodes.terms.empty()) {
    reading.facts.push_back(
        {.selector = std::make_shared<const NodeSelector>(std::move(volume.nodes)),
         .key = ClaimKey(volume.claim_ns, volume.claim),
         .bytes = volume.capacity > Bytes(0) ? volume.capacity : Bytes(0)});
  }
  return reading;
}

std::optional<SourceKey> ClaimAlias(std::string_view source) {
  const auto rest = After(source, "pvc://");
  if (!rest) {
    return std::nullopt;
  }
  const std::size_t slash = rest->find('/');
  if (slash == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view claim = rest->substr(slash + 1);
  return ClaimKey(rest->substr(0, slash), claim.substr(0, claim.find('/')));
}

}  // namespace

Source PersistentVolumes() {
  return {.name = "persistent-volumes",
          .kind = "PersistentVolume",
          .path = "/api/v1/persistentvolumes",
          .read_object = &ReadPersistentVolume,
          .alias = &ClaimAlias};
}

}  // namespace berth::inventory
