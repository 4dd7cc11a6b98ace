#include "program.h"

#include <cstdint>
#include <random>
#include <string_view>
#include <utility>

#include "berth/server/fleet.h"
#include "build_info.h"
#include "readings.h"
#include "record_proofs.h"
#include "rules.h"

namespace berth::app {
namespace {

constexpr Duration kTendInterval = std::chrono::milliseconds(100);
constexpr Duration kHandshakeLogInterval = std::chrono::seconds(1);
constexpr Duration kDrain = std::chrono::seconds(10);

std::string_view Describe(signing::Proof proof) {
  switch (proof) {
    case signing::Proof::kSound:
      return "sound";
    case signing::Proof::kMissing:
      return "it carries no MAC";
    case signing::Proof::kUnknownKey:
      return "its MAC is of a key that is not among ours";
    case signing::Proof::kWrong:
      break;
  }
  return "its MAC is wrong: copied, changed or forged";
}

// Without keys the rules stay as they are. `keys` and `log` outlive them.
state::Rules WithProofs(state::Rules rules, const config::Configuration::Records& settings,
                        const RecordKeyFile* keys, observe::Logger& log) {
  if (keys == nullptr) {
    return rules;
  }
  rules.proof_of = [keys, before = ParseRfc3339(settings.accept_unsigned_before)](
                       const kube::PodObject& pod) { return ProofOf(pod, *keys->keys(), before); };
  rules.on_unproven = [&log](const kube::PodObject& pod, signing::Proof proof) {
    log.Warn("record is not ours and not believed", {{"pod", pod.ns + "/" + pod.name},
                                                     {"pod_uid", pod.uid},
                                                     {"node", pod.node_name},
                                                     {"error", Describe(proof)}});
  };
  return rules;
}

// Empty without keys, which outlive it.
std::function<void(kube::Binding&)> SignerOf(const RecordKeyFile* keys) {
  if (keys == nullptr) {
    return {};
  }
  return [keys](kube::Binding& binding) { SignRecord(binding, *keys->keys()); };
}

// nullptr where no decision log is wanted. Lines go nowhere before its file is open.
std::unique_ptr<observe::DecisionLog> MakeDecisionLog(
    const config::Configuration::DecisionLog& settings, const Clock& clock,
    const std::unique_ptr<DecisionFile>& file) {
  if (settings.file.empty()) {
    return nullptr;
  }
  std::random_device random;
  const std::uint64_t seed = (std::uint64_t{random()} << 32U) | random();
  return std::make_unique<observe::DecisionLog>(
      observe::DecisionLogOptions{.refusal_ratio = settings.refusal_ratio,
                                  .answer_ratio = settings.answer_ratio},
      seed, clock,
      [&file](std::string_view lines) { return file != nullptr && file->Append(lines); });
}

extender::Options ServiceOptions(const config::Configuration& configuration, ClusterSource& source,
                                 ModelWeights& weights, const RecordKeyFile* record_keys,
                                 extender::BindGate* gate, observe::DecisionLog* decisions) {
  return {
      .profiles = Profiles(configuration),
      .score_scale = configuration.scheduler.score_scale,
      .shortlist = static_cast<std::uint32_t>(configuration.scheduler.shortlist),
      .name_refused_nodes = configuration.scheduler.name_refused_nodes,
      .max_nodes = configuration.scheduler.max_nodes,
      .hold_ttl = configuration.scheduler.hold_ttl,
      .wakes_per_second = configuration.kubernetes.wakes_per_second,
      .on_pod = source.joiner(),
      .on_model_start = [&weights](const extender::ModelStart& start) { weights.Started(start); },
      .sign_record = SignerOf(record_keys),
      .observe = configuration.scheduler.mode == config::SchedulerMode::kObserve,
      .gate = gate,
      .decision_log = decisions};
}

}  // namespace

Program::Program(std::unique_ptr<ConfigurationFile> configuration, device::ClassTable classes,
                 std::unique_ptr<ClusterSource> source, std::unique_ptr<Leadership> leadership,
                 std::unique_ptr<CatalogFile> catalog, std::unique_ptr<RecordKeyFile> record_keys,
                 const Clock& clock, observe::Metrics& metrics, observe::Logger& log)
    : configuration_file_(std::move(configuration)),
      configuration_(configuration_file_->at_start()),
      clock_(clock),
      metrics_(metrics),
      log_(log),
      record_keys_(std::move(record_keys)),
      store_(std::move(classes),
             WithProofs(RulesOf(configuration_), configuration_.records, record_keys_.get(), log)),
      weights_(configuration_, store_, clock, metrics, log),
      source_(std::move(source)),
      leadership_(std::move(leadership)),
      catalog_(std::move(catalog)),
      decision_log_(MakeDecisionLog(configuration_.decision_log, clock, decision_file_)),
      service_(ServiceOptions(configuration_, *source_, weights_, record_keys_.get(),
                              leadership_.get(), decision_log_.get()),
               store_, source_->api(), clock, metrics, log),
      handshakes_(log, kHandshakeLogInterval),
      throttle_(configuration_.operations.max_requests_per_second, clock) {}

Status Program::Start() {
  BERTH_ASSIGN_OR_RETURN(telemetry_, Telemetry::Create(configuration_, store_, clock_, log_));
  BERTH_RETURN_IF_ERROR(OpenCertificates());
  BERTH_RETURN_IF_ERROR(OpenDecisionLog());
  BERTH_RETURN_IF_ERROR(TellDemand(configuration_));
  kube::ObjectSink* const observer = service_.observer();
  tee_.emplace(*telemetry_, weights_.feed(),
               observer != nullptr ? *observer : static_cast<kube::ObjectSink&>(store_));
  BERTH_ASSIGN_OR_RETURN(
      scheduler_, Listen(configuration_.scheduler.listen, configuration_.scheduler.max_connections,
                         scheduler_certificate_.get(), server::SchedulerRoutes(service_)));
  metrics_.SetReadings([this] { return Readings(); });
  if (catalog_) {
    catalog_->Start([this](CatalogFile::CatalogPtr catalog) {
      weights_.SetCatalog(catalog);
      store_.SetCatalog(std::move(catalog));
    });
  }
  source_->Start(*tee_);
  std::vector<FollowedKind> kinds =
      weights_.Kinds(apiclient::OwnNamespace(std::string(apiclient::kServiceAccountDirectory)));
  if (leadership_) {
    for (FollowedKind& kind : leadership_->Kinds()) {
      kinds.push_back(std::move(kind));
    }
  }
  source_->Follow(std::move(kinds));
  if (leadership_) {
    leadership_->Start(*source_);
  }
  telemetry_->Start();
  weights_.Start();
  BERTH_ASSIGN_OR_RETURN(std::vector<net::Route> routes, OperationsRoutes());
  BERTH_ASSIGN_OR_RETURN(operations_,
                         Listen(configuration_.operations.listen, 64, operations_certificate_.get(),
                                throttle_.Pace(std::move(routes))));
  tending_ = std::jthread([this](const std::stop_token& stop) { Tend(stop); });
  configuration_file_->Start(clock_, log_, [this](const config::Configuration& changed) {
    if (const Status told = TellDemand(changed); !told.ok()) {
      log_.Warn("typical pods stay as they were", {{"error", told.error().message}});
    }
    service_.SetProfiles(Profiles(changed));
    log_.SetLevel(LevelOf(changed.log.level));
  });
  watching_configuration_ =
      std::jthread([this](const std::stop_token& stop) { configuration_file_->Watch(stop); });
  if (catalog_) {
    watching_catalog_ =
        std::jthread([this](const std::stop_token& stop) { catalog_->Watch(stop); });
  }
  if (record_keys_) {
    // What was doubted for want of a key is looked at again.
    record_keys_->Start([this] { source_->RelistPods(); });
    watching_record_keys_ =
        std::jthread([this](const std::stop_token& stop) { record_keys_->Watch(stop); });
  }
  const auto watch = [this](CertificateFiles* files, net::Server& server) {
    if (files != nullptr) {
      files->Start([&server](const net::ServerTls& tls) { return server.SetTls(tls); });
      watching_certificates_.emplace_back(
          [files](const std::stop_token& stop) { files->Watch(stop); });
    }
  };
  watch(scheduler_certificate_.get(), *scheduler_);
  watch(operations_certificate_.get(), *operations_);
  log_.Info("serving", {{"version", ThisBuild().version},
                        {"mode", service_.observer() != nullptr ? "observe" : "active"},
                        {"scheduler_port", scheduler_->port()},
                        {"operations_port", operations_->port()}});
  return {};
}

void Program::Stop() {
  stopping_ = true;
  scheduler_->Stop(kDrain);
  if (leadership_) {
    leadership_->Stop();
  }
  tending_ = {};
  watching_configuration_ = {};
  watching_catalog_ = {};
  watching_record_keys_ = {};
  watching_certificates_.clear();
  writing_decisions_ = {};  // after the scheduler port: every bind that was answered is in it
  telemetry_->Stop();
  weights_.Stop();
  operations_->Stop(std::chrono::seconds(1));
  metrics_.SetReadings({});
}

Result<std::unique_ptr<net::Server>> Program::Listen(const std::string& address,
                                                     std::size_t max_connections,
                                                     CertificateFiles* certificate,
                                                     std::vector<net::Route> routes) {
  BERTH_ASSIGN_OR_RETURN(const net::HostPort at, net::ParseHostPort(address));
  net::ServerOptions options{.host = at.host, .port = at.port, .max_connections = max_connections};
  options.max_body_bytes = configuration_.scheduler.max_body_bytes;
  options.max_total_body_bytes = configuration_.scheduler.max_total_body_bytes;
  if (leadership_ && address == configuration_.scheduler.listen) {
    options.keeps_connections = [this] { return leadership_->keeps_connections(); };
  }
  if (certificate != nullptr) {
    options.tls = certificate->TakeFirst();
    options.on_handshake_failed = [this, use = certificate->reading().use](std::string_view peer,
                                                                           const Error& why) {
      handshakes_.Warn(clock_.Now(), "TLS handshake failed",
                       {{"use", use}, {"peer", peer}, {"error", why.message}});
    };
  }
  return net::Server::Listen(std::move(options), std::move(routes));
}

Result<std::vector<net::Route>> Program::OperationsRoutes() {
  std::vector<net::Route> routes = server::OperationsRoutes(Operations());
  if (configuration_.operations.authentication == config::Authentication::kNone) {
    return routes;
  }
  if (source_->session() == nullptr) {
    return InvalidArgument(
        "operations.authentication: tokenReview needs an API server; with --cluster there is none");
  }
  access_ = std::make_unique<apiclient::AccessReviewer>(*source_->session(),
                                                        apiclient::AccessReviewerOptions{}, clock_);
  return server::Protect(std::move(routes),
                         [this](std::string_view token, std::string_view verb,
                                std::string_view path) -> Result<server::Access> {
                           BERTH_ASSIGN_OR_RETURN(const apiclient::AccessReview review,
                                                  access_->Review(token, verb, path));
                           return review.allowed         ? server::Access::kAllowed
                                  : review.authenticated ? server::Access::kForbidden
                                                         : server::Access::kUnauthenticated;
                         });
}

Status Program::OpenDecisionLog() {
  if (decision_log_ == nullptr) {
    return {};
  }
  BERTH_ASSIGN_OR_RETURN(decision_file_, DecisionFile::Open(configuration_.decision_log.file));
  writing_decisions_ =
      std::jthread([this](const std::stop_token& stop) { decision_log_->Run(stop); });
  return {};
}

Status Program::OpenCertificates() {
  if (const auto& tls = configuration_.scheduler.tls; !tls.cert_file.empty()) {
    BERTH_ASSIGN_OR_RETURN(scheduler_certificate_,
                           CertificateFiles::Open({.use = "scheduler",
                                                   .cert_file = tls.cert_file,
                                                   .key_file = tls.key_file,
                                                   .client_ca_file = tls.client_ca_file,
                                                   .client_names = tls.allowed_client_names},
                                                  clock_, log_));
  }
  if (const auto& tls = configuration_.operations.tls; !tls.cert_file.empty()) {
    BERTH_ASSIGN_OR_RETURN(operations_certificate_,
                           CertificateFiles::Open({.use = "operations",
                                                   .cert_file = tls.cert_file,
                                                   .key_file = tls.key_file,
                                                   .client_ca_file = {},
                                                   .client_names = {}},
                                                  clock_, log_));
  }
  return {};
}

server::Operations Program::Operations() {
  return {
      .store = store_,
      .metrics = metrics_,
      .clock = clock_,
      .build = ThisBuild(),
      .ready_checks = {{.name = "synced",
                        .waits_for = [this]() -> std::optional<std::string> {
                          return store_.synced() ? std::nullopt
                                                 : std::optional<std::string>(
                                                       "the first list of nodes and pods");
                        }},
                       // Leader or not: a standby is as ready as can be.
                       {.name = "leadership",
                        .waits_for = [] { return std::nullopt; },
                        .says = [this] { return std::string(LeadershipNow().standing); }}},
      .observes = configuration_.scheduler.mode == config::SchedulerMode::kObserve,
      .per_device_metrics = configuration_.operations.per_device_metrics,
      .shutting_down = [this] { return stopping_.load(); },
      .readings = [this] { return Readings(); },
      .effective_configuration = [this] { return config::ToYaml(*configuration_file_->in_use()); },
      .delete_pod = source_->deleter(),
      .explain = [this](std::string_view ns, std::string_view name,
                        std::size_t limit) { return service_.Explain(ns, name, limit); }};
}

observe::LeadershipReading Program::LeadershipNow() const {
  return leadership_ ? leadership_->reading() : observe::LeadershipReading{};
}

observe::Readings Program::Readings() const {
  observe::Readings readings;
  source_->Read(readings);
  const state::Totals totals = store_.totals();
  readings.nodes.objects = totals.nodes;
  readings.pods.objects = totals.pods_pending + totals.pods_assumed + totals.pods_bound;
  readings.ledger = ReadingOf(totals);
  readings.leadership = LeadershipNow();
  if (catalog_) {
    readings.catalog = catalog_->reading();
  }
  if (record_keys_) {
    readings.record_keys = record_keys_->reading();
  }
  for (const auto* files : {scheduler_certificate_.get(), operations_certificate_.get()}) {
    if (files != nullptr) {
      readings.certificates.push_back(files->reading());
    }
  }
  if (decision_log_ != nullptr) {
    readings.decision_log = decision_log_->reading();
  }
  readings.inventory = weights_.Reading(*source_);
  readings.fleet = server::FleetOf(*store_.snapshot());
  readings.telemetry = ReadingOf(telemetry_->reading());
  readings.log_messages = log_.counts();
  readings.transport = ReadingOf(scheduler_->stats());
  readings.operations_throttled = throttle_.refused();
  readings.configuration = configuration_file_->reading();
  return readings;
}

Status Program::TellDemand(const config::Configuration& configuration) {
  store_.SetLearning(core::GoByDemand(Profiles(configuration)));
  BERTH_ASSIGN_OR_RETURN(state::TypicalPods typical,
                         TypicalPodsOf(configuration, store_.classes()));
  store_.SetTypicalPods(std::move(typical));
  return {};
}

void Program::Tend(const std::stop_token& stop) {
  std::uint64_t seen = 0;
  while (!stop.stop_requested()) {
    seen = store_.WaitForChange(seen, kTendInterval);
    if (store_.synced()) {
      service_.Tend();
    }
  }
}

}  // namespace berth::app
