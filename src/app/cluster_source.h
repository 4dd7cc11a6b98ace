// Where the cluster comes from: a file in memory, or an API server.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/apiclient/credentials.h"
#include "berth/base/clock.h"
#include "berth/base/result.h"
#include "berth/config/configuration.h"
#include "berth/kube/api.h"
#include "berth/kube/decoder.h"
#include "berth/kube/lease.h"
#include "berth/observe/log.h"
#include "berth/observe/metrics.h"
#include "berth/observe/readings.h"
#include "cluster_file.h"

namespace berth::apiclient {
class Session;
}  // namespace berth::apiclient

namespace berth::app {

// A kind that is followed beside nodes and pods.
struct FollowedKind {
  std::string_view name;  // for logs
  std::string_view kind;  // "LocalModelNode"
  std::string path;       // where the API server lists it
  std::string selector;   // of labels; empty: all
  kube::RawSink* sink;
  std::string field_selector = {};
  std::optional<Duration> denied_delay = {};  // before it is asked for again when it was refused
};

// Feeds its sinks until destroyed, and carries Berth's own writes.
class ClusterSource {
 public:
  virtual ~ClusterSource() = default;

  virtual kube::Api& api() = 0;
  // Begins to feed the sink, which outlives this object. Once.
  virtual void Start(kube::ObjectSink& sink) = 0;
  // Begins to feed the sinks of further kinds, which outlive this object. Once, after Start. A kind
  // that the cluster does not have leaves its sink empty.
  virtual void Follow(std::vector<FollowedKind> kinds) = 0;
  // Kinds of Follow that have been listed, by FollowedKind::name.
  virtual bool Listed(std::string_view name) const = 0;
  // Lists all pods again, by a quorum read.
  virtual void RelistPods() {}
  // When the last list of pods that is in the sink was sent; nullopt: none is.
  virtual std::optional<Instant> PodsListedAt() const { return std::nullopt; }
  // Of one Lease; calls end within `timeout`. nullptr: there are none in this cluster.
  virtual std::unique_ptr<kube::LeaseApi> MakeLeases(std::string_view /*ns*/,
                                                     std::string_view /*name*/,
                                                     Duration /*timeout*/) {
    return nullptr;
  }
  // Sets a label of a pod; nullopt removes it.
  virtual Status LabelPod(std::string_view /*ns*/, std::string_view /*pod*/,
                          std::string_view /*key*/, std::optional<std::string_view> /*value*/) {
    return {};
  }
  // To the API server; nullptr where there is none.
  virtual apiclient::Session* session() { return nullptr; }
  // Cache and API numbers of the moment.
  virtual void Read(observe::Readings& readings) const = 0;

  // Embedded cluster only, empty elsewhere: a pod first met in a request joins it, a pod can be
  // deleted.
  virtual std::function<void(const kube::PodObject&)> joiner() { return {}; }
  virtual std::function<Status(std::string_view ns, std::string_view name)> deleter() { return {}; }
};

Result<std::unique_ptr<ClusterSource>> MakeEmbeddedCluster(ClusterFile file);

struct LiveClusterOptions {
  apiclient::Credentials credentials;
  config::Configuration::Kubernetes settings;
  std::string user_agent;
  kube::Parts parts;  // that the sink is to know
};
// `clock`, `metrics` and `log` outlive it.
Result<std::unique_ptr<ClusterSource>> MakeLiveCluster(LiveClusterOptions options,
                                                       const Clock& clock,
                                                       observe::Metrics& metrics,
                                                       observe::Logger& log);

}  // namespace berth::app
