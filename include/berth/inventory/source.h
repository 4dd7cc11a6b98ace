// Where the weights are said to be: one adapter for each kind of object that tells.
//
// An adapter turns one Kubernetes object into facts and knows nothing of the rest. A new one is a
// .cc file, its test, and a line of the registry (src/inventory/registry.h).
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/units.h"
#include "berth/cluster/weights.h"
#include "berth/inventory/node_selector.h"
#include "berth/inventory/source_key.h"
#include "berth/kube/json_cursor.h"
#include "berth/kube/objects.h"

namespace berth::inventory {

// A copy of some weights, as one object tells.
struct Fact {
  std::string node;                              // empty: Reading::node
  std::shared_ptr<const NodeSelector> selector;  // not null: the nodes it matches, and not `node`
  SourceKey key{};
  cluster::Tier tier = cluster::Tier::kDisk;  // kDevice, kHost or kDisk
  bool arriving = false;                      // under way to that tier
  Bytes bytes;                       // there, or still to come where arriving; 0: all, or unknown
  std::vector<std::string> devices;  // ids, of kDevice
  Duration eta{};                    // arriving: after observed_at; 0: unknown
  std::optional<WallTime> observed_at;  // nullopt: the object does not say
  Duration ttl{};       // after observed_at; then only what is on disk is still believed; 0: none
  std::string pod_uid;  // not empty: the fact ends with that pod
};

// The host memory that a node keeps weights in, as its agent tells.
struct HostCache {
  struct Resident {
    SourceKey key{};
    Bytes bytes;                        // 0: not said
    std::optional<WallTime> last_used;  // nullopt: not said
    bool pinned = false;                // makes room for nothing

    friend bool operator==(const Resident&, const Resident&) = default;
  };
  Bytes capacity;
  std::vector<Resident> residents;
  std::optional<WallTime> observed_at;
  Duration ttl{};

  friend bool operator==(const HostCache&, const HostCache&) = default;
};

struct Reading {
  std::string node;  // that the facts without one are about
  std::vector<Fact> facts;
  std::optional<HostCache> host_cache;  // of `node`
  std::vector<std::string> problems;    // what could not be understood and was left out, for people
};

// The model that a pod serves, in its own words. Empty: not said.
struct ServedModel {
  std::string model;
  std::string variant;
  std::string version;    // of the model in the catalog that chose the variant
  bool recorded = false;  // by Berth, which knew the version
};

// One row of the registry. Exactly one of the readers is there.
struct Source {
  std::string_view name;  // "node-labels": label of metrics, word in logs
  std::string_view kind;  // of objects: "Node", "LocalModelNode"
  // Where the API server lists the kind; "{namespace}" stands for Berth's own. Empty: nodes, pods.
  std::string_view path;
  std::string_view selector;  // of labels, for the list; empty: all

  Reading (*read_node)(const kube::NodeObject& node) = nullptr;
  Reading (*read_object)(kube::Cursor& json, const kube::RawObject& object) = nullptr;
  // nullopt: it serves none, or names one that cannot be told from others.
  std::optional<ServedModel> (*read_pod)(const kube::PodObject& pod) = nullptr;

  // The key under which this source speaks of a source of the catalog, where that is not KeyOf.
  std::optional<SourceKey> (*alias)(std::string_view source) = nullptr;
};

// In the order in which people see them.
std::span<const Source> Sources();

// nullptr: no source reads objects of the kind as JSON.
const Source* FindSource(std::string_view kind);

// Source::path with the namespace in it.
std::string ListPath(const Source& source, std::string_view own_namespace);

}  // namespace berth::inventory
