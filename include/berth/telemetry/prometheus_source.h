// Asks a server with Prometheus' HTTP API instead of the pods themselves: a few cluster-wide
// queries per round, joined here.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "berth/base/result.h"
#include "berth/cluster/names.h"
#include "berth/net/client.h"
#include "berth/telemetry/collector.h"
#include "berth/telemetry/engine.h"
#include "berth/telemetry/load_model.h"
#include "berth/telemetry/reading.h"
#include "berth/telemetry/target.h"

namespace berth::telemetry {

struct PrometheusOptions {
  std::string origin;                          // "https://prometheus.monitoring.svc:9090"
  std::string path_prefix;                     // before /api/v1/query; empty, or "/prometheus"
  std::vector<std::string> engines;            // to ask for; empty: all whose names have a prefix
  Duration timeout = std::chrono::seconds(5);  // of one query
  Duration budget = std::chrono::seconds(12);  // of a round; what is left over is asked next time
  std::string bearer_token_file;               // read anew each round: tokens rotate
  net::Headers headers;                        // "X-Scope-OrgID"
  net::TlsOptions tls;
  std::size_t max_answer_bytes = std::size_t{64} << 20;
  LoadModel model;
};

struct PrometheusCounts {
  std::array<std::uint64_t, kScrapeResults> results{};  // of queries, by ScrapeResult
  std::uint64_t unmapped = 0;                           // series of no pod or node that is known
  std::uint64_t partial = 0;  // answers with warnings: some store behind the server was away
  std::uint64_t skipped = 0;  // queries that the budget left no time for
  // The last round: a query failed, was skipped or was answered in part.
  bool degraded = false;
  // The last round: the server understood and refused; asking again will not help.
  bool misconfigured = false;
};

// Per engine two queries: the values; and how old they are, because an instant query answers with
// the time of the evaluation and serves values up to five minutes old. Errors are counted, never
// more. Not thread-safe but for counts().
class PrometheusSource {
 public:
  using Connect = Collector::Connect;

  // `engines` and `clock` outlive the source. kInvalidArgument: an unknown engine; the origin or
  // the TLS options.
  static Result<std::unique_ptr<PrometheusSource>> Create(
      PrometheusOptions options, const EngineTable& engines, const Clock& clock,
      const Connect& connect = &net::Client::Create);

  // One round. `pods` are those that series may belong to: of a Target id, ns, name, node, host,
  // engine and max_batch are looked at. A series belongs to
  // - a pod by exported_namespace and exported_pod, else namespace and pod, else the address in
  //   instance;
  // - a node (devices) by node, kubernetes_node, exported_node, Hostname, hostname, nodename where
  //   it is a node's name; else where its pod or its address is.
  Readings Poll(const std::vector<Target>& pods, const cluster::NameTable& nodes);

  PrometheusCounts counts() const BERTH_EXCLUDES(mu_);

 private:
  class Directory;

  PrometheusSource(PrometheusOptions options, std::vector<const Engine*> asked, const Clock& clock,
                   std::unique_ptr<net::Client> client);

  void PollEngine(const Engine& engine, const Directory& directory, Instant deadline,
                  Readings& readings);
  // The body of a successful answer; empty: none, counted.
  std::string Query(const std::string& query, Instant deadline);
  Result<net::ClientResponse> Send(const std::string& form, Duration timeout);
  void ReadToken();
  void Count(ScrapeResult result) BERTH_EXCLUDES(mu_);

  const PrometheusOptions options_;
  const std::vector<const Engine*> asked_;
  const Clock& clock_;
  const std::unique_ptr<net::Client> client_;

  std::string token_;
  bool by_get_ = false;    // the server, or what is before it, takes no POST
  std::size_t first_ = 0;  // of asked_, in the next round
  std::unordered_map<std::string, CounterMemory> counters_;  // by engine and group

  mutable Mutex mu_;
  PrometheusCounts counts_ BERTH_GUARDED_BY(mu_);
};

}  // namespace berth::telemetry
