// berth serve: creates every object and every thread, and ends them in order.
#include <csignal>
#include <ctime>

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <ostream>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "arguments.h"
#include "berth/app/run.h"
#include "berth/config/configuration.h"
#include "berth/config/kubeconfig.h"
#include "berth/config/profiles.h"
#include "berth/device/read.h"
#include "berth/extender/service.h"
#include "berth/net/server.h"
#include "berth/server/routes.h"
#include "berth/state/store.h"
#include "build_info.h"
#include "catalog_file.h"
#include "cluster_source.h"
#include "cluster_tee.h"
#include "commands.h"
#include "file.h"
#include "model_weights.h"
#include "telemetry.h"

namespace berth::app {
namespace {

constexpr std::array<Flag, 6> kFlags = {{
    {"--config", "FILE", "configuration (kind: BerthConfiguration); defaults where absent"},
    {"--catalog", "FILE", "models that pods may name (kind: ModelCatalog); read again on change"},
    {"--cluster", "FILE", "embedded cluster: Node and Pod objects in YAML or JSON"},
    {"--kubeconfig", "FILE", "API server to talk to; in a cluster the service account is used"},
    {"--listen", "HOST:PORT", "scheduler port, 127.0.0.1:7480 by default"},
    {"--operations-listen", "HOST:PORT",
     "operations port, :7481 by default, on loopback with --cluster"},
}};

constexpr Duration kTendInterval = std::chrono::milliseconds(100);
constexpr Duration kDrain = std::chrono::seconds(10);

// SIGTERM and SIGINT, for this thread to wait on. Blocked before any other thread starts, so that
// all inherit it.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
    (void)std::signal(SIGPIPE, SIG_IGN);
  }
  ~StopSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  int Wait() const {
    int signal = 0;
    while (sigwait(&set_, &signal) != 0) {
    }
    return signal;
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

// What is doubtful but not wrong is said on `err`.
Result<config::Configuration> LoadConfiguration(const Arguments& arguments, std::ostream& err) {
  config::Configuration configuration;
  if (const auto file = arguments.Get("--config")) {
    BERTH_ASSIGN_OR_RETURN(const std::string text, ReadFile(*file));
    config::Parsed parsed = config::ParseConfiguration(text);
    if (!parsed.ok()) {
      return InvalidArgument(config::Format(parsed.complaints, *file));
    }
    err << config::Format(parsed.complaints, *file);
    configuration = std::move(parsed.configuration);
  }
  if (arguments.Get("--cluster")) {
    configuration.operations.listen = "127.0.0.1:7481";
  }
  configuration.model_catalog.file =
      arguments.Get("--catalog").value_or(configuration.model_catalog.file);
  configuration.scheduler.listen =
      arguments.Get("--listen").value_or(configuration.scheduler.listen);
  configuration.operations.listen =
      arguments.Get("--operations-listen").value_or(configuration.operations.listen);
  return configuration;
}

Result<device::ClassTable> ClassesOf(const config::Configuration& configuration) {
  std::vector<device::DeviceClass> own;
  for (const config::DeviceClassSetting& setting : configuration.device_classes) {
    device::DeviceClass row{.resource = setting.resource,
                            .product_label = setting.product_label,
                            .memory_label = setting.memory_label,
                            .count_label = setting.count_label};
    switch (setting.memory_unit) {
      case config::MemoryUnit::kMiB:
        row.memory_unit = device::MemoryUnit::kMiB;
        break;
      case config::MemoryUnit::kGiB:
        row.memory_unit = device::MemoryUnit::kGiB;
        break;
      case config::MemoryUnit::kBytes:
        row.memory_unit = device::MemoryUnit::kBytes;
        break;
    }
    own.push_back(std::move(row));
  }
  return device::ClassTable::Create(std::move(own));
}

// The default first, then the configuration's, in its order.
std::vector<core::Profile> Profiles(const config::Configuration& configuration) {
  const config::ProfileChoice by_default = config::ChooseProfile(configuration, "", {}, "");
  std::vector<core::Profile> profiles = {{.name = configuration.policy.profile,
                                          .policy = config::PolicyOf(configuration, by_default)}};
  for (const config::ProfileSetting& profile : configuration.profiles) {
    profiles.push_back({.name = profile.name, .policy = config::PolicyOf(profile)});
  }
  return profiles;
}

// Position of the pod's profile in Profiles().
state::Store::ProfileOf ProfileChooser(const config::Configuration& configuration) {
  return [&configuration](const kube::PodObject& pod) -> std::optional<std::uint8_t> {
    const std::string* named = kube::Find(pod.annotations, device::kProfile);
    const config::ProfileChoice choice = config::ChooseProfile(
        configuration, named != nullptr ? *named : std::string_view(), pod.labels, pod.ns);
    switch (choice.by) {
      case config::ChosenBy::kUnknownAnnotation:
        return std::nullopt;
      case config::ChosenBy::kDefault:
        return 0;
      default:
        return static_cast<std::uint8_t>(*choice.profile + 1);
    }
  };
}

extender::Options ServiceOptions(const config::Configuration& configuration, ClusterSource& source,
                                 ModelWeights& weights) {
  return {
      .profiles = Profiles(configuration),
      .score_scale = configuration.scheduler.score_scale,
      .shortlist = static_cast<std::uint32_t>(configuration.scheduler.shortlist),
      .name_refused_nodes = configuration.scheduler.name_refused_nodes,
      .max_nodes = configuration.scheduler.max_nodes,
      .hold_ttl = configuration.scheduler.hold_ttl,
      .wakes_per_second = configuration.kubernetes.wakes_per_second,
      .on_pod = source.joiner(),
      .on_model_start = [&weights](const extender::ModelStart& start) { weights.Started(start); }};
}

observe::LogOptions LogOptionsOf(const config::Configuration::Log& log) {
  observe::LogOptions options;
  options.format = log.format == config::LogFormat::kJson ? observe::LogFormat::kJson
                                                          : observe::LogFormat::kText;
  switch (log.level) {
    case config::LogLevel::kDebug:
      options.level = observe::LogLevel::kDebug;
      break;
    case config::LogLevel::kInfo:
      options.level = observe::LogLevel::kInfo;
      break;
    case config::LogLevel::kWarn:
      options.level = observe::LogLevel::kWarn;
      break;
    case config::LogLevel::kError:
      options.level = observe::LogLevel::kError;
      break;
  }
  return options;
}

Result<std::unique_ptr<ClusterSource>> MakeSource(const Arguments& arguments,
                                                  const config::Configuration& configuration,
                                                  bool node_images, const Clock& clock,
                                                  observe::Metrics& metrics, observe::Logger& log) {
  if (const auto file = arguments.Get("--cluster")) {
    BERTH_ASSIGN_OR_RETURN(const std::string text, ReadFile(*file));
    BERTH_ASSIGN_OR_RETURN(ClusterFile cluster, ParseCluster(text, *file));
    return MakeEmbeddedCluster(std::move(cluster));
  }
  apiclient::Credentials credentials;
  if (const auto file = arguments.Get("--kubeconfig")) {
    BERTH_ASSIGN_OR_RETURN(config::Kubeconfig kubeconfig, config::LoadKubeconfig(*file));
    credentials = {.origin = std::move(kubeconfig.server),
                   .tls = {.ca_pem = std::move(kubeconfig.ca_pem),
                           .client_certificate_pem = std::move(kubeconfig.client_certificate_pem),
                           .client_key_pem = std::move(kubeconfig.client_key_pem),
                           .server_name = std::move(kubeconfig.tls_server_name),
                           .skip_verification = kubeconfig.insecure_skip_tls_verify},
                   .token = std::move(kubeconfig.token),
                   .token_file = std::move(kubeconfig.token_file)};
  } else {
    BERTH_ASSIGN_OR_RETURN(credentials,
                           apiclient::InCluster(std::string(apiclient::kServiceAccountDirectory),
                                                apiclient::ProcessEnvironment));
  }
  return MakeLiveCluster({.credentials = std::move(credentials),
                          .settings = configuration.kubernetes,
                          .user_agent = fmt::format("berth/{}", ThisBuild().version),
                          .node_images = node_images},
                         clock, metrics, log);
}

// nullptr when no catalog is named.
Result<std::unique_ptr<CatalogFile>> OpenCatalog(
    const config::Configuration::ModelCatalog& settings, const Clock& clock, observe::Logger& log) {
  if (settings.file.empty()) {
    return std::unique_ptr<CatalogFile>();
  }
  return CatalogFile::Open(settings.file, settings.reload_interval, clock, log);
}

// Whether the nodes' images are worth reading: some weights come as images.
bool HasImages(const CatalogFile* file) {
  if (file == nullptr) {
    return false;
  }
  const CatalogFile::CatalogPtr catalog = file->catalog();
  return std::ranges::any_of(catalog->models(), [](const cluster::Model& model) {
    return std::ranges::any_of(model.variants, [](const cluster::ModelVariant& variant) {
      return variant.source.starts_with("oci://");
    });
  });
}

observe::LedgerReading LedgerReadingOf(const state::Totals& totals) {
  observe::LedgerReading reading{.pods_pending = totals.pods_pending,
                                 .pods_assumed = totals.pods_assumed,
                                 .pods_bound = totals.pods_bound,
                                 .pods_doubtful = totals.pods_doubtful,
                                 .devices_overcommitted = totals.devices_overcommitted,
                                 .records_ignored = totals.records_ignored,
                                 .records_malformed = totals.records_malformed,
                                 .expectations = totals.expectations};
  std::ranges::copy(totals.nodes_by_mode, reading.nodes_by_mode.begin());
  return reading;
}

observe::TelemetryReading TelemetryReadingOf(const telemetry::TelemetryReading& reading) {
  static_assert(observe::kScrapeResults == telemetry::kScrapeResults);
  return {.nodes = {reading.nodes_fresh, reading.nodes_stale, reading.nodes_missing},
          .scrapes = reading.scrapes,
          .discarded = reading.discarded,
          .malformed = reading.malformed,
          .targets = reading.targets,
          .targets_failing = reading.targets_failing,
          .degraded = reading.degraded};
}

observe::TransportReading TransportReadingOf(const net::ServerStats& stats) {
  return {.connections_open = stats.connections_open,
          .connections_accepted = stats.connections_accepted,
          .refused_overload = stats.refused_overload,
          .refused_body_too_large = stats.refused_body_too_large,
          .refused_headers_too_large = stats.refused_headers_too_large,
          .refused_malformed = stats.refused_malformed,
          .cut_slow = stats.cut_slow};
}

// Everything that runs, in the order in which it starts; destroyed the other way round.
class Program {
 public:
  Program(config::Configuration configuration, device::ClassTable classes,
          std::unique_ptr<ClusterSource> source, std::unique_ptr<CatalogFile> catalog,
          const Clock& clock, observe::Metrics& metrics, observe::Logger& log)
      : configuration_(std::move(configuration)),
        clock_(clock),
        metrics_(metrics),
        log_(log),
        store_(std::move(classes), ProfileChooser(configuration_)),
        weights_(configuration_, store_, clock, metrics, log),
        source_(std::move(source)),
        catalog_(std::move(catalog)),
        service_(ServiceOptions(configuration_, *source_, weights_), store_, source_->api(), clock,
                 metrics, log) {}

  // The operations port comes last: it shows all the rest.
  Status Start() {
    BERTH_ASSIGN_OR_RETURN(telemetry_,
                           Telemetry::Create(configuration_.telemetry, store_, clock_, log_));
    tee_.emplace(*telemetry_, weights_.feed(), store_);
    BERTH_ASSIGN_OR_RETURN(scheduler_, Listen(configuration_.scheduler.listen,
                                              configuration_.scheduler.max_connections,
                                              server::SchedulerRoutes(service_)));
    metrics_.SetReadings([this] { return Readings(); });
    if (catalog_) {
      catalog_->Start([this](CatalogFile::CatalogPtr catalog) {
        weights_.SetCatalog(catalog);
        store_.SetCatalog(std::move(catalog));
      });
    }
    source_->Start(*tee_);
    source_->Follow(
        weights_.Kinds(apiclient::OwnNamespace(std::string(apiclient::kServiceAccountDirectory))));
    telemetry_->Start();
    weights_.Start();
    BERTH_ASSIGN_OR_RETURN(operations_, Listen(configuration_.operations.listen, 64,
                                               server::OperationsRoutes(Operations())));
    tending_ = std::jthread([this](const std::stop_token& stop) { Tend(stop); });
    if (catalog_) {
      watching_catalog_ =
          std::jthread([this](const std::stop_token& stop) { catalog_->Watch(stop); });
    }
    log_.Info("serving", {{"version", ThisBuild().version},
                          {"scheduler_port", scheduler_->port()},
                          {"operations_port", operations_->port()}});
    return {};
  }

  // Not ready from now on; requests under way are answered.
  void Stop() {
    stopping_ = true;
    scheduler_->Stop(kDrain);
    tending_ = {};
    watching_catalog_ = {};
    telemetry_->Stop();
    weights_.Stop();
    operations_->Stop(std::chrono::seconds(1));
    metrics_.SetReadings({});
  }

 private:
  Result<std::unique_ptr<net::Server>> Listen(const std::string& address,
                                              std::size_t max_connections,
                                              std::vector<net::Route> routes) const {
    BERTH_ASSIGN_OR_RETURN(const net::HostPort at, net::ParseHostPort(address));
    net::ServerOptions options{
        .host = at.host, .port = at.port, .max_connections = max_connections};
    options.max_body_bytes = configuration_.scheduler.max_body_bytes;
    options.max_total_body_bytes = configuration_.scheduler.max_total_body_bytes;
    return net::Server::Listen(std::move(options), std::move(routes));
  }

  server::Operations Operations() {
    return {.store = store_,
            .metrics = metrics_,
            .clock = clock_,
            .build = ThisBuild(),
            .ready_checks = {{.name = "synced",
                              .waits_for = [this]() -> std::optional<std::string> {
                                return store_.synced() ? std::nullopt
                                                       : std::optional<std::string>(
                                                             "the first list of nodes and pods");
                              }}},
            .shutting_down = [this] { return stopping_.load(); },
            .readings = [this] { return Readings(); },
            .effective_configuration = [this] { return config::ToYaml(configuration_); },
            .delete_pod = source_->deleter(),
            .explain = [this](std::string_view ns, std::string_view name,
                              std::size_t limit) { return service_.Explain(ns, name, limit); }};
  }

  observe::Readings Readings() const {
    observe::Readings readings;
    source_->Read(readings);
    const state::Totals totals = store_.totals();
    readings.nodes.objects = totals.nodes;
    readings.pods.objects = totals.pods_pending + totals.pods_assumed + totals.pods_bound;
    readings.ledger = LedgerReadingOf(totals);
    if (catalog_) {
      readings.catalog = catalog_->reading();
    }
    readings.inventory = weights_.Reading(*source_);
    readings.telemetry = TelemetryReadingOf(telemetry_->reading());
    readings.log_messages = log_.counts();
    readings.transport = TransportReadingOf(scheduler_->stats());
    return readings;
  }

  void Tend(const std::stop_token& stop) {
    std::uint64_t seen = 0;
    while (!stop.stop_requested()) {
      seen = store_.WaitForChange(seen, kTendInterval);
      if (store_.synced()) {
        service_.Tend();
      }
    }
  }

  const config::Configuration configuration_;
  const Clock& clock_;
  observe::Metrics& metrics_;
  observe::Logger& log_;
  state::Store store_;
  std::unique_ptr<Telemetry> telemetry_;  // since Start
  ModelWeights weights_;
  std::optional<ClusterTee> tee_;  // since Start
  std::unique_ptr<ClusterSource> source_;
  std::unique_ptr<CatalogFile> catalog_;  // nullptr: none is named
  extender::Service service_;
  std::atomic<bool> stopping_ = false;
  std::unique_ptr<net::Server> operations_;
  std::unique_ptr<net::Server> scheduler_;
  std::jthread tending_;
  std::jthread watching_catalog_;
};

int Fail(std::ostream& err, const Error& error) {
  err << "berth serve: " << error.message << (error.message.ends_with('\n') ? "" : "\n");
  return error.code == ErrorCode::kInvalidArgument || error.code == ErrorCode::kNotFound ? kWrongUse
                                                                                         : kFailed;
}

}  // namespace

int Serve(std::span<const std::string> words, std::ostream& out, std::ostream& err) {
  const Result<Arguments> arguments = ParseArguments(words, kFlags);
  if (!arguments.ok()) {
    return Fail(err, arguments.error());
  }
  if (arguments->help) {
    out << "usage: berth serve [flags]\n\n" << FlagHelp(kFlags);
    return kDone;
  }
  if (!arguments->operands.empty()) {
    return Fail(
        err, InvalidArgument(fmt::format("unexpected argument {}", arguments->operands.front())));
  }
  if (arguments->Get("--cluster") && arguments->Get("--kubeconfig")) {
    return Fail(err, InvalidArgument("--cluster and --kubeconfig exclude each other"));
  }
  const Result<config::Configuration> configuration = LoadConfiguration(*arguments, err);
  if (!configuration.ok()) {
    return Fail(err, configuration.error());
  }
  Result<device::ClassTable> classes = ClassesOf(*configuration);
  if (!classes.ok()) {
    return Fail(err, classes.error());
  }

  const StopSignals signals;
  const SystemClock clock;
  observe::Logger log(LogOptionsOf(configuration->log), clock);
  observe::Metrics metrics(ThisBuild());
  Result<std::unique_ptr<CatalogFile>> catalog =
      OpenCatalog(configuration->model_catalog, clock, log);
  if (!catalog.ok()) {
    return Fail(err, catalog.error());
  }
  Result<std::unique_ptr<ClusterSource>> source =
      MakeSource(*arguments, *configuration, HasImages(catalog->get()), clock, metrics, log);
  if (!source.ok()) {
    return Fail(err, source.error());
  }
  Program program(*configuration, std::move(classes).value(), std::move(source).value(),
                  std::move(catalog).value(), clock, metrics, log);
  if (const Status started = program.Start(); !started.ok()) {
    return Fail(err, started.error());
  }
  const int signal = signals.Wait();
  log.Info("stopping", {{"signal", signal}});
  program.Stop();
  log.Info("stopped");
  return kDone;
}

}  // namespace berth::app
