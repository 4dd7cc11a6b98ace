#include "settings.h"

#include <array>
#include <chrono>

#include "berth/base/units.h"
#include "berth/cluster/device.h"

namespace berth::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Scheduler = Configuration::Scheduler;
using Operations = Configuration::Operations;
using Policy = Configuration::Policy;
using GpuMemory = ProfileSetting::GpuMemory;
using Topology = Configuration::Topology;
using ModelCatalog = Configuration::ModelCatalog;
using Telemetry = Configuration::Telemetry;
using Learning = Configuration::Learning;
using Kubernetes = Configuration::Kubernetes;
using Leadership = Configuration::Leadership;
using Records = Configuration::Records;
using Log = Configuration::Log;
using DecisionLog = Configuration::DecisionLog;
using SchedulerTls = Scheduler::Tls;
using OperationsTls = Operations::Tls;
using Weights = ProfileSetting::Weights;
using cluster::Rates;

constexpr std::int64_t kKi = 1024;
constexpr std::int64_t kMi = 1024 * kKi;
constexpr std::int64_t kGi = 1024 * kMi;
constexpr std::int64_t kMBps = 1'000'000;              // the least bandwidth that makes sense
constexpr std::int64_t kMaxBps = 100'000'000 * kMBps;  // 100TB/s
constexpr std::int64_t Ns(Duration duration) { return duration.count(); }

// In the order of the enums' values.
constexpr std::array<std::string_view, 8> kPackings = {
    "binpack", "spread", "tight", "fragmentation", "first-fit", "best-fit", "dot-product", "fgd"};
constexpr std::array<std::string_view, 2> kSchedulerModes = {"active", "observe"};
constexpr std::array<std::string_view, 3> kLeadershipModes = {"none", "follow", "elect"};
constexpr std::array<std::string_view, 4> kLogLevels = {"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 2> kLogFormats = {"json", "text"};
constexpr std::array<std::string_view, 2> kAuthentications = {"none", "tokenReview"};
constexpr std::array<std::string_view, 3> kMemoryUnits = {"MiB", "GiB", "bytes"};

constexpr auto kSections = std::to_array<Section>({
    {"scheduler", "The port that kube-scheduler calls, and what is answered there."},
    {"scheduler.tls",
     "TLS of the scheduler port, 1.2 or later. The files are read again when they change: new "
     "connections get the new certificate, open ones live on, and what is no pair or has expired "
     "keeps the old one. See [security.md](security.md)."},
    {"operations", "The port of health, metrics and the operator's pages."},
    {"operations.tls", "TLS of the operations port; read again like the scheduler port's."},
    {"policy", "What holds for pods that choose nothing."},
    {"policy.gpuMemory",
     "How shared devices are filled: `binpack` fills what is in use already and "
     "keeps whole devices free, `spread` evens the load out, `tight` leaves on a device either "
     "nothing or room that the next pod can use, `fragmentation` keeps what the pods of the "
     "cluster "
     "usually ask for, the others are published policies ([packing.md](packing.md)). Of pods whose "
     "profile says nothing else."},
    {"topology", "Where nodes stand. Their zone is the label `topology.kubernetes.io/zone`."},
    {"modelCatalog", "The models that pods may name: see [catalog.md](catalog.md)."},
    {"telemetry",
     "How Berth learns how busy devices are. What it cannot measure it estimates: no node is "
     "refused "
     "for missing telemetry, and none looks idle because of it."},
    {"learning", "What Berth makes of what it observes."},
    {"kubernetes", "How Berth talks to the API server."},
    {"leadership",
     "Which of several Berths binds: see [ha.md](ha.md). `none`: this one does, it is alone. "
     "`follow`: beside each Berth runs a kube-scheduler, and the Berth binds whose kube-scheduler "
     "holds the Lease. `elect`: Berth holds a Lease of its own, behind a Service."},
    {"records",
     "The records that Berth writes into pods as `berth.dev/allocation`, and reads back after a "
     "restart. Signed, they are believed only where Berth wrote them. See "
     "[security.md](security.md)."},
    {"log", "What is logged to standard error, and how."},
    {"decisionLog",
     "Who asked for what, what was decided and what was written: one JSON object per line, apart "
     "from the log. Every bind is in it. See [security.md](security.md)."},
});

constexpr auto kSettings = std::to_array<Setting<Configuration>>({
    {{.path = "scheduler.mode",
      .type = SettingType::kChoice,
      .choices = kSchedulerModes,
      .help = "`observe`: decide, record and compare what Berth would do beside the scheduler that "
              "places the pods; nothing is bound or written. See [observer.md](observer.md)."},
     Field<&Configuration::scheduler, &Scheduler::mode>()},
    {{.path = "scheduler.listen",
      .type = SettingType::kAddress,
      .help = "Where kube-scheduler reaches Berth."},
     Field<&Configuration::scheduler, &Scheduler::listen>()},
    {{.path = "scheduler.scoreScale",
      .type = SettingType::kCount,
      .min = 1,
      .max = 1'000'000,
      .help = "Score of the best node; the others follow below. kube-scheduler multiplies it by 10 "
              "and the extender's weight."},
     Field<&Configuration::scheduler, &Scheduler::score_scale>()},
    {{.path = "scheduler.shortlist",
      .type = SettingType::kCount,
      .min = 0,
      .max = 100'000,
      .help =
          "Answer filter with at most this many of the best nodes, at least two per zone; 0: all "
          "that fit."},
     Field<&Configuration::scheduler, &Scheduler::shortlist>()},
    {{.path = "scheduler.nameRefusedNodes",
      .type = SettingType::kFlag,
      .help = "Name refused nodes with their reason also when some nodes fit, for the sake of a "
              "second extender."},
     Field<&Configuration::scheduler, &Scheduler::name_refused_nodes>()},
    {{.path = "scheduler.maxBodySize",
      .type = SettingType::kSize,
      .min = 64 * kKi,
      .max = 4 * kGi,
      .help = "Largest request body."},
     Field<&Configuration::scheduler, &Scheduler::max_body_bytes>()},
    {{.path = "scheduler.maxTotalBodySize",
      .type = SettingType::kSize,
      .min = 64 * kKi,
      .max = 64 * kGi,
      .help = "Request bodies held at one time over all connections; at least maxBodySize."},
     Field<&Configuration::scheduler, &Scheduler::max_total_body_bytes>()},
    {{.path = "scheduler.maxNodes",
      .type = SettingType::kCount,
      .min = 1,
      .max = 1'000'000,
      .help = "Most nodes or node names in one request."},
     Field<&Configuration::scheduler, &Scheduler::max_nodes>()},
    {{.path = "scheduler.maxConnections",
      .type = SettingType::kCount,
      .min = 1,
      .max = 65'536,
      .help = "Most connections open at one time; more are answered 503."},
     Field<&Configuration::scheduler, &Scheduler::max_connections>()},
    {{.path = "scheduler.holdTTL",
      .type = SettingType::kDuration,
      .min = Ns(milliseconds(100)),
      .max = Ns(minutes(10)),
      .help = "How long a filter's expected choice steers later decisions away, unless bind or "
              "another filter for the pod comes first."},
     Field<&Configuration::scheduler, &Scheduler::hold_ttl>()},
    {{.path = "scheduler.allowPlain",
      .type = SettingType::kFlag,
      .help = "Serve without TLS beyond loopback: whoever reaches the port may bind pods."},
     Field<&Configuration::scheduler, &Scheduler::allow_plain>()},
    {{.path = "scheduler.tls.certFile",
      .type = SettingType::kPath,
      .help = "PEM file with Berth's certificate, then its chain; none: plain, on loopback only."},
     Field<&Configuration::scheduler, &Scheduler::tls, &SchedulerTls::cert_file>()},
    {{.path = "scheduler.tls.keyFile",
      .type = SettingType::kPath,
      .help = "PEM file with its key."},
     Field<&Configuration::scheduler, &Scheduler::tls, &SchedulerTls::key_file>()},
    {{.path = "scheduler.tls.clientCAFile",
      .type = SettingType::kPath,
      .help = "PEM file with the authorities of clients; none: clients show no certificate."},
     Field<&Configuration::scheduler, &Scheduler::tls, &SchedulerTls::client_ca_file>()},
    {{.path = "scheduler.tls.allowedClientNames",
      .type = SettingType::kIds,
      .help = "Common names or DNS names, one of which a client's certificate must have; none: any "
              "that the authorities have signed."},
     Field<&Configuration::scheduler, &Scheduler::tls, &SchedulerTls::allowed_client_names>()},

    {{.path = "operations.listen",
      .type = SettingType::kAddress,
      .help = "Where health, metrics and the operator's pages are served."},
     Field<&Configuration::operations, &Operations::listen>()},
    {{.path = "operations.authentication",
      .type = SettingType::kChoice,
      .choices = kAuthentications,
      .help = "`tokenReview`: the API server says who a bearer token is and whether they may `get` "
              "the path; /livez and /readyz stay open. `none`: open to all who reach the port."},
     Field<&Configuration::operations, &Operations::authentication>()},
    {{.path = "operations.perDeviceMetrics",
      .type = SettingType::kFlag,
      .help = "/metrics/resources also has three series for each shared device: 120,000 for 5,000 "
              "nodes with eight."},
     Field<&Configuration::operations, &Operations::per_device_metrics>()},
    {{.path = "operations.maxRequestsPerSecond",
      .type = SettingType::kCount,
      .min = 1,
      .max = 100'000,
      .help = "More are answered 429; /livez and /readyz always answer."},
     Field<&Configuration::operations, &Operations::max_requests_per_second>()},
    {{.path = "operations.tls.certFile",
      .type = SettingType::kPath,
      .help = "PEM file with the port's certificate, then its chain; none: plain."},
     Field<&Configuration::operations, &Operations::tls, &OperationsTls::cert_file>()},
    {{.path = "operations.tls.keyFile",
      .type = SettingType::kPath,
      .help = "PEM file with its key."},
     Field<&Configuration::operations, &Operations::tls, &OperationsTls::key_file>()},

    {{.path = "policy.profile",
      .type = SettingType::kName,
      .live = true,
      .help = "Profile of pods that neither name one nor are chosen by their labels or namespace; "
              "none: policy.gpuMemory holds, with the weights that a profile has by default."},
     Field<&Configuration::policy, &Policy::profile>()},
    {{.path = "policy.gpuMemory.node",
      .type = SettingType::kChoice,
      .choices = kPackings,
      .live = true,
      .help = "Which node is preferred."},
     Field<&Configuration::gpu_memory, &GpuMemory::node>()},
    {{.path = "policy.gpuMemory.device",
      .type = SettingType::kChoice,
      .choices = kPackings,
      .live = true,
      .help = "Which device of the node is preferred."},
     Field<&Configuration::gpu_memory, &GpuMemory::device>()},

    {{.path = "topology.rackLabel",
      .type = SettingType::kLabel,
      .help = "Key of the node label that names the node's rack; none: racks are not told apart. A "
              "rack is within its zone; the nodes of a zone without the label count as one rack."},
     Field<&Configuration::topology, &Topology::rack_label>()},

    {{.path = "modelCatalog.file",
      .type = SettingType::kPath,
      .help =
          "The catalog's file, from where Berth was started; none: no pod may name a model. The "
          "flag `--catalog` goes before."},
     Field<&Configuration::model_catalog, &ModelCatalog::file>()},
    {{.path = "modelCatalog.reloadInterval",
      .type = SettingType::kDuration,
      .min = Ns(milliseconds(100)),
      .max = Ns(minutes(60)),
      .help = "How often the file is looked at."},
     Field<&Configuration::model_catalog, &ModelCatalog::reload_interval>()},

    {{.path = "telemetry.interval",
      .type = SettingType::kDuration,
      .min = Ns(seconds(1)),
      .max = Ns(minutes(10)),
      .help = "How often every target is asked."},
     Field<&Configuration::telemetry, &Telemetry::interval>()},
    {{.path = "telemetry.timeout",
      .type = SettingType::kDuration,
      .min = Ns(milliseconds(100)),
      .max = Ns(minutes(1)),
      .help = "Deadline of one scrape or query; at most the interval."},
     Field<&Configuration::telemetry, &Telemetry::timeout>()},
    {{.path = "telemetry.scrapePods",
      .type = SettingType::kFlag,
      .help = "Read the metrics ports of inference servers and exporters directly."},
     Field<&Configuration::telemetry, &Telemetry::scrape_pods>()},
    {{.path = "telemetry.prometheusURL",
      .type = SettingType::kUrl,
      .help = "A Prometheus server to ask; none: none is asked."},
     Field<&Configuration::telemetry, &Telemetry::prometheus_url>()},
    {{.path = "telemetry.prometheusTokenFile",
      .type = SettingType::kPath,
      .help = "File with the bearer token for it, read again when it changes."},
     Field<&Configuration::telemetry, &Telemetry::prometheus_token_file>()},
    {{.path = "telemetry.halfLife",
      .type = SettingType::kDuration,
      .min = Ns(seconds(1)),
      .max = Ns(minutes(60)),
      .help = "After so long without news a measurement counts half as much as the estimate."},
     Field<&Configuration::telemetry, &Telemetry::half_life>()},
    {{.path = "telemetry.cutoff",
      .type = SettingType::kDuration,
      .min = Ns(seconds(1)),
      .max = Ns(minutes(24 * 60)),
      .help = "After so long without news only the estimate counts; at least the interval."},
     Field<&Configuration::telemetry, &Telemetry::cutoff>()},
    {{.path = "telemetry.maxConcurrent",
      .type = SettingType::kCount,
      .min = 1,
      .max = 1024,
      .help = "Most scrapes under way at one time."},
     Field<&Configuration::telemetry, &Telemetry::max_concurrent>()},

    {{.path = "learning.bandwidth",
      .type = SettingType::kFlag,
      .help = "Correct the bandwidths of nodeClasses by how long starts took."},
     Field<&Configuration::learning, &Learning::bandwidth>()},
    {{.path = "learning.typicalPods",
      .type = SettingType::kFlag,
      .live = true,
      .help = "Learn from the pods that dock what pods usually ask for; where not, typicalPods "
              "alone says so."},
     Field<&Configuration::learning, &Learning::typical_pods>()},

    {{.path = "kubernetes.bindTimeout",
      .type = SettingType::kDuration,
      .min = Ns(milliseconds(100)),
      .max = Ns(minutes(1)),
      .help =
          "Deadline of one binding. Keep it below the extender's httpTimeout (5s when unset): a "
          "bind that outlives it leaves a false condition on the pod."},
     Field<&Configuration::kubernetes, &Kubernetes::bind_timeout>()},
    {{.path = "kubernetes.requestTimeout",
      .type = SettingType::kDuration,
      .min = Ns(milliseconds(100)),
      .max = Ns(minutes(5)),
      .help = "Deadline of any other call but a watch."},
     Field<&Configuration::kubernetes, &Kubernetes::request_timeout>()},
    {{.path = "kubernetes.watchSilence",
      .type = SettingType::kDuration,
      .min = Ns(seconds(1)),
      .max = Ns(minutes(60)),
      .help = "A watch that brings nothing for so long is taken for dead and opened again. The API "
              "server sends a bookmark about once a minute."},
     Field<&Configuration::kubernetes, &Kubernetes::watch_silence>()},
    {{.path = "kubernetes.pageSize",
      .type = SettingType::kCount,
      .min = 1,
      .max = 10'000,
      .help = "Objects per page of a list."},
     Field<&Configuration::kubernetes, &Kubernetes::page_size>()},
    {{.path = "kubernetes.wakesPerSecond",
      .type = SettingType::kDecimal,
      .min = 1,
      .max = 1'000,
      .help = "Most patches per second of the condition berth.dev/Fits, which wakes a pod that may "
              "fit now."},
     Field<&Configuration::kubernetes, &Kubernetes::wakes_per_second>()},

    {{.path = "leadership.mode",
      .type = SettingType::kChoice,
      .choices = kLeadershipModes,
      .help = "When Berth may bind."},
     Field<&Configuration::leadership, &Leadership::mode>()},
    {{.path = "leadership.leaseNamespace",
      .type = SettingType::kName,
      .help = "Namespace of the Lease; none: that of Berth's own pod."},
     Field<&Configuration::leadership, &Leadership::lease_namespace>()},
    {{.path = "leadership.leaseName",
      .type = SettingType::kName,
      .help = "Name of the Lease: of kube-scheduler's own (`leaderElection.resourceName`) or of "
              "Berth's; required unless the mode is none."},
     Field<&Configuration::leadership, &Leadership::lease_name>()},
    {{.path = "leadership.identity",
      .type = SettingType::kId,
      .help = "The Lease is ours while its holder is this, or begins with this and `_`; none: the "
              "host's name, as kube-scheduler has it, in mode elect that of Berth's pod."},
     Field<&Configuration::leadership, &Leadership::identity>()},
    {{.path = "leadership.leaseDuration",
      .type = SettingType::kDuration,
      .min = Ns(seconds(1)),
      .max = Ns(minutes(10)),
      .help = "How long a Lease that nobody renews stands, in whole seconds. Follow: as in "
              "kube-scheduler's configuration, and so the next two."},
     Field<&Configuration::leadership, &Leadership::lease_duration>()},
    {{.path = "leadership.renewDeadline",
      .type = SettingType::kDuration,
      .min = Ns(milliseconds(100)),
      .max = Ns(minutes(10)),
      .help = "A holder that cannot renew for so long gives the Lease up; below leaseDuration."},
     Field<&Configuration::leadership, &Leadership::renew_deadline>()},
    {{.path = "leadership.retryPeriod",
      .type = SettingType::kDuration,
      .min = Ns(milliseconds(100)),
      .max = Ns(minutes(1)),
      .help = "How often the Lease is renewed, and looked at by those who wait for it."},
     Field<&Configuration::leadership, &Leadership::retry_period>()},

    {{.path = "records.keyFile",
      .type = SettingType::kPath,
      .help = "File of keys, one per line, `id:base64` with 32 bytes or more: the first signs, all "
              "verify. The same for all replicas; read again when it changes. None: records are "
              "not signed, and believed if they are consistent."},
     Field<&Configuration::records, &Records::key_file>()},
    {{.path = "records.acceptUnsignedBefore",
      .type = SettingType::kTime,
      .help = "Pods created before this time may have records that are not signed; for the change "
              "to signed records only. None: no pod may."},
     Field<&Configuration::records, &Records::accept_unsigned_before>()},

    {{.path = "log.level",
      .type = SettingType::kChoice,
      .choices = kLogLevels,
      .live = true,
      .help = "Least severe level that is logged."},
     Field<&Configuration::log, &Log::level>()},
    {{.path = "log.format",
      .type = SettingType::kChoice,
      .choices = kLogFormats,
      .help = "`json`: one object per line. `text`: for reading in a terminal."},
     Field<&Configuration::log, &Log::format>()},

    {{.path = "decisionLog.file",
      .type = SettingType::kPath,
      .help = "Where it is written, appended; `-`: standard output; none: nowhere."},
     Field<&Configuration::decision_log, &DecisionLog::file>()},
    {{.path = "decisionLog.refusalRatio",
      .type = SettingType::kDecimal,
      .min = 0,
      .max = 1,
      .help = "Share of the filter calls that no node fits which are written."},
     Field<&Configuration::decision_log, &DecisionLog::refusal_ratio>()},
    {{.path = "decisionLog.answerRatio",
      .type = SettingType::kDecimal,
      .min = 0,
      .max = 1,
      .help = "Share of the filter calls that some node fits which are written."},
     Field<&Configuration::decision_log, &DecisionLog::answer_ratio>()},
});

constexpr auto kProfileSettings = std::to_array<Setting<ProfileSetting>>({
    {{.path = "name",
      .type = SettingType::kName,
      .required = true,
      .help = "What the annotation `berth.dev/profile` names."},
     Field<&ProfileSetting::name>()},
    {{.path = "weights.gpuMemory",
      .type = SettingType::kDuration,
      .min = 0,
      .max = Ns(minutes(24 * 60)),
      .live = true,
      .help =
          "What the worst packing of devices is worth in waiting time; 0s leaves the term out."},
     Field<&ProfileSetting::weights, &Weights::gpu_memory>()},
    {{.path = "weights.batchLoad",
      .type = SettingType::kDuration,
      .min = 0,
      .max = Ns(minutes(24 * 60)),
      .live = true,
      .help = "What a saturated device is worth in waiting time; 0s leaves the term out."},
     Field<&ProfileSetting::weights, &Weights::batch_load>()},
    {{.path = "weights.modelPlacement",
      .type = SettingType::kDuration,
      .min = 0,
      .max = Ns(minutes(24 * 60)),
      .live = true,
      .help =
          "Up to here the time until the weights are usable counts second for second; 0s leaves "
          "the term out."},
     Field<&ProfileSetting::weights, &Weights::model_placement>()},
    {{.path = "gpuMemory.node",
      .type = SettingType::kChoice,
      .choices = kPackings,
      .live = true,
      .help = "Which node is preferred, as in policy.gpuMemory."},
     Field<&ProfileSetting::gpu_memory, &GpuMemory::node>()},
    {{.path = "gpuMemory.device",
      .type = SettingType::kChoice,
      .choices = kPackings,
      .live = true,
      .help = "Which device of the node is preferred."},
     Field<&ProfileSetting::gpu_memory, &GpuMemory::device>()},
    {{.path = "minQuality",
      .type = SettingType::kDecimal,
      .min = 0,
      .max = 1,
      .live = true,
      .help = "Least quality of a model's variant that Berth may choose by itself."},
     Field<&ProfileSetting::min_quality>()},
    {{.path = "namespaces",
      .type = SettingType::kNames,
      .help = "Namespaces whose pods have this profile unless they say or carry something else."},
     Field<&ProfileSetting::namespaces>()},
    {{.path = "podLabels",
      .type = SettingType::kLabels,
      .help = "Pods that carry all of these have this profile unless they say something else."},
     Field<&ProfileSetting::pod_labels>()},
});

constexpr auto kNodeClassSettings = std::to_array<Setting<NodeClassSetting>>({
    {{.path = "name",
      .type = SettingType::kName,
      .required = true,
      .help = "For people to tell classes apart."},
     Field<&NodeClassSetting::name>()},
    {{.path = "nodeLabels",
      .type = SettingType::kLabels,
      .help = "Nodes that carry all of these are of the class; none: all nodes are."},
     Field<&NodeClassSetting::node_labels>()},
    {{.path = "deviceFromHost",
      .type = SettingType::kBandwidth,
      .min = kMBps,
      .max = kMaxBps,
      .help = "From host memory into one device; each has its own link."},
     Field<&NodeClassSetting::rates, &Rates::device_from_host>()},
    {{.path = "hostFromDisk",
      .type = SettingType::kBandwidth,
      .min = kMBps,
      .max = kMaxBps,
      .help = "From the local disk, shared by all loads on the node."},
     Field<&NodeClassSetting::rates, &Rates::host_from_disk>()},
    {{.path = "fromPeer",
      .type = SettingType::kBandwidth,
      .min = 0,
      .max = kMaxBps,
      .help = "From another node, shared; 0: there is no such way."},
     Field<&NodeClassSetting::rates, &Rates::from_peer>()},
    {{.path = "crossRack",
      .type = SettingType::kBandwidth,
      .min = 0,
      .max = kMaxBps,
      .help = "Caps `fromPeer` where that node is in another rack; 0: it does not."},
     Field<&NodeClassSetting::rates, &Rates::cross_rack>()},
    {{.path = "fromRemote",
      .type = SettingType::kBandwidth,
      .min = kMBps,
      .max = kMaxBps,
      .help = "From the models' source, shared."},
     Field<&NodeClassSetting::rates, &Rates::from_remote>()},
    {{.path = "crossZone",
      .type = SettingType::kBandwidth,
      .min = kMBps,
      .max = kMaxBps,
      .help = "Caps `fromPeer` and `fromRemote` where the other end is in another zone."},
     Field<&NodeClassSetting::rates, &Rates::cross_zone>()},
});

constexpr auto kRequirementSettings = std::to_array<Setting<RequirementSetting>>({
    {{.path = "name",
      .type = SettingType::kName,
      .required = true,
      .help = "What pods name in `berth.dev/residency`."},
     Field<&RequirementSetting::name>()},
    {{.path = "nodeLabels",
      .type = SettingType::kLabels,
      .help = "Labels that the node must carry, all of them."},
     Field<&RequirementSetting::node_labels>()},
    {{.path = "zones",
      .type = SettingType::kNames,
      .help = "Zones, one of which the node must be in; none: any."},
     Field<&RequirementSetting::zones>()},
    {{.path = "namespaces",
      .type = SettingType::kNames,
      .help = "Namespaces whose pods have the requirement, whatever they say."},
     Field<&RequirementSetting::namespaces>()},
    {{.path = "podLabels",
      .type = SettingType::kLabels,
      .help = "Pods that carry all of these have the requirement, whatever else they say."},
     Field<&RequirementSetting::pod_labels>()},
});

constexpr auto kEngineSettings = std::to_array<Setting<EngineSetting>>({
    {{.path = "name",
      .type = SettingType::kName,
      .required = true,
      .help = "What pods name in `berth.dev/engine`; none of the built-in ones."},
     Field<&EngineSetting::name>()},
    {{.path = "running",
      .type = SettingType::kMetric,
      .help = "Gauge of the requests being served. This or `waiting` is needed."},
     Field<&EngineSetting::running>()},
    {{.path = "waiting", .type = SettingType::kMetric, .help = "Gauge of the requests that wait."},
     Field<&EngineSetting::waiting>()},
    {{.path = "capacity",
      .type = SettingType::kMetric,
      .help = "Gauge of how many it serves at one time; without it the pod's `berth.dev/max-batch` "
              "or an estimate counts."},
     Field<&EngineSetting::capacity>()},
    {{.path = "cacheUsage",
      .type = SettingType::kMetric,
      .help = "Gauge of the share of its cache in use, 0 to 1."},
     Field<&EngineSetting::cache_usage>()},
    {{.path = "queueSeconds",
      .type = SettingType::kMetric,
      .help = "Histogram or summary of how long requests waited, without `_sum` and `_count`."},
     Field<&EngineSetting::queue_seconds>()},
    {{.path = "classic",
      .type = SettingType::kFlag,
      .help = "Its batch is of whole requests, not of token steps; then 8 are its capacity if "
              "nothing says it, not 256."},
     Field<&EngineSetting::classic>()},
});

constexpr auto kTypicalPodSettings = std::to_array<Setting<TypicalPodSetting>>({
    {{.path = "count",
      .type = SettingType::kDecimal,
      .min = 0,
      .max = 1'000'000,
      .above_min = true,
      .live = true,
      .help = "For how many pods it stands."},
     Field<&TypicalPodSetting::count>()},
    {{.path = "gpuMemory",
      .type = SettingType::kSize,
      .min = 0,
      .max = ToBytes(cluster::kMaxDeviceMemory).count(),
      .live = true,
      .help = "Memory on each shared device, as `berth.dev/gpu-memory`; 0: not said."},
     Field<&TypicalPodSetting::gpu_memory>()},
    {{.path = "gpuCores",
      .type = SettingType::kCount,
      .min = 0,
      .max = 100,
      .live = true,
      .help = "Percent of each shared device's compute, as `berth.dev/gpu-cores`; 0: not said."},
     Field<&TypicalPodSetting::gpu_cores>()},
    {{.path = "gpuCount",
      .type = SettingType::kCount,
      .min = 1,
      .max = cluster::kMaxDevices,
      .live = true,
      .help = "Shared devices, as `berth.dev/gpu-count`."},
     Field<&TypicalPodSetting::gpu_count>()},
    {{.path = "resource",
      .type = SettingType::kResource,
      .live = true,
      .help = "Instead of shares: the resource of whole devices, such as `nvidia.com/gpu`."},
     Field<&TypicalPodSetting::resource>()},
    {{.path = "devices",
      .type = SettingType::kCount,
      .min = 1,
      .max = 1024,
      .live = true,
      .help = "Whole devices of that resource."},
     Field<&TypicalPodSetting::devices>()},
    {{.path = "cpu",
      .type = SettingType::kDecimal,
      .min = 0,
      .max = 100'000,
      .live = true,
      .help = "CPU of the pod, in cores."},
     Field<&TypicalPodSetting::cpu>()},
    {{.path = "accelerators",
      .type = SettingType::kProducts,
      .live = true,
      .help =
          "Device models that will do, as in the annotation `berth.dev/accelerators`; none: any."},
     Field<&TypicalPodSetting::accelerators>()},
});

constexpr auto kDeviceClassSettings = std::to_array<Setting<DeviceClassSetting>>({
    {{.path = "resource",
      .type = SettingType::kResource,
      .required = true,
      .help = "The extended resource that stands for one whole device, such as `example.com/npu`. "
              "`berth.dev/` is Berth's own."},
     Field<&DeviceClassSetting::resource>()},
    {{.path = "productLabel",
      .type = SettingType::kLabel,
      .help = "Node label with the product name."},
     Field<&DeviceClassSetting::product_label>()},
    {{.path = "memoryLabel",
      .type = SettingType::kLabel,
      .help = "Node label with the memory of one device."},
     Field<&DeviceClassSetting::memory_label>()},
    {{.path = "countLabel",
      .type = SettingType::kLabel,
      .help = "Node label with the number of devices."},
     Field<&DeviceClassSetting::count_label>()},
    {{.path = "memoryUnit",
      .type = SettingType::kChoice,
      .choices = kMemoryUnits,
      .help = "Unit of the memory label."},
     Field<&DeviceClassSetting::memory_unit>()},
});

}  // namespace

std::span<const Section> Sections() { return kSections; }
std::span<const Setting<Configuration>> Settings() { return kSettings; }
std::span<const Setting<ProfileSetting>> ProfileSettings() { return kProfileSettings; }
std::span<const Setting<NodeClassSetting>> NodeClassSettings() { return kNodeClassSettings; }
std::span<const Setting<RequirementSetting>> RequirementSettings() { return kRequirementSettings; }
std::span<const Setting<TypicalPodSetting>> TypicalPodSettings() { return kTypicalPodSettings; }
std::span<const Setting<EngineSetting>> EngineSettings() { return kEngineSettings; }
std::span<const Setting<DeviceClassSetting>> DeviceClassSettings() { return kDeviceClassSettings; }

}  // namespace berth::config
