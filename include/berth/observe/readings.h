// Numbers that other rooms keep, handed over at a scrape. Plain values: this room knows none of the
// rooms that fill them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/units.h"
#include "berth/observe/log.h"

namespace berth::observe {

// Why a list or a watch began anew, as apiclient::RestartReason.
inline constexpr std::size_t kRestartReasons = 4;  // expired, silent, broken, error

// The local copy of one kind of object.
struct CacheReading {
  bool synced = false;
  std::uint64_t objects = 0;
  std::optional<Duration> since_last_event;  // nothing: no event yet
  std::array<std::uint64_t, kRestartReasons> restarts{};
};

struct ApiRequestReading {
  std::string_view verb;      // "get", "list", "watch", "create", "patch"
  std::string_view resource;  // "nodes", "pods", "pods/binding", "pods/status"
  int code = 0;               // HTTP status; 0: no answer
  std::uint64_t requests = 0;
};

// The scheduler port's transport, as net::ServerStats.
struct TransportReading {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t refused_overload = 0;
  std::uint64_t refused_body_too_large = 0;
  std::uint64_t refused_headers_too_large = 0;
  std::uint64_t refused_malformed = 0;
  std::uint64_t cut_slow = 0;
  std::uint64_t refused_handshakes = 0;
};

// The store, as state::Totals.
struct LedgerReading {
  std::array<std::uint64_t, 7> nodes_by_mode{};  // by cluster::NodeMode
  std::uint64_t pods_pending = 0;
  std::uint64_t pods_assumed = 0;
  std::uint64_t pods_bound = 0;
  std::uint64_t pods_doubtful = 0;
  std::uint64_t devices_overcommitted = 0;
  std::uint64_t records_ignored = 0;
  std::uint64_t records_malformed = 0;
  std::array<std::uint64_t, 3> records_unproven{};  // no MAC, an unknown key's, a wrong one
  std::array<std::uint64_t, 2> pods_by_others{};    // on whole and on shared nodes
  std::uint64_t expectations = 0;
};

// The configuration's file.
struct ConfigurationReading {
  std::string path;                  // empty: none is named, or it cannot change
  std::string hash;                  // of the effective configuration; empty: not shown
  WallTime loaded_at{};              // when it was read last
  std::vector<std::string> waiting;  // changed settings that count after a restart
  std::string error;                 // why the file as it is now is not in use, lines; empty: it is
};

// The model catalog's file.
struct CatalogReading {
  std::string path;      // empty: none is named
  std::string revision;  // of the catalog in use
  std::uint64_t models = 0;
  WallTime loaded_at{};  // when that one was read last
  std::string error;     // why the file as it is now is not in use, lines; empty: it is
};

// A port's certificate.
struct CertificateReading {
  std::string_view use;  // "scheduler", "operations": a constant
  std::string path;
  WallTime not_after{};  // of the certificate in use
  WallTime loaded_at{};  // when that one was read
  std::string error;     // why the files as they are now are not in use; empty: they are
};

// The keys that sign records.
struct RecordKeysReading {
  std::string path;              // empty: records are not signed
  std::vector<std::string> ids;  // of the keys in use, the one that signs first
  WallTime loaded_at{};
  std::string error;  // why the file as it is now is not in use; empty: it is
};

// How a scrape or a query ended, as telemetry::ScrapeResult.
inline constexpr std::size_t kScrapeResults = 9;

// What is measured of loads, as telemetry::TelemetryReading.
struct TelemetryReading {
  std::array<std::uint64_t, 3> nodes{};  // with devices in use: fresh, stale, missing
  std::array<std::uint64_t, kScrapeResults> scrapes{};
  std::uint64_t discarded = 0;
  std::uint64_t malformed = 0;
  std::uint64_t targets = 0;
  std::uint64_t targets_failing = 0;
  bool degraded = false;
};

// The inventory of model weights. Names of its sources are constants.
struct InventoryReading {
  struct Source {
    std::string_view name;
    std::uint64_t facts = 0;
    std::uint64_t malformed = 0;
    bool listed = false;
  };
  std::vector<Source> sources;
  std::uint64_t loads = 0;
};

// The devices of the cluster.
inline constexpr std::size_t kMaxGpuModels = 16;  // more are shown as "other"
struct FleetReading {
  struct Model {
    std::string gpu_model;  // "NVIDIA-A100-SXM4-80GB"
    Bytes memory_capacity;  // 0 where unknown
    Bytes memory_allocated;
    std::int64_t devices = 0;
    std::int64_t devices_allocated = 0;  // held by a pod, in part or whole
    double fragmentation = 0;  // share of the free memory that is on devices in part use, 0..1
  };
  std::vector<Model> models;
};

// Which of several Berths binds.
struct LeadershipReading {
  bool leader = true;  // this one may bind; alone it always may
  std::string_view mode = "none";
  std::string_view standing = "leading";  // "standby", "catching up", "expiring"
  std::string lease;                      // "kube-system/berth"; empty in mode none
  std::string holder;                     // as last read; empty: nobody, or not known
};

// The decision log. Off: all 0.
struct DecisionLogReading {
  std::uint64_t written = 0;  // lines
  std::uint64_t dropped = 0;  // lines that found the queue full, or that could not be written
};

struct Readings {
  LeadershipReading leadership;
  CacheReading nodes;
  CacheReading pods;
  LedgerReading ledger;
  TransportReading transport;
  std::uint64_t operations_throttled = 0;  // requests
  ConfigurationReading configuration;
  CatalogReading catalog;
  RecordKeysReading record_keys;
  std::vector<CertificateReading> certificates;  // of the ports with TLS
  TelemetryReading telemetry;
  InventoryReading inventory;
  FleetReading fleet;
  DecisionLogReading decision_log;
  std::vector<ApiRequestReading> api_requests;
  std::array<std::uint64_t, kLogLevels> log_messages{};  // by LogLevel
};

}  // namespace berth::observe
