#include "berth/config/configuration.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "testing/case_name.h"
#include "testing/golden.h"

namespace berth::config {
namespace {

using berth::tests::MatchesGolden;
using berth::tests::ReadText;

constexpr std::string_view kHeader = "apiVersion: berth.dev/v1alpha1\nkind: BerthConfiguration\n";

Parsed ParseBody(std::string_view body) {
  return ParseConfiguration(std::string(kHeader) + std::string(body));
}

// Nothing but the complaints, with the lines counted from the body's first.
std::string Complaints(std::string_view body) {
  std::vector<Complaint> complaints = ParseBody(body).complaints;
  for (Complaint& complaint : complaints) {
    complaint.line -= 2;
  }
  return Format(complaints, "");
}

TEST(ParseConfiguration, AnEmptyDocumentMeansTheDefaults) {
  for (const std::string_view text : {std::string_view(""), std::string_view("# nothing\n"),
                                      std::string_view("---\n"), kHeader}) {
    const Parsed parsed = ParseConfiguration(text);
    EXPECT_EQ(Format(parsed.complaints, "berth.yaml"), "") << text;
    EXPECT_EQ(ToYaml(parsed.configuration), ToYaml(Configuration{})) << text;
  }
}

TEST(ParseConfiguration, BerthPlacesPodsUnlessItIsToldToObserve) {
  EXPECT_EQ(ParseBody("").configuration.scheduler.mode, SchedulerMode::kActive);
  EXPECT_EQ(ParseBody("scheduler: {mode: observe}").configuration.scheduler.mode,
            SchedulerMode::kObserve);
}

TEST(ParseConfiguration, ReadsEverySetting) {
  const Parsed parsed = ParseBody(R"(
scheduler:
  listen: "[::1]:17480"
  scoreScale: 100
  shortlist: 64
  nameRefusedNodes: true
  maxBodySize: 1Mi
  maxTotalBodySize: 3000000
  maxNodes: 20_000
  maxConnections: 0x10
  holdTTL: 1m30s
  allowPlain: true
  tls:
    certFile: /tls/tls.crt
    keyFile: /tls/tls.key
    clientCAFile: /tls/ca.crt
    allowedClientNames: ["system:kube-scheduler", scheduler.example]
operations:
  listen: "127.0.0.1:0"
  authentication: tokenReview
  tls: {certFile: /tls/o.crt, keyFile: /tls/o.key}
policy: {profile: interactive, gpuMemory: {node: spread, device: tight}}
modelCatalog: {file: /etc/berth/catalog.yaml, reloadInterval: 10s}
telemetry:
  interval: 30s
  timeout: 5s
  scrapePods: false
  prometheusURL: https://prometheus.monitoring:9090/prefix
  prometheusTokenFile: /var/run/secrets/token
  halfLife: 2m
  cutoff: 10m
  maxConcurrent: 64
learning: {bandwidth: false, typicalPods: false}
topology: {rackLabel: example.com/rack}
kubernetes:
  bindTimeout: 1500ms
  requestTimeout: 2.5s
  watchSilence: 1h
  pageSize: 100
  wakesPerSecond: 2.5
leadership:
  mode: follow
  leaseNamespace: ai-system
  leaseName: berth-scheduler
  identity: pod-0
  leaseDuration: 30s
  renewDeadline: 20s
  retryPeriod: 2500ms
log: {level: debug, format: text}
records: {keyFile: /etc/berth/records/keys, acceptUnsignedBefore: 2026-11-24T05:20:31Z}
decisionLog: {file: "-", refusalRatio: 0.5, answerRatio: 0.25}
profiles:
  - name: interactive
    weights: {gpuMemory: 1s, batchLoad: 0s, modelPlacement: 2m}
    gpuMemory: {node: tight, device: spread}
    minQuality: 0.95
    namespaces: [chat, search]
    podLabels: {example.com/tier: interactive, team: ""}
nodeClasses:
  - name: h100
    nodeLabels: {nvidia.com/gpu.product: NVIDIA-H100-80GB-HBM3}
    deviceFromHost: 50GB/s
    hostFromDisk: 6GiB/s
    fromPeer: 0
    crossRack: 500MB/s
    fromRemote: 10Gbit/s
    crossZone: 1.5GB/s
requirements:
  - name: eu
    nodeLabels: {node-restriction.kubernetes.io/residency: eu}
    zones: [eu-1, eu-2]
    namespaces: [patients]
    podLabels: {data: personal}
typicalPods:
  - {count: 2.5, gpuMemory: 24Gi, gpuCores: 30, gpuCount: 2, cpu: 1.5, accelerators: [H100, a100]}
  - {resource: nvidia.com/gpu, devices: 8, cpu: 96}
engines:
  - name: acme
    running: acme_inflight
    waiting: acme:backlog
    capacity: acme_slots
    cacheUsage: acme_cache_ratio
    queueSeconds: acme_wait_seconds
    classic: true
deviceClasses:
  - resource: example.com/npu
    productLabel: example.com/npu.product
    memoryLabel: memory
    countLabel: example.com/npu.count
    memoryUnit: GiB
)");
  EXPECT_EQ(Format(parsed.complaints, ""), "");
  const Configuration& c = parsed.configuration;
  EXPECT_EQ(c.scheduler.listen, "[::1]:17480");
  EXPECT_EQ(c.scheduler.score_scale, 100);
  EXPECT_EQ(c.scheduler.shortlist, 64);
  EXPECT_TRUE(c.scheduler.name_refused_nodes);
  EXPECT_EQ(c.scheduler.max_body_bytes, 1U << 20);
  EXPECT_EQ(c.scheduler.max_total_body_bytes, 3'000'000U);
  EXPECT_EQ(c.scheduler.max_nodes, 20'000U);
  EXPECT_EQ(c.scheduler.max_connections, 16U);
  EXPECT_EQ(c.scheduler.hold_ttl, std::chrono::seconds(90));
  EXPECT_TRUE(c.scheduler.allow_plain);
  EXPECT_EQ(c.scheduler.tls.cert_file, "/tls/tls.crt");
  EXPECT_EQ(c.scheduler.tls.key_file, "/tls/tls.key");
  EXPECT_EQ(c.scheduler.tls.client_ca_file, "/tls/ca.crt");
  EXPECT_EQ(c.scheduler.tls.allowed_client_names,
            (std::vector<std::string>{"system:kube-scheduler", "scheduler.example"}));
  EXPECT_EQ(c.operations.listen, "127.0.0.1:0");
  EXPECT_EQ(c.operations.authentication, Authentication::kTokenReview);
  EXPECT_EQ(c.operations.tls.cert_file, "/tls/o.crt");
  EXPECT_EQ(c.operations.tls.key_file, "/tls/o.key");
  EXPECT_EQ(c.records.key_file, "/etc/berth/records/keys");
  EXPECT_EQ(c.records.accept_unsigned_before, "2026-11-24T05:20:31Z");
  EXPECT_EQ(c.decision_log.file, "-");
  EXPECT_EQ(c.decision_log.refusal_ratio, 0.5);
  EXPECT_EQ(c.decision_log.answer_ratio, 0.25);
  EXPECT_EQ(c.gpu_memory.node, Packing::kSpread);
  EXPECT_EQ(c.gpu_memory.device, Packing::kTight);
  EXPECT_EQ(c.policy.profile, "interactive");
  EXPECT_EQ(c.model_catalog.file, "/etc/berth/catalog.yaml");
  EXPECT_EQ(c.model_catalog.reload_interval, std::chrono::seconds(10));
  EXPECT_EQ(c.telemetry.interval, std::chrono::seconds(30));
  EXPECT_EQ(c.telemetry.timeout, std::chrono::seconds(5));
  EXPECT_FALSE(c.telemetry.scrape_pods);
  EXPECT_EQ(c.telemetry.prometheus_url, "https://prometheus.monitoring:9090/prefix");
  EXPECT_EQ(c.telemetry.prometheus_token_file, "/var/run/secrets/token");
  EXPECT_EQ(c.telemetry.half_life, std::chrono::minutes(2));
  EXPECT_EQ(c.telemetry.cutoff, std::chrono::minutes(10));
  EXPECT_EQ(c.telemetry.max_concurrent, 64);
  EXPECT_FALSE(c.learning.bandwidth);
  EXPECT_EQ(c.topology.rack_label, "example.com/rack");
  ASSERT_EQ(c.profiles.size(), 4U);  // the three built-in ones follow
  EXPECT_EQ(c.profiles[0].name, "interactive");
  EXPECT_EQ(c.profiles[0].weights.gpu_memory, std::chrono::seconds(1));
  EXPECT_EQ(c.profiles[0].weights.batch_load, std::chrono::seconds(0));
  EXPECT_EQ(c.profiles[0].weights.model_placement, std::chrono::minutes(2));
  EXPECT_EQ(c.profiles[0].gpu_memory.node, Packing::kTight);
  EXPECT_EQ(c.profiles[0].gpu_memory.device, Packing::kSpread);
  EXPECT_EQ(c.profiles[0].min_quality, 0.95);
  EXPECT_EQ(c.profiles[0].namespaces, (std::vector<std::string>{"chat", "search"}));
  EXPECT_EQ(c.profiles[0].pod_labels, (Labels{{"example.com/tier", "interactive"}, {"team", ""}}));
  ASSERT_EQ(c.node_classes.size(), 1U);
  EXPECT_EQ(c.node_classes[0].name, "h100");
  EXPECT_EQ(c.node_classes[0].node_labels,
            (Labels{{"nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3"}}));
  EXPECT_EQ(c.node_classes[0].rates, (cluster::Rates{.device_from_host = 50e9,
                                                     .host_from_disk = 6.0 * (1 << 30),
                                                     .from_peer = 0,
                                                     .cross_rack = 0.5e9,
                                                     .from_remote = 1.25e9,
                                                     .cross_zone = 1.5e9}));
  EXPECT_EQ(c.kubernetes.bind_timeout, std::chrono::milliseconds(1500));
  EXPECT_EQ(c.kubernetes.request_timeout, std::chrono::milliseconds(2500));
  EXPECT_EQ(c.kubernetes.watch_silence, std::chrono::hours(1));
  EXPECT_EQ(c.kubernetes.page_size, 100);
  EXPECT_EQ(c.kubernetes.wakes_per_second, 2.5);
  EXPECT_EQ(c.leadership.mode, LeadershipMode::kFollow);
  EXPECT_EQ(c.leadership.lease_namespace, "ai-system");
  EXPECT_EQ(c.leadership.lease_name, "berth-scheduler");
  EXPECT_EQ(c.leadership.identity, "pod-0");
  EXPECT_EQ(c.leadership.lease_duration, std::chrono::seconds(30));
  EXPECT_EQ(c.leadership.renew_deadline, std::chrono::seconds(20));
  EXPECT_EQ(c.leadership.retry_period, std::chrono::milliseconds(2500));
  EXPECT_EQ(c.log.level, LogLevel::kDebug);
  EXPECT_EQ(c.log.format, LogFormat::kText);
  ASSERT_EQ(c.requirements.size(), 1U);
  EXPECT_EQ(c.requirements[0].name, "eu");
  EXPECT_EQ(c.requirements[0].node_labels,
            (Labels{{"node-restriction.kubernetes.io/residency", "eu"}}));
  EXPECT_EQ(c.requirements[0].zones, (std::vector<std::string>{"eu-1", "eu-2"}));
  EXPECT_EQ(c.requirements[0].namespaces, std::vector<std::string>{"patients"});
  EXPECT_EQ(c.requirements[0].pod_labels, (Labels{{"data", "personal"}}));
  EXPECT_FALSE(c.learning.typical_pods);
  ASSERT_EQ(c.typical_pods.size(), 2U);
  EXPECT_EQ(c.typical_pods[0].count, 2.5);
  EXPECT_EQ(c.typical_pods[0].gpu_memory, ToBytes(24_GiB));
  EXPECT_EQ(c.typical_pods[0].gpu_cores, Percent(30));
  EXPECT_EQ(c.typical_pods[0].gpu_count, 2);
  EXPECT_EQ(c.typical_pods[0].cpu, 1.5);
  EXPECT_EQ(c.typical_pods[0].accelerators, (std::vector<std::string>{"h100", "a100"}));
  EXPECT_EQ(c.typical_pods[1].count, 1);
  EXPECT_EQ(c.typical_pods[1].resource, "nvidia.com/gpu");
  EXPECT_EQ(c.typical_pods[1].devices, 8);
  ASSERT_EQ(c.engines.size(), 1U);
  EXPECT_EQ(c.engines[0].name, "acme");
  EXPECT_EQ(c.engines[0].running, "acme_inflight");
  EXPECT_EQ(c.engines[0].waiting, "acme:backlog");
  EXPECT_EQ(c.engines[0].capacity, "acme_slots");
  EXPECT_EQ(c.engines[0].cache_usage, "acme_cache_ratio");
  EXPECT_EQ(c.engines[0].queue_seconds, "acme_wait_seconds");
  EXPECT_TRUE(c.engines[0].classic);
  ASSERT_EQ(c.device_classes.size(), 1U);
  EXPECT_EQ(c.device_classes[0].resource, "example.com/npu");
  EXPECT_EQ(c.device_classes[0].product_label, "example.com/npu.product");
  EXPECT_EQ(c.device_classes[0].memory_label, "memory");
  EXPECT_EQ(c.device_classes[0].count_label, "example.com/npu.count");
  EXPECT_EQ(c.device_classes[0].memory_unit, MemoryUnit::kGiB);

  const Parsed again = ParseConfiguration(ToYaml(c));
  EXPECT_EQ(Format(again.complaints, ""), "");
  EXPECT_EQ(ToYaml(again.configuration), ToYaml(c));
}

TEST(ParseConfiguration, ReportsAllMistakesAtOnceAndWhereTheyAre) {
  const Parsed parsed = ParseConfiguration(ReadText("golden/config/many_mistakes.yaml"));
  EXPECT_FALSE(parsed.ok());
  EXPECT_TRUE(MatchesGolden(Format(parsed.complaints, "many_mistakes.yaml"),
                            "golden/config/many_mistakes.txt"));
}

struct Case {
  std::string name;
  std::string body;
  std::string complaints;
};

void PrintTo(const Case& value, std::ostream* out) { *out << value.body; }
class ComplaintTest : public ::testing::TestWithParam<Case> {};

TEST_P(ComplaintTest, NamesThePlaceAndWhatWouldBeRight) {
  EXPECT_EQ(Complaints(GetParam().body), GetParam().complaints);
}

INSTANTIATE_TEST_SUITE_P(
    Values, ComplaintTest,
    ::testing::Values(
        Case{"Null", "scheduler:\nlog: {level: }\ndeviceClasses: ~\n", ""},
        Case{"LowestAllowed", "scheduler: {scoreScale: 1, holdTTL: 100ms, shortlist: 0}", ""},
        Case{"HighestAllowed", "scheduler: {scoreScale: 1000000, holdTTL: 10m}", ""},
        Case{"OneTooLow", "scheduler: {scoreScale: 0}",
             ":1:25: scheduler.scoreScale: 0 is out of range, allowed is 1 to 1000000\n"},
        Case{"OneTooHigh", "scheduler: {scoreScale: 1000001}",
             ":1:25: scheduler.scoreScale: 1000001 is out of range, allowed is 1 to 1000000\n"},
        Case{"DurationTooShort", "scheduler: {holdTTL: 99ms}",
             ":1:22: scheduler.holdTTL: \"99ms\" is out of range, allowed is 100ms to 10m\n"},
        Case{"NotANumber", "kubernetes: {wakesPerSecond: .nan}",
             ":1:30: kubernetes.wakesPerSecond: .nan is out of range, allowed is 1 to 1000\n"},
        Case{"Past64Bits", "scheduler: {maxBodySize: 18446744073709551616}",
             ":1:26: scheduler.maxBodySize: found 18446744073709551616 (a number), expected a size "
             "such as 128Mi, 1Gi or a number of bytes\n"},
        Case{"FractionForACount", "scheduler: {shortlist: 1.5}",
             ":1:24: scheduler.shortlist: found 1.5 (a number), expected an integer\n"},
        Case{"QuotedNumber", "scheduler: {shortlist: \"5\"}",
             ":1:24: scheduler.shortlist: found \"5\" (a string), expected an integer\n"},
        Case{"ListForAScalar", "scheduler: {shortlist: [5]}",
             ":1:24: scheduler.shortlist: found a list, expected an integer\n"},
        Case{"MapForAScalar", "log: {level: {a: b}}",
             ":1:14: log.level: found a map, expected one of: debug, info, warn, error\n"},
        Case{"WordThatYamlTakesForABoolean", "log: {level: off}",
             ":1:14: log.level: found off, expected one of: debug, info, warn, error\n"},
        Case{"NumberForAnAddress", "operations: {listen: 7481}",
             ":1:22: operations.listen: found 7481 (an integer), expected an address "
             "\"host:port\"\n"},
        Case{"PortTooHigh", "operations: {listen: \":65536\"}",
             ":1:22: operations.listen: \":65536\" has no port between 0 and 65535 after the last "
             "colon, expected an address \"host:port\"\n"},
        Case{"BareIPv6", "operations: {listen: \"::1:7481\"}",
             ":1:22: operations.listen: \"::1:7481\" needs brackets around the IPv6 address, "
             "expected an address \"host:port\"\n"},
        Case{"SpaceInHost", "operations: {listen: \"a b:7481\"}",
             ":1:22: operations.listen: \"a b:7481\" has a character that no host name holds, "
             "expected an address \"host:port\"\n"}),
    berth::tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    Keys, ComplaintTest,
    ::testing::Values(
        Case{"UnknownWithNeighbour", "log: {levle: info}",
             ":1:7: log: unknown key \"levle\", did you mean level? known here: level, format\n"},
        Case{"UnknownWithoutNeighbour", "log: {colour: red}",
             ":1:7: log: unknown key \"colour\"; known here: level, format\n"},
        Case{"KnownElsewhere", "log: {listen: \":1\"}",
             ":1:7: log: unknown key \"listen\", did you mean scheduler.listen or "
             "operations.listen? known here: level, format\n"},
        Case{"DottedPathIsNoKey", "log.level: info",
             ":1:1: unknown key \"log.level\", did you mean log.level? known here: scheduler, "
             "operations, policy, topology, modelCatalog, telemetry, learning, kubernetes, "
             "leadership, "
             "records, log, decisionLog, profiles, nodeClasses, requirements, "
             "typicalPods, engines, "
             "deviceClasses, "
             "apiVersion, "
             "kind\n"},
        Case{"DuplicateSection", "log: {level: info}\nlog: {level: warn}",
             ":2:1: log: is given twice, first on line 3\n"},
        Case{"MergeKey", "log: {<<: {level: info}}",
             ":1:7: log: unknown key \"<<\"; known here: level, format\n"},
        Case{"SectionIsNoMap", "log: info",
             ":1:6: log: found \"info\", expected a map with: level, format\n"}),
    berth::tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    Leadership, ComplaintTest,
    ::testing::Values(
        Case{"Follow", "leadership: {mode: follow, leaseName: berth}", ""},
        Case{"Elect", "leadership: {mode: elect, leaseName: berth}", ""},
        Case{"UnknownMode", "leadership: {mode: leader, leaseName: berth}",
             ":1:20: leadership.mode: found \"leader\", expected one of: none, follow, elect\n"},
        Case{"AnObserverLeadsNobody",
             "scheduler: {mode: observe}\nleadership: {mode: follow, leaseName: berth}",
             ":2:20: leadership.mode: an observer binds nothing, expected none\n"},
        Case{"AnObserverAlone", "scheduler: {mode: observe}", ""},
        Case{"UnknownSchedulerMode", "scheduler: {mode: watch}",
             ":1:19: scheduler.mode: found \"watch\", expected one of: active, observe\n"},
        Case{"NoLease", "leadership: {mode: elect}",
             ":1:20: leadership.leaseName: is required with mode elect\n"},
        Case{"MalformedLease", "leadership: {mode: elect, leaseName: \"a b\"}",
             ":1:38: leadership.leaseName: found \"a b\" (a string), expected a name of at most 63 "
             "letters, digits, '-', '_' and '.' that begins and ends with a letter or digit\n"},
        Case{"LeaseWithoutMode", "leadership: {leaseName: berth}",
             ":1:25: warning: leadership.leaseName: has no effect with mode none\n"},
        Case{"NameInCapitals", "leadership: {mode: elect, leaseName: Berth}",
             ":1:38: leadership.leaseName: \"Berth\" names no object, expected lower-case letters, "
             "digits, '-' and '.'\n"},
        Case{"NamespaceWithUnderscore",
             "leadership: {mode: elect, leaseName: berth, leaseNamespace: ai_system}",
             ":1:61: leadership.leaseNamespace: \"ai_system\" names no object, expected lower-case "
             "letters, digits, '-' and '.'\n"},
        Case{"FractionOfASecond",
             "leadership: {mode: elect, leaseName: berth, leaseDuration: 15500ms}",
             ":1:60: leadership.leaseDuration: 15s500ms is no whole number of seconds, which is "
             "all that a Lease can say\n"},
        Case{"DeadlineAsLongAsTheLease",
             "leadership: {mode: elect, leaseName: berth, renewDeadline: 15s}",
             ":1:60: leadership.renewDeadline: renewDeadline 15s is not below leaseDuration 15s\n"},
        Case{"DeadlineJustBelowTheLease",
             "leadership: {mode: elect, leaseName: berth, renewDeadline: 14999ms}", ""},
        Case{"RetryTooSlow", "leadership: {mode: elect, leaseName: berth, renewDeadline: 2400ms}",
             ":1:60: leadership.renewDeadline: 1.2 times retryPeriod 2s is not below renewDeadline "
             "2s400ms\n"},
        Case{"RetryJustInTime",
             "leadership: {mode: elect, leaseName: berth, renewDeadline: 2401ms}", ""},
        Case{"NoTimeToBind",
             "leadership: {mode: elect, leaseName: berth, leaseDuration: 8s, renewDeadline: 5s}",
             ":1:60: leadership.leaseDuration: leaseDuration 8s leaves no time to bind: 15/16 of "
             "it is less than bindTimeout 4s and twice retryPeriod 2s\n"},
        Case{"JustTimeToBind",
             "leadership: {mode: elect, leaseName: berth, leaseDuration: 16s, retryPeriod: 5500ms}",
             ""},
        Case{"TooShortForABind",
             "leadership: {mode: elect, leaseName: berth}\nkubernetes: {bindTimeout: 11s}",
             ":2:27: warning: kubernetes.bindTimeout: 11s needs a higher httpTimeout in "
             "kube-scheduler's configuration, which is 5s when unset\n:2:27: "
             "kubernetes.bindTimeout: leaseDuration 15s leaves no time to bind: 15/16 of it is "
             "less than bindTimeout 11s and twice retryPeriod 2s\n"}),
    berth::tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    AgainstEachOther, ComplaintTest,
    ::testing::Values(
        Case{"ShortlistOfOne", "scheduler: {shortlist: 1}",
             ":1:24: scheduler.shortlist: 1 leaves nothing to choose, expected 0 (off) or at least "
             "2\n"},
        Case{"ShortlistOfTwo", "scheduler: {shortlist: 2}", ""},
        Case{"TotalBelowBody", "scheduler: {maxBodySize: 2Mi, maxTotalBodySize: 1Mi}",
             ":1:49: scheduler.maxTotalBodySize: maxTotalBodySize 1Mi is less than maxBodySize "
             "2Mi\n"},
        Case{"DefaultTotalBelowBody", "scheduler: {maxBodySize: 257Mi}",
             ":1:26: scheduler.maxBodySize: maxTotalBodySize 256Mi is less than maxBodySize "
             "257Mi\n"},
        Case{"TotalEqualsBody", "scheduler: {maxBodySize: 1Mi, maxTotalBodySize: 1Mi}", ""},
        Case{"OneComplaintPerMistake", "scheduler: {maxBodySize: x, maxTotalBodySize: 1Mi}",
             ":1:26: scheduler.maxBodySize: found \"x\" (a string), expected a size such as 128Mi, "
             "1Gi or a number of bytes\n"},
        Case{
            "SamePort", "operations: {listen: \":7480\"}",
            ":1:22: operations.listen: scheduler.listen 127.0.0.1:7480 and operations.listen :7480 "
            "are the same port\n"},
        Case{"SamePortOfOtherHosts", "operations: {listen: \"127.0.0.2:7480\"}", ""},
        Case{"AnyPortTwice",
             "scheduler: {listen: \"127.0.0.1:0\"}\noperations: {listen: \"127.0.0.1:0\"}", ""},
        Case{"BindTimeoutBelowHttpTimeout", "kubernetes: {bindTimeout: 4999ms}", ""},
        Case{"BindTimeoutOfHttpTimeout", "kubernetes: {bindTimeout: 5s}",
             ":1:27: warning: kubernetes.bindTimeout: 5s needs a higher httpTimeout in "
             "kube-scheduler's configuration, which is 5s when unset\n"}),
    berth::tests::CaseName);

constexpr std::string_view kPlainBeyondLoopback =
    " is not on loopback: give scheduler.tls.certFile, or scheduler.allowPlain: true, with which "
    "whoever reaches the port may bind pods\n";

INSTANTIATE_TEST_SUITE_P(
    Transport, ComplaintTest,
    ::testing::Values(
        Case{"PlainEverywhere", "scheduler: {listen: \":7480\"}",
             ":1:21: scheduler.listen: :7480" + std::string(kPlainBeyondLoopback)},
        Case{"PlainOnAHostThatBeginsLikeLoopback", "scheduler: {listen: \"127.example:7480\"}",
             ":1:21: scheduler.listen: 127.example:7480" + std::string(kPlainBeyondLoopback)},
        Case{"PlainWithLeave", "scheduler: {listen: \":7480\", allowPlain: true}", ""},
        Case{"PlainOnLoopback6", "scheduler: {listen: \"[::1]:7480\"}", ""},
        Case{"PlainOnLocalhost", "scheduler: {listen: \"localhost:7480\"}", ""},
        Case{"Mutual",
             "scheduler: {listen: \":7480\", tls: {certFile: a, keyFile: b, clientCAFile: c}}", ""},
        Case{"AnyClient", "scheduler: {listen: \":7480\", tls: {certFile: a, keyFile: b}}",
             ":1:46: warning: scheduler.tls.certFile: without clientCAFile whoever reaches the "
             "port may bind pods\n"},
        Case{"AnyClientOnLoopback", "scheduler: {tls: {certFile: a, keyFile: b}}", ""},
        Case{"NoKey", "scheduler: {tls: {certFile: a}}",
             ":1:29: scheduler.tls.certFile: certFile and keyFile must be given together\n"},
        Case{"NoCertificate", "operations: {tls: {keyFile: a}}",
             ":1:29: operations.tls.keyFile: certFile and keyFile must be given together\n"},
        Case{"AuthorityWithoutCertificate", "scheduler: {tls: {clientCAFile: a}}",
             ":1:33: scheduler.tls.clientCAFile: clientCAFile needs certFile\n"},
        Case{"NamesWithoutAuthority",
             "scheduler: {tls: {certFile: a, keyFile: b, allowedClientNames: [\"a:b\"]}}",
             ":1:64: scheduler.tls.allowedClientNames: allowedClientNames needs clientCAFile\n"},
        Case{
            "NameIsNoText",
            "scheduler: {tls: {certFile: a, keyFile: b, clientCAFile: c, allowedClientNames: [5]}}",
            ":1:82: scheduler.tls.allowedClientNames[0]: found 5 (an integer), expected a text of "
            "at most 1024 characters without white space (numbers in quotes)\n"},
        Case{"Authentication", "operations: {authentication: basic}",
             ":1:30: operations.authentication: found \"basic\", expected one of: none, "
             "tokenReview\n"},
        Case{"NoTime", "records: {keyFile: k, acceptUnsignedBefore: yesterday}",
             ":1:45: records.acceptUnsignedBefore: found \"yesterday\" (a string), "
             "expected a time such as 2026-11-24T05:20:31Z\n"},
        Case{"DateAlone", "records: {keyFile: k, acceptUnsignedBefore: 2026-11-24}",
             ":1:45: records.acceptUnsignedBefore: found \"2026-11-24\" (a string), "
             "expected a time such as 2026-11-24T05:20:31Z\n"},
        Case{"UnsignedAnyhow", "records: {acceptUnsignedBefore: 2026-11-24T05:20:31Z}",
             ":1:33: warning: records.acceptUnsignedBefore: has no effect without keyFile: all "
             "records are accepted unsigned\n"},
        Case{"MoreThanAll", "decisionLog: {answerRatio: 1.5}",
             ":1:28: decisionLog.answerRatio: 1.5 is out of range, allowed is 0 to 1\n"}),
    berth::tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    Telemetry, ComplaintTest,
    ::testing::Values(
        Case{"TimeoutOfTheInterval", "telemetry: {interval: 2s, timeout: 2s}", ""},
        Case{"TimeoutAboveTheInterval", "telemetry: {interval: 1s}",
             ":1:23: telemetry.interval: timeout 2s is more than interval 1s\n"},
        Case{"CutoffBelowTheInterval", "telemetry: {interval: 1m, cutoff: 59s}",
             ":1:35: telemetry.cutoff: cutoff 59s is less than interval 1m\n"},
        Case{"TokenForNobody", "telemetry: {prometheusTokenFile: /token}",
             ":1:34: warning: telemetry.prometheusTokenFile: has no effect without "
             "prometheusURL\n"},
        Case{"NoUrl", "telemetry: {prometheusURL: \"prometheus:9090\"}",
             ":1:28: telemetry.prometheusURL: found \"prometheus:9090\" (a string), expected a URL "
             "such as http://prometheus.monitoring:9090\n"}),
    berth::tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    Profiles, ComplaintTest,
    ::testing::Values(
        Case{"None", "profiles: []", ""},
        Case{"DefaultIsBuiltIn", "policy: {profile: latency}", ""},
        Case{"DefaultIsListedLater", "policy: {profile: own}\nprofiles: [{name: own}]", ""},
        Case{"DefaultIsUnknown", "policy: {profile: latncy}\nprofiles: [{name: own}]",
             ":1:19: policy.profile: \"latncy\" is no profile, did you mean latency? known: own, "
             "latency, throughput, batch\n"},
        Case{"DefaultIsLikeNone", "policy: {profile: interactive}",
             ":1:19: policy.profile: \"interactive\" is no profile; known: latency, throughput, "
             "batch\n"},
        Case{"Twice", "profiles: [{name: batch}, {name: batch}]",
             ":1:34: profiles[1].name: batch is the name of profiles[0] already\n"},
        Case{"NoName", "profiles: [{minQuality: 1}]",
             ":1:12: profiles[0].name: is missing, expected a name of at most 63 letters, digits, "
             "'-', '_' and '.' that begins and ends with a letter or digit\n"},
        Case{"UnknownWeight", "profiles: [{name: a, weights: {batch: 1s}}]",
             ":1:32: profiles[0].weights: unknown key \"batch\"; known here: gpuMemory, batchLoad, "
             "modelPlacement\n"},
        Case{"WeightIsANumber", "profiles: [{name: a, weights: {batchLoad: 60}}]",
             ":1:43: profiles[0].weights.batchLoad: found 60 (an integer), expected a duration "
             "such as 250ms, 5s or 1m30s\n"},
        Case{"LabelIsNoString", "profiles: [{name: a, podLabels: {x: true, y y: z, x: w}}]",
             ":1:37: profiles[0].podLabels.x: found true (a boolean), expected the value of a "
             "label, a string\n"
             ":1:43: profiles[0].podLabels: found \"y y\", expected the key of a label such as "
             "example.com/npu.product\n"},
        Case{"LabelTwice", "profiles: [{name: a, podLabels: {x: a, x: b}}]",
             ":1:40: profiles[0].podLabels.x: is given twice\n"},
        Case{"LabelsAreNoMap", "profiles: [{name: a, podLabels: [x]}]",
             ":1:33: profiles[0].podLabels: found a list, expected a map from label keys to "
             "values\n"},
        Case{"NamespaceTwice", "profiles: [{name: a, namespaces: [x, x, 5]}]",
             ":1:38: profiles[0].namespaces[1]: \"x\" is in the list already\n"
             ":1:41: profiles[0].namespaces[2]: found 5 (an integer), expected a name of at most "
             "63 letters, digits, '-', '_' and '.' that begins and ends with a letter or "
             "digit\n"}),
    berth::tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    NodeClasses, ComplaintTest,
    ::testing::Values(
        Case{"None", "nodeClasses: []", ""},
        Case{"Twice", "nodeClasses: [{name: a, nodeLabels: {a: b}}, {name: a}]",
             ":1:53: nodeClasses[1].name: a is the name of nodeClasses[0] already\n"},
        Case{"NoUnit", "nodeClasses: [{name: a, fromRemote: 1000}]",
             ":1:37: nodeClasses[0].fromRemote: found 1000 (an integer), expected a bandwidth such "
             "as 3GB/s, 1.5GiB/s or 10Gbit/s\n"},
        Case{"NoWay", "nodeClasses: [{name: a, fromRemote: 0}]",
             ":1:37: nodeClasses[0].fromRemote: 0 is out of range, allowed is 1MB/s to 100TB/s\n"},
        Case{"NoPeers", "nodeClasses: [{name: a, fromPeer: 0}]", ""},
        Case{"AfterOneForAll", "nodeClasses: [{name: a}, {name: b, nodeLabels: {x: z}}]",
             ":1:26: warning: nodeClasses[1]: is never used, since every node is of "
             "nodeClasses[0], which has no nodeLabels\n"}),
    berth::tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    Requirements, ComplaintTest,
    ::testing::Values(
        Case{"None", "requirements: []", ""},
        Case{"ZonesAlone", "requirements: [{name: eu, zones: [a]}]", ""},
        Case{"Nothing", "requirements: [{name: eu, namespaces: [a]}]",
             ":1:16: requirements[0]: needs nodeLabels or zones, else every node meets it\n"},
        Case{"Twice", "requirements: [{name: a, zones: [b]}, {name: a, zones: [c]}]",
             ":1:46: requirements[1].name: a is the name of requirements[0] already\n"}),
    berth::tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    Engines, ComplaintTest,
    ::testing::Values(
        Case{"None", "engines: []", ""},
        Case{"RunningAlone", "engines: [{name: a, running: a_running}]", ""},
        Case{"WaitingAlone", "engines: [{name: a, waiting: a_waiting}]", ""},
        Case{"NoName", "engines: [{running: a}]",
             ":1:11: engines[0].name: is missing, expected a name of at most 63 letters, digits, "
             "'-', '_' and '.' that begins and ends with a letter or digit\n"},
        Case{"NoLoad", "engines: [{name: a, capacity: a_slots}]",
             ":1:11: engines[0]: needs running or waiting, else it tells no load\n"},
        Case{"NoMetric", "engines: [{name: a, running: 1a}]",
             ":1:30: engines[0].running: found \"1a\" (a string), expected the name of a metric "
             "such as example_requests_running\n"},
        Case{"Twice", "engines: [{name: a, running: b}, {name: a, running: c}]",
             ":1:41: engines[1].name: a is the name of engines[0] already\n"}),
    berth::tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    TypicalPods, ComplaintTest,
    ::testing::Values(
        Case{"None", "typicalPods: []", ""}, Case{"Memory", "typicalPods: [{gpuMemory: 8Gi}]", ""},
        Case{"Cores", "typicalPods: [{gpuCores: 100, gpuCount: 8}]", ""},
        Case{"Whole", "typicalPods: [{resource: nvidia.com/gpu, devices: 8}]", ""},
        Case{"NoDevices", "typicalPods: [{cpu: 8}]",
             ":1:15: typicalPods[0]: needs gpuMemory, gpuCores or resource, else it asks for no "
             "devices\n"},
        Case{
            "Both", "typicalPods: [{gpuMemory: 8Gi, resource: nvidia.com/gpu}]",
            ":1:15: typicalPods[0]: asks for shares of devices and for whole ones, expected one of "
            "the two\n"},
        Case{"Nobody", "typicalPods: [{gpuCores: 50, count: 0}]",
             ":1:37: typicalPods[0].count: 0 is out of range, allowed is above 0 to 1000000\n"},
        Case{"WholeOfShares", "typicalPods: [{gpuCores: 50, devices: 2}]",
             ":1:39: warning: typicalPods[0].devices: has no effect without resource\n"},
        Case{"SharesOfWhole", "typicalPods: [{resource: nvidia.com/gpu, gpuCount: 2}]",
             ":1:52: warning: typicalPods[0].gpuCount: has no effect with resource\n"},
        Case{"UnknownKey", "typicalPods: [{gpuCores: 50, memory: 2Gi}]",
             ":1:30: typicalPods[0]: unknown key \"memory\"; known here: count, gpuMemory, "
             "gpuCores, "
             "gpuCount, resource, devices, cpu, accelerators\n"},
        Case{"NothingIsKnown", "learning: {typicalPods: false}",
             ":1:25: warning: learning.typicalPods: false without typicalPods: nothing is known of "
             "what pods ask for, and the packing fragmentation is binpack\n"}),
    berth::tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    DeviceClasses, ComplaintTest,
    ::testing::Values(
        Case{"None", "deviceClasses: []", ""},
        Case{"Twice", "deviceClasses: [{resource: a.io/b}, {resource: a.io/b}]",
             ":1:48: deviceClasses[1].resource: a.io/b is the resource of deviceClasses[0] "
             "already\n"},
        Case{"NoList", "deviceClasses: {resource: a.io/b}",
             ":1:16: deviceClasses: found a map, expected a list of device classes\n"},
        Case{"KubernetesOwn", "deviceClasses: [{resource: kubernetes.io/b}]",
             ":1:28: deviceClasses[0].resource: found \"kubernetes.io/b\" (a string), expected an "
             "extended resource such as example.com/npu\n"},
        Case{"Ours", "deviceClasses: [{resource: berth.dev/gpu-cores}]",
             ":1:28: deviceClasses[0].resource: \"berth.dev/gpu-cores\" is Berth's own; name the "
             "vendor's resource\n"}),
    berth::tests::CaseName);

TEST(ParseConfiguration, ReportsOnlyTheSyntaxErrorWhereThereIsOne) {
  EXPECT_EQ(Complaints("scheduler: {shortlist: 1\nlog: x\n"), ":2:4: end of map flow not found\n");
  EXPECT_EQ(Complaints("log:\n\tlevel: info\n"),
            ":2:1: a tab in the indentation, where YAML takes spaces only\n");
}

TEST(ParseConfiguration, RefusesWhatIsNoConfiguration) {
  const auto complaints = [](std::string_view text) {
    return Format(ParseConfiguration(text).complaints, "f");
  };
  EXPECT_EQ(complaints("just text"), "f:1:1: found \"just text\", expected a map of settings\n");
  EXPECT_EQ(complaints("log: {}"),
            "f:1:1: apiVersion: is missing, expected berth.dev/v1alpha1\n"
            "f:1:1: kind: is missing, expected BerthConfiguration\n");
  EXPECT_EQ(complaints("apiVersion: v1\nkind: [Pod]\n"),
            "f:1:13: apiVersion: found \"v1\", expected berth.dev/v1alpha1\n"
            "f:2:7: kind: found a list, expected BerthConfiguration\n");
  EXPECT_EQ(complaints(std::string(kHeader) + "---\n" + std::string(kHeader)),
            "f:4:1: a second document; a configuration is one document\n");
  EXPECT_EQ(complaints(std::string((1U << 20) + 1, '#')), "f:1:1: the file is larger than 1Mi\n");
}

TEST(ParseConfiguration, StaysSmallOnHostileText) {
  std::string bomb = "a0: &a0 [x]\n";
  for (int i = 1; i < 60; ++i) {
    bomb += fmt::format("a{0}: &a{0} [*a{1}, *a{1}]\n", i, i - 1);
  }
  EXPECT_EQ(ParseBody(bomb + "log: *a59\n").complaints.size(), 61U);

  std::string many;
  for (int i = 0; i < 20'000; ++i) {
    many += "k" + std::to_string(i) + ": 1\n";
  }
  const Parsed parsed = ParseBody(many);
  ASSERT_EQ(parsed.complaints.size(), 101U);
  EXPECT_EQ(parsed.complaints.back().message, "and 19900 more complaints");
}

TEST(Format, TellsWarningsFromErrors) {
  const std::vector<Complaint> complaints = {{1, 2, "a.b", "bad", Severity::kError},
                                             {3, 4, "", "odd", Severity::kWarning}};
  EXPECT_EQ(Format(complaints, "f.yaml"), "f.yaml:1:2: a.b: bad\nf.yaml:3:4: warning: odd\n");
  EXPECT_TRUE(HasErrors(complaints));
  EXPECT_FALSE(HasErrors({complaints[1]}));
}

TEST(SettingsReference, IsTheGeneratedPage) {
  EXPECT_TRUE(MatchesGolden(SettingsReference(), "../docs/configuration.md"));
}

TEST(Examples, TheFullConfigurationShowsTheDefaults) {
  const Parsed parsed = ParseConfiguration(ReadText("../examples/berth.yaml"));
  EXPECT_EQ(Format(parsed.complaints, "examples/berth.yaml"), "");
  EXPECT_EQ(ToYaml(parsed.configuration), ToYaml(Configuration{}));
}

}  // namespace
}  // namespace berth::config
