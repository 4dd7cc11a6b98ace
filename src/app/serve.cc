// berth serve: from the command line to a program that runs until a signal.
#include <csignal>
#include <ctime>

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "arguments.h"
#include "berth/app/run.h"
#include "berth/config/configuration.h"
#include "berth/config/kubeconfig.h"
#include "build_info.h"
#include "catalog_file.h"
#include "cluster_source.h"
#include "commands.h"
#include "configuration_file.h"
#include "file.h"
#include "leadership.h"
#include "program.h"
#include "record_key_file.h"
#include "rules.h"

namespace berth::app {
namespace {

constexpr std::array<Flag, 6> kFlags = {{
    {"--config", "FILE", "configuration (kind: BerthConfiguration); defaults where absent"},
    {"--catalog", "FILE",
     "models and data that pods may name (kind: ModelCatalog); read again on change"},
    {"--cluster", "FILE", "embedded cluster: Node and Pod objects in YAML or JSON"},
    {"--kubeconfig", "FILE", "API server to talk to; in a cluster the service account is used"},
    {"--listen", "HOST:PORT", "scheduler port, 127.0.0.1:7480 by default"},
    {"--operations-listen", "HOST:PORT",
     "operations port, :7481 by default, on loopback with --cluster"},
}};

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

// What the command line says instead of the file.
ConfigurationFile::Override OverrideBy(const Arguments& arguments) {
  return [arguments](config::Configuration& configuration) -> Status {
    if (arguments.Get("--cluster")) {
      configuration.operations.listen = "127.0.0.1:7481";
    }
    const auto put = [&arguments](std::string_view flag, std::string& setting) {
      setting = arguments.Get(flag).value_or(setting);
    };
    put("--catalog", configuration.model_catalog.file);
    put("--listen", configuration.scheduler.listen);
    put("--operations-listen", configuration.operations.listen);
    if (const Status plain = config::CheckPlain(configuration.scheduler); !plain.ok()) {
      return InvalidArgument("scheduler.listen: " + plain.error().message);
    }
    return {};
  };
}

observe::LogOptions LogOptionsOf(const config::Configuration::Log& log) {
  return {.level = LevelOf(log.level),
          .format = log.format == config::LogFormat::kJson ? observe::LogFormat::kJson
                                                           : observe::LogFormat::kText};
}

Result<std::unique_ptr<ClusterSource>> MakeSource(const Arguments& arguments,
                                                  const config::Configuration& configuration,
                                                  kube::Parts parts, const Clock& clock,
                                                  observe::Metrics& metrics, observe::Logger& log) {
  if (const auto file = arguments.Get("--cluster")) {
    BERTH_ASSIGN_OR_RETURN(ClusterFile cluster, ReadCluster(*file));
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
                          .parts = parts},
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

// Whether the nodes' images are worth reading: some weights or data come as images.
bool HasImages(const CatalogFile* file) {
  if (file == nullptr) {
    return false;
  }
  const CatalogFile::CatalogPtr catalog = file->catalog();
  const auto is_image = [](const std::string& source) { return source.starts_with("oci://"); };
  return std::ranges::any_of(catalog->datasets(), is_image, &cluster::Dataset::source) ||
         std::ranges::any_of(catalog->models(), [&](const cluster::Model& model) {
           return std::ranges::any_of(model.variants, is_image, &cluster::ModelVariant::source);
         });
}

// What somebody looks at beyond what the store does.
kube::Parts PartsOf(const config::Configuration& configuration, const CatalogFile* catalog) {
  return {.images = HasImages(catalog),
          .constraints = configuration.scheduler.mode == config::SchedulerMode::kObserve,
          .created = !configuration.records.accept_unsigned_before.empty()};
}

// nullptr where no file is named.
Result<std::unique_ptr<RecordKeyFile>> OpenRecordKeys(
    const config::Configuration::Records& settings, const Clock& clock, observe::Logger& log) {
  if (settings.key_file.empty()) {
    return std::unique_ptr<RecordKeyFile>();
  }
  return RecordKeyFile::Open(settings.key_file, clock, log);
}

// nullptr in mode none.
Result<std::unique_ptr<Leadership>> MakeLeadership(const Arguments& arguments,
                                                   const config::Configuration& configuration,
                                                   const Clock& clock, observe::Logger& log) {
  if (configuration.leadership.mode == config::LeadershipMode::kNone) {
    return std::unique_ptr<Leadership>();
  }
  if (arguments.Get("--cluster")) {
    return InvalidArgument("leadership.mode: the embedded cluster of --cluster has no Leases");
  }
  return Leadership::Create(configuration.leadership, configuration.kubernetes.bind_timeout,
                            ThisPlace(), clock, log);
}

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
  const SystemClock clock;
  std::string doubts;
  Result<std::unique_ptr<ConfigurationFile>> file = ConfigurationFile::Open(
      arguments->Get("--config").value_or(""), OverrideBy(*arguments), clock.WallNow(), doubts);
  if (!file.ok()) {
    return Fail(err, file.error());
  }
  err << doubts;
  const config::Configuration& configuration = (*file)->at_start();
  Result<device::ClassTable> classes = ClassesOf(configuration);
  if (!classes.ok()) {
    return Fail(err, classes.error());
  }

  const StopSignals signals;
  observe::Logger log(LogOptionsOf(configuration.log), clock);
  observe::Metrics metrics(ThisBuild());
  Result<std::unique_ptr<CatalogFile>> catalog =
      OpenCatalog(configuration.model_catalog, clock, log);
  if (!catalog.ok()) {
    return Fail(err, catalog.error());
  }
  Result<std::unique_ptr<ClusterSource>> source = MakeSource(
      *arguments, configuration, PartsOf(configuration, catalog->get()), clock, metrics, log);
  if (!source.ok()) {
    return Fail(err, source.error());
  }
  Result<std::unique_ptr<Leadership>> leadership =
      MakeLeadership(*arguments, configuration, clock, log);
  if (!leadership.ok()) {
    return Fail(err, leadership.error());
  }
  Result<std::unique_ptr<RecordKeyFile>> record_keys =
      OpenRecordKeys(configuration.records, clock, log);
  if (!record_keys.ok()) {
    return Fail(err, record_keys.error());
  }
  Program program(std::move(file).value(), std::move(classes).value(), std::move(source).value(),
                  std::move(leadership).value(), std::move(catalog).value(),
                  std::move(record_keys).value(), clock, metrics, log);
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
