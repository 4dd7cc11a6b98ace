#include <algorithm>
#include <list>
#include <thread>
#include <utility>

#include "berth/apiclient/http_api.h"
#include "berth/apiclient/http_leases.h"
#include "berth/apiclient/reflector.h"
#include "berth/apiclient/session.h"
#include "cluster_source.h"

namespace berth::app {
namespace {

static_assert(observe::kRestartReasons == apiclient::kRestartReasons);

apiclient::ReflectorOptions ReflectorOptionsOf(const config::Configuration::Kubernetes& settings,
                                               kube::Parts parts = {}) {
  apiclient::ReflectorOptions options;
  options.parts = parts;
  options.page_size = settings.page_size;
  options.watch_silence = settings.watch_silence;
  return options;
}

apiclient::HttpApiOptions ApiOptionsOf(const config::Configuration::Kubernetes& settings) {
  return {.bind_timeout = settings.bind_timeout,
          .get_timeout = settings.bind_timeout,
          .patch_timeout = settings.request_timeout};
}

class LiveCluster final : public ClusterSource {
 public:
  LiveCluster(const config::Configuration::Kubernetes& settings, kube::Parts parts,
              const Clock& clock, observe::Metrics& metrics, observe::Logger& log)
      : settings_(settings),
        parts_(parts),
        clock_(clock),
        log_(log),
        probe_([&metrics](apiclient::Verb verb, Duration took) {
          metrics.RecordApiLatency(apiclient::Name(verb), took);
        }) {}

  Status Connect(const apiclient::Credentials& credentials, std::string user_agent) {
    BERTH_ASSIGN_OR_RETURN(
        session_, apiclient::Session::Create(credentials, std::move(user_agent), clock_, probe_));
    api_ = std::make_unique<apiclient::HttpApi>(*session_, ApiOptionsOf(settings_), clock_);
    return {};
  }

  kube::Api& api() override { return *api_; }
  apiclient::Session* session() override { return session_.get(); }

  void Start(kube::ObjectSink& sink) override {
    nodes_ = MakeReflector(apiclient::ObjectKind::kNodes, sink);
    pods_ = MakeReflector(apiclient::ObjectKind::kPods, sink);
    node_thread_ = std::jthread([this](const std::stop_token& stop) { nodes_->Run(stop); });
    pod_thread_ = std::jthread([this](const std::stop_token& stop) { pods_->Run(stop); });
  }

  void Follow(std::vector<FollowedKind> kinds) override {
    for (FollowedKind& kind : kinds) {
      apiclient::ReflectorOptions options = ReflectorOptionsOf(settings_);
      options.denied_delay = kind.denied_delay.value_or(options.denied_delay);
      Following& following = followings_.emplace_back();
      following.name = kind.name;
      following.reflector = std::make_unique<apiclient::Reflector>(
          apiclient::RawKind{.name = std::string(kind.name),
                             .path = std::move(kind.path),
                             .label_selector = std::move(kind.selector),
                             .field_selector = std::move(kind.field_selector)},
          *session_, *kind.sink, options, Hooks(), apiclient::ReflectorWorld{.clock = clock_});
    }
    for (Following& following : followings_) {
      following.thread = std::jthread([&reflector = *following.reflector](
                                          const std::stop_token& stop) { reflector.Run(stop); });
    }
  }
  bool Listed(std::string_view name) const override {
    return std::ranges::any_of(followings_, [&](const Following& following) {
      return following.name == name &&
             following.reflector->stats().access == apiclient::Access::kGranted;
    });
  }

  void RelistPods() override { pods_->RequestList(); }
  std::optional<Instant> PodsListedAt() const override {
    return pods_ == nullptr ? std::nullopt : pods_->stats().list_sent;
  }
  std::unique_ptr<kube::LeaseApi> MakeLeases(std::string_view ns, std::string_view name,
                                             Duration timeout) override {
    return std::make_unique<apiclient::HttpLeases>(*session_, ns, name, timeout);
  }
  Status LabelPod(std::string_view ns, std::string_view pod, std::string_view key,
                  std::optional<std::string_view> value) override {
    return apiclient::PatchPodLabel(*session_, ns, pod, key, value, settings_.request_timeout);
  }

  void Read(observe::Readings& readings) const override {
    if (nodes_ != nullptr) {
      readings.nodes = ReadingOf(nodes_->stats());
      readings.pods = ReadingOf(pods_->stats());
    }
    for (const apiclient::RequestProbe::Count& count : probe_.counts()) {
      readings.api_requests.push_back({.verb = apiclient::Name(count.verb),
                                       .resource = apiclient::Name(count.resource),
                                       .code = count.code,
                                       .requests = count.requests});
    }
  }

 private:
  std::unique_ptr<apiclient::Reflector> MakeReflector(apiclient::ObjectKind kind,
                                                      kube::ObjectSink& sink) {
    return std::make_unique<apiclient::Reflector>(kind, *session_, sink,
                                                  ReflectorOptionsOf(settings_, parts_), Hooks(),
                                                  apiclient::ReflectorWorld{.clock = clock_});
  }

  apiclient::ReflectorHooks Hooks() {
    return {
        .on_malformed =
            [this](const apiclient::MalformedObject& object) {
              log_.Error("malformed object left out",
                         {{"kind", object.kind},
                          {"name", object.ns.empty() ? object.name : object.ns + "/" + object.name},
                          {"node", object.node_name},
                          {"error", object.error.message}});
            },
        .on_restart =
            [this](std::string_view kind, apiclient::RestartReason reason, const Error& error,
                   Duration delay) {
              log_.Warn("list or watch begins anew", {{"kind", kind},
                                                      {"reason", apiclient::Name(reason)},
                                                      {"error", error.message},
                                                      {"delay_seconds", Seconds(delay)}});
            },
        .on_access =
            [this](std::string_view kind, apiclient::Access access, const Error& error) {
              log_.Info(
                  "optional kind",
                  {{"kind", kind}, {"access", apiclient::Name(access)}, {"error", error.message}});
            }};
  }

  observe::CacheReading ReadingOf(const apiclient::ReflectorStats& stats) const {
    observe::CacheReading reading{
        .synced = stats.synced, .objects = stats.last_list_items, .restarts = stats.restarts};
    if (stats.events > 0 || stats.lists > 0) {
      reading.since_last_event = clock_.Now() - stats.last_event;
    }
    return reading;
  }

  const config::Configuration::Kubernetes settings_;
  const kube::Parts parts_;
  const Clock& clock_;
  observe::Logger& log_;
  apiclient::RequestProbe probe_;
  std::unique_ptr<apiclient::Session> session_;
  std::unique_ptr<apiclient::HttpApi> api_;
  std::unique_ptr<apiclient::Reflector> nodes_;
  std::unique_ptr<apiclient::Reflector> pods_;
  struct Following {
    std::string_view name;
    std::unique_ptr<apiclient::Reflector> reflector;
    std::jthread thread;
  };
  std::list<Following> followings_;  // made before any server thread exists
  std::jthread node_thread_;         // last: they end before what they use
  std::jthread pod_thread_;
};

}  // namespace

Result<std::unique_ptr<ClusterSource>> MakeLiveCluster(LiveClusterOptions options,
                                                       const Clock& clock,
                                                       observe::Metrics& metrics,
                                                       observe::Logger& log) {
  auto cluster =
      std::make_unique<LiveCluster>(options.settings, options.parts, clock, metrics, log);
  BERTH_RETURN_IF_ERROR(cluster->Connect(options.credentials, std::move(options.user_agent)));
  return std::unique_ptr<ClusterSource>(std::move(cluster));
}

}  // namespace berth::app
