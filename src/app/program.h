// Everything that serves, composed.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "berth/apiclient/access_reviewer.h"
#include "berth/base/clock.h"
#include "berth/base/result.h"
#include "berth/config/configuration.h"
#include "berth/device/classes.h"
#include "berth/extender/service.h"
#include "berth/net/server.h"
#include "berth/observe/decision_log.h"
#include "berth/observe/log.h"
#include "berth/observe/metrics.h"
#include "berth/observe/readings.h"
#include "berth/server/routes.h"
#include "berth/state/store.h"
#include "catalog_file.h"
#include "certificate_files.h"
#include "cluster_source.h"
#include "cluster_tee.h"
#include "configuration_file.h"
#include "decision_file.h"
#include "leadership.h"
#include "model_weights.h"
#include "record_key_file.h"
#include "telemetry.h"

namespace berth::app {

// Objects in the order in which they start; destroyed the other way round.
class Program {
 public:
  // `catalog` and `record_keys` are nullptr where none are named, `leadership` where there is no
  // other Berth. `clock`,
  // `metrics` and `log` outlive the program.
  Program(std::unique_ptr<ConfigurationFile> configuration, device::ClassTable classes,
          std::unique_ptr<ClusterSource> source, std::unique_ptr<Leadership> leadership,
          std::unique_ptr<CatalogFile> catalog, std::unique_ptr<RecordKeyFile> record_keys,
          const Clock& clock, observe::Metrics& metrics, observe::Logger& log);

  // The operations port comes last: it shows all the rest.
  Status Start();
  // Not ready from now on; requests under way are answered.
  void Stop();

 private:
  // `certificate` is nullptr for a plain port.
  Result<std::unique_ptr<net::Server>> Listen(const std::string& address,
                                              std::size_t max_connections,
                                              CertificateFiles* certificate,
                                              std::vector<net::Route> routes);
  Status OpenCertificates();
  Status OpenDecisionLog();
  // The operations port's, behind the lock that the configuration asks for.
  Result<std::vector<net::Route>> OperationsRoutes();
  server::Operations Operations();
  observe::Readings Readings() const;
  observe::LeadershipReading LeadershipNow() const;
  void Tend(const std::stop_token& stop);
  // What pods usually ask for, and whether any profile wants to know.
  Status TellDemand(const config::Configuration& configuration);

  const std::unique_ptr<ConfigurationFile> configuration_file_;
  const config::Configuration& configuration_;  // as at the start
  const Clock& clock_;
  observe::Metrics& metrics_;
  observe::Logger& log_;
  const std::unique_ptr<RecordKeyFile> record_keys_;  // nullptr: records are not signed
  state::Store store_;
  std::unique_ptr<Telemetry> telemetry_;  // since Start
  ModelWeights weights_;
  std::optional<ClusterTee> tee_;  // since Start
  std::unique_ptr<ClusterSource> source_;
  std::unique_ptr<Leadership> leadership_;
  std::unique_ptr<CatalogFile> catalog_;
  std::unique_ptr<DecisionFile> decision_file_;  // since Start; nullptr: there is no decision log
  std::unique_ptr<observe::DecisionLog> decision_log_;
  extender::Service service_;
  std::atomic<bool> stopping_ = false;
  observe::LimitedLog handshakes_;
  std::unique_ptr<apiclient::AccessReviewer> access_;        // nullptr: the operations port is open
  std::unique_ptr<CertificateFiles> scheduler_certificate_;  // nullptr: plain
  std::unique_ptr<CertificateFiles> operations_certificate_;  // nullptr: plain
  server::Throttle throttle_;
  std::unique_ptr<net::Server> operations_;
  std::unique_ptr<net::Server> scheduler_;
  std::jthread tending_;
  std::jthread watching_configuration_;
  std::jthread watching_catalog_;
  std::jthread watching_record_keys_;
  std::vector<std::jthread> watching_certificates_;
  std::jthread writing_decisions_;
};

}  // namespace berth::app
