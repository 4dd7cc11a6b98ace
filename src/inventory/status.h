// The inventory of one node's models as its agent writes it: the status of a NodeModelInventory,
// the key inventory.json of a ConfigMap, the annotation berth.dev/model-inventory of a Node.
//
//   {"observedAt": "2026-11-24T05:20:31Z", "ttlSeconds": 120,
//    "models": [{"id": "hf://org/model", "key": "0123456789abcdef", "tier": "nvme",
//                "bytes": 16000000000, "totalBytes": 16000000000, "devices": ["GPU-1f2e"],
//                "pod": {"namespace": "ml", "name": "llm-0", "uid": "…"}, "etaSeconds": 12}]}
//
// `id` or `key` is there; where both are, the id counts. Tiers: gpu, host, nvme, peer (says
// nothing: the peer's own inventory tells), staging (on its way to the disk). Fewer bytes than
// totalBytes: a partial copy. A row that is malformed is left out, and the rest stands.
#pragma once

#include <optional>
#include <string_view>

#include "berth/inventory/source.h"

namespace berth::inventory {

// Appends to `reading`. False, with the cursor's failure, when the status itself is malformed.
bool DecodeStatus(kube::Cursor& json, Reading& reading);

// The same of a text inside another object.
void ReadStatusText(std::string_view text, Reading& reading);

// How a tier's word reads. nullopt: unknown.
struct TierWord {
  cluster::Tier tier = cluster::Tier::kDisk;
  bool arriving = false;
  bool counts = true;  // false: peer
};
std::optional<TierWord> ParseTier(std::string_view word);

// Why the cursor stopped, with the field's path.
std::string FailureText(const kube::Cursor& json);

}  // namespace berth::inventory
