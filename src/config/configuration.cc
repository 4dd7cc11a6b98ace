#include "berth/config/configuration.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <utility>

#include "berth/cluster/product.h"
#include "berth/cluster/requirements.h"
#include "near_names.h"
#include "quantities.h"
#include "settings.h"
#include "table_reader.h"

namespace berth::config {
namespace {

constexpr std::size_t kMaxItems = 256;  // of one list
constexpr std::size_t kMaxTypicalPods = 4096;
constexpr std::size_t kMaxProfiles = 64;  // a pod keeps the number of its own in a byte

bool IsLoopback(std::string_view host) {
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") &&
          host.find_first_not_of("0123456789.") == std::string_view::npos);
}

class ConfigurationReader {
 public:
  Parsed Read(std::string_view text) {
    std::vector<std::string_view> paths;
    paths.reserve(Settings().size());
    for (const Setting<Configuration>& setting : Settings()) {
      paths.push_back(setting.spec.path);
    }
    reader_.SuggestElsewhere(std::move(paths));
    const Node* const root =
        reader_.Open(text, {.api_version = kApiVersion, .kind = kKind, .what = "a configuration"});
    if (root != nullptr) {
      const std::array<Nested, 8> nested = {{
          {.key = kProfiles, .read = Calling(&ConfigurationReader::ReadProfiles)},
          {.key = kNodeClasses, .read = Calling(&ConfigurationReader::ReadNodeClasses)},
          {.key = kRequirements, .read = Calling(&ConfigurationReader::ReadRequirements)},
          {.key = kTypicalPods, .read = Calling(&ConfigurationReader::ReadTypicalPods)},
          {.key = kEngines, .read = Calling(&ConfigurationReader::ReadEngines)},
          {.key = kDeviceClasses, .read = Calling(&ConfigurationReader::ReadDeviceClasses)},
          {.key = "apiVersion", .read = {}},
          {.key = "kind", .read = {}},
      }};
      reader_.ReadMap(*root, "", Settings(), configuration_, nested);
      CheckAgainstEachOther(PlaceOf(*root));
    }
    return {std::move(configuration_), reader_.TakeComplaints()};
  }

 private:
  using ReadNested = void (ConfigurationReader::*)(const Node& list, const std::string& path);
  std::function<void(const Node&, const std::string&)> Calling(ReadNested read) {
    return [this, read](const Node& list, const std::string& path) { (this->*read)(list, path); };
  }

  // A built-in profile starts as it is, so that the file says only what is different. Those that it
  // does not name come after its own.
  void ReadProfiles(const Node& list, const std::string& path) {
    std::vector<ProfileSetting> built_in = BuiltInProfiles();
    TableReader::Names names;
    std::vector<ProfileSetting> profiles;
    reader_.EachItem(list, path, "profiles", KeysBelow(SpecsOf(ProfileSettings()), ""),
                     kMaxProfiles, [&](const Node& item, const std::string& at) {
                       const auto known =
                           std::ranges::find(built_in, item.Text("name"), &ProfileSetting::name);
                       ProfileSetting profile = known == built_in.end() ? ProfileSetting{} : *known;
                       reader_.ReadMap(item, at, ProfileSettings(), profile);
                       names.Add(reader_, at, "name", profile.name);
                       profiles.push_back(std::move(profile));
                     });
    for (ProfileSetting& profile : built_in) {
      if (std::ranges::find(profiles, profile.name, &ProfileSetting::name) == profiles.end()) {
        profiles.push_back(std::move(profile));
      }
    }
    configuration_.profiles = std::move(profiles);
  }

  void ReadNodeClasses(const Node& list, const std::string& path) {
    TableReader::Names names;
    std::string catches_all;  // path of a class that every node is of
    reader_.EachItem(
        list, path, "node classes", KeysBelow(SpecsOf(NodeClassSettings()), ""), kMaxItems,
        [&](const Node& item, const std::string& at) {
          NodeClassSetting node_class;
          reader_.ReadMap(item, at, NodeClassSettings(), node_class);
          names.Add(reader_, at, "name", node_class.name);
          if (!catches_all.empty()) {
            reader_.Complain(
                PlaceOf(item), at,
                fmt::format("is never used, since every node is of {}, which has no nodeLabels",
                            catches_all),
                Severity::kWarning);
          } else if (node_class.node_labels.empty() &&
                     !reader_.IsMalformed(Child(at, "nodeLabels"))) {
            catches_all = at;
          }
          configuration_.node_classes.push_back(std::move(node_class));
        });
  }

  void ReadRequirements(const Node& list, const std::string& path) {
    TableReader::Names names;
    reader_.EachItem(list, path, "requirements", KeysBelow(SpecsOf(RequirementSettings()), ""),
                     cluster::kMaxRequirements, [&](const Node& item, const std::string& at) {
                       RequirementSetting requirement;
                       reader_.ReadMap(item, at, RequirementSettings(), requirement);
                       names.Add(reader_, at, "name", requirement.name);
                       if (requirement.node_labels.empty() && requirement.zones.empty() &&
                           !reader_.IsMalformed(Child(at, "nodeLabels")) &&
                           !reader_.IsMalformed(Child(at, "zones"))) {
                         reader_.Complain(PlaceOf(item), at,
                                          "needs nodeLabels or zones, else every node meets it");
                       }
                       configuration_.requirements.push_back(std::move(requirement));
                     });
  }

  void ReadTypicalPods(const Node& list, const std::string& path) {
    reader_.EachItem(list, path, "typical pods", KeysBelow(SpecsOf(TypicalPodSettings()), ""),
                     kMaxTypicalPods, [&](const Node& item, const std::string& at) {
                       TypicalPodSetting pod;
                       reader_.ReadMap(item, at, TypicalPodSettings(), pod);
                       std::ranges::transform(pod.accelerators, pod.accelerators.begin(),
                                              cluster::LowerCase);
                       CheckTypicalPod(item, at, pod);
                       configuration_.typical_pods.push_back(std::move(pod));
                     });
  }

  void CheckTypicalPod(const Node& item, const std::string& at, const TypicalPodSetting& pod) {
    for (const std::string_view key : {"gpuMemory", "gpuCores", "resource"}) {
      if (reader_.IsMalformed(Child(at, key))) {
        return;
      }
    }
    const bool shares = pod.gpu_memory > Bytes(0) || pod.gpu_cores > Percent(0);
    const bool whole = !pod.resource.empty();
    if (!shares && !whole) {
      reader_.Complain(PlaceOf(item), at,
                       "needs gpuMemory, gpuCores or resource, else it asks for no devices");
    } else if (shares && whole) {
      reader_.Complain(PlaceOf(item), at,
                       "asks for shares of devices and for whole ones, expected one of the two");
    } else if (whole && pod.gpu_count != 1) {
      Complain(Child(at, "gpuCount"), "has no effect with resource", Severity::kWarning);
    } else if (!whole && pod.devices != 1) {
      Complain(Child(at, "devices"), "has no effect without resource", Severity::kWarning);
    }
  }

  void ReadEngines(const Node& list, const std::string& path) {
    TableReader::Names names;
    reader_.EachItem(list, path, "engines", KeysBelow(SpecsOf(EngineSettings()), ""), kMaxItems,
                     [&](const Node& item, const std::string& at) {
                       EngineSetting engine;
                       reader_.ReadMap(item, at, EngineSettings(), engine);
                       names.Add(reader_, at, "name", engine.name);
                       if (engine.running.empty() && engine.waiting.empty() &&
                           !reader_.IsMalformed(Child(at, "running")) &&
                           !reader_.IsMalformed(Child(at, "waiting"))) {
                         reader_.Complain(PlaceOf(item), at,
                                          "needs running or waiting, else it tells no load");
                       }
                       configuration_.engines.push_back(std::move(engine));
                     });
  }

  void ReadDeviceClasses(const Node& list, const std::string& path) {
    TableReader::Names names;
    reader_.EachItem(list, path, "device classes", KeysBelow(SpecsOf(DeviceClassSettings()), ""),
                     kMaxItems, [&](const Node& item, const std::string& at) {
                       DeviceClassSetting device_class;
                       reader_.ReadMap(item, at, DeviceClassSettings(), device_class);
                       names.Add(reader_, at, "resource", device_class.resource);
                       configuration_.device_classes.push_back(std::move(device_class));
                     });
  }

  void CheckDefaultProfile() {
    const std::string& wanted = configuration_.policy.profile;
    std::vector<std::string> known;
    known.reserve(configuration_.profiles.size());
    for (const ProfileSetting& profile : configuration_.profiles) {
      known.push_back(profile.name);
    }
    if (wanted.empty() || std::ranges::find(known, wanted) != known.end()) {
      return;
    }
    const std::vector<std::string> near = NearNames(wanted, known);
    Complain("policy.profile",
             fmt::format("{} is no profile{} known: {}", Shown(wanted),
                         near.empty() ? ";" : fmt::format(", did you mean {}?", near.front()),
                         fmt::join(known, ", ")));
  }

  void CheckTelemetry(Place root) {
    const Configuration::Telemetry& telemetry = configuration_.telemetry;
    if (telemetry.timeout > telemetry.interval) {
      reader_.ComplainOfPair(
          root, "telemetry.timeout", "telemetry.interval",
          fmt::format("timeout {} is more than interval {}", FormatDuration(telemetry.timeout),
                      FormatDuration(telemetry.interval)));
    }
    if (telemetry.cutoff < telemetry.interval) {
      reader_.ComplainOfPair(
          root, "telemetry.cutoff", "telemetry.interval",
          fmt::format("cutoff {} is less than interval {}", FormatDuration(telemetry.cutoff),
                      FormatDuration(telemetry.interval)));
    }
    if (telemetry.prometheus_url.empty() && !telemetry.prometheus_token_file.empty() &&
        !reader_.IsMalformed("telemetry.prometheusURL")) {
      Complain("telemetry.prometheusTokenFile", "has no effect without prometheusURL",
               Severity::kWarning);
    }
  }

  // Both or neither.
  void CheckPair(Place root, std::string_view cert_path, const std::string& cert_file,
                 std::string_view key_path, const std::string& key_file) {
    if (cert_file.empty() != key_file.empty()) {
      reader_.ComplainOfPair(root, cert_path, key_path,
                             "certFile and keyFile must be given together");
    }
  }

  void CheckTransport(Place root) {
    const Configuration::Scheduler& scheduler = configuration_.scheduler;
    const Configuration::Operations& operations = configuration_.operations;
    CheckPair(root, "scheduler.tls.certFile", scheduler.tls.cert_file, "scheduler.tls.keyFile",
              scheduler.tls.key_file);
    CheckPair(root, "operations.tls.certFile", operations.tls.cert_file, "operations.tls.keyFile",
              operations.tls.key_file);
    if (!scheduler.tls.client_ca_file.empty() && scheduler.tls.cert_file.empty()) {
      reader_.ComplainOfPair(root, "scheduler.tls.clientCAFile", "scheduler.tls.certFile",
                             "clientCAFile needs certFile");
    }
    if (!scheduler.tls.allowed_client_names.empty() && scheduler.tls.client_ca_file.empty()) {
      reader_.ComplainOfPair(root, "scheduler.tls.allowedClientNames", "scheduler.tls.clientCAFile",
                             "allowedClientNames needs clientCAFile");
    }
    if (const Status plain = CheckPlain(scheduler);
        !plain.ok() && !reader_.IsMalformed("scheduler.tls.certFile")) {
      Complain("scheduler.listen", plain.error().message);
    }
    if (!scheduler.tls.cert_file.empty() && scheduler.tls.client_ca_file.empty() &&
        !IsLoopback(SplitAddress(scheduler.listen).host) &&
        !reader_.IsMalformed("scheduler.tls.clientCAFile")) {
      Complain("scheduler.tls.certFile",
               "without clientCAFile whoever reaches the port may bind pods", Severity::kWarning);
    }
  }

  // The names of objects: kName, and lower case.
  void CheckObjectName(std::string_view path, const std::string& name) {
    const bool lower = std::ranges::none_of(name, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!lower || name.find('_') != std::string::npos) {
      Complain(path, fmt::format("{} names no object, expected lower-case letters, digits, '-' "
                                 "and '.'",
                                 Shown(name)));
    }
  }

  void CheckLeadership(Place root) {
    const Configuration::Leadership& leadership = configuration_.leadership;
    CheckObjectName("leadership.leaseNamespace", leadership.lease_namespace);
    CheckObjectName("leadership.leaseName", leadership.lease_name);
    if (reader_.IsMalformed("leadership.mode")) {
      return;
    }
    if (leadership.mode == LeadershipMode::kNone) {
      if (!leadership.lease_name.empty()) {
        Complain("leadership.leaseName", "has no effect with mode none", Severity::kWarning);
      }
      return;
    }
    if (configuration_.scheduler.mode == SchedulerMode::kObserve) {
      reader_.ComplainOfPair(root, "leadership.mode", "scheduler.mode",
                             "an observer binds nothing, expected none");
      return;
    }
    if (leadership.lease_name.empty() && !reader_.IsMalformed("leadership.leaseName")) {
      reader_.Complain(reader_.PlaceOfSetting("leadership.mode", root), "leadership.leaseName",
                       fmt::format("is required with mode {}",
                                   leadership.mode == LeadershipMode::kFollow ? "follow" : "elect"),
                       Severity::kError);
    }
    if (leadership.lease_duration % std::chrono::seconds(1) != Duration::zero()) {
      Complain("leadership.leaseDuration",
               fmt::format("{} is no whole number of seconds, which is all that a Lease can say",
                           FormatDuration(leadership.lease_duration)));
    }
    if (leadership.renew_deadline >= leadership.lease_duration) {
      reader_.ComplainOfPair(root, "leadership.renewDeadline", "leadership.leaseDuration",
                             fmt::format("renewDeadline {} is not below leaseDuration {}",
                                         FormatDuration(leadership.renew_deadline),
                                         FormatDuration(leadership.lease_duration)));
    }
    if (leadership.retry_period * 6 >= leadership.renew_deadline * 5) {  // as client-go asks
      reader_.ComplainOfPair(root, "leadership.retryPeriod", "leadership.renewDeadline",
                             fmt::format("1.2 times retryPeriod {} is not below renewDeadline {}",
                                         FormatDuration(leadership.retry_period),
                                         FormatDuration(leadership.renew_deadline)));
    }
    // Between two renewals, as far as we see them, a bind must find its time: see docs/ha.md.
    const Duration least = configuration_.kubernetes.bind_timeout + 2 * leadership.retry_period;
    if (leadership.lease_duration - leadership.lease_duration / 16 < least) {
      reader_.ComplainOfPair(
          root, "leadership.leaseDuration", "kubernetes.bindTimeout",
          fmt::format("leaseDuration {} leaves no time to bind: 15/16 of it is less than "
                      "bindTimeout {} and twice retryPeriod {}",
                      FormatDuration(leadership.lease_duration),
                      FormatDuration(configuration_.kubernetes.bind_timeout),
                      FormatDuration(leadership.retry_period)));
    }
  }

  void CheckAgainstEachOther(Place root) {
    CheckTransport(root);
    CheckDefaultProfile();
    CheckTelemetry(root);
    CheckLeadership(root);
    if (!configuration_.learning.typical_pods && configuration_.typical_pods.empty() &&
        !reader_.IsMalformed(kTypicalPods)) {
      Complain("learning.typicalPods",
               "false without typicalPods: nothing is known of what pods ask for, and the packing "
               "fragmentation is binpack",
               Severity::kWarning);
    }
    if (configuration_.records.key_file.empty() &&
        !configuration_.records.accept_unsigned_before.empty() &&
        !reader_.IsMalformed("records.keyFile")) {
      Complain("records.acceptUnsignedBefore",
               "has no effect without keyFile: all records are accepted unsigned",
               Severity::kWarning);
    }
    const Configuration::Scheduler& scheduler = configuration_.scheduler;
    if (scheduler.shortlist == 1) {
      Complain("scheduler.shortlist", "1 leaves nothing to choose, expected 0 (off) or at least 2");
    }
    if (scheduler.max_total_body_bytes < scheduler.max_body_bytes) {
      reader_.ComplainOfPair(
          root, "scheduler.maxTotalBodySize", "scheduler.maxBodySize",
          fmt::format("maxTotalBodySize {} is less than maxBodySize {}",
                      FormatSize(static_cast<std::int64_t>(scheduler.max_total_body_bytes)),
                      FormatSize(static_cast<std::int64_t>(scheduler.max_body_bytes))));
    }
    const Address verbs = SplitAddress(scheduler.listen);
    const Address operations = SplitAddress(configuration_.operations.listen);
    const auto everywhere = [](std::string_view host) {
      return host.empty() || host == "0.0.0.0" || host == "::";
    };
    if (verbs.port == operations.port && verbs.port.find_first_not_of('0') != std::string::npos &&
        (verbs.host == operations.host || everywhere(verbs.host) || everywhere(operations.host))) {
      reader_.ComplainOfPair(
          root, "operations.listen", "scheduler.listen",
          fmt::format("scheduler.listen {} and operations.listen {} are the same port",
                      scheduler.listen, configuration_.operations.listen));
    }
    constexpr Duration kDefaultHttpTimeout = std::chrono::seconds(5);
    if (configuration_.kubernetes.bind_timeout >= kDefaultHttpTimeout) {
      Complain("kubernetes.bindTimeout",
               fmt::format("{} needs a higher httpTimeout in kube-scheduler's configuration, which "
                           "is 5s when unset",
                           FormatDuration(configuration_.kubernetes.bind_timeout)),
               Severity::kWarning);
    }
  }

  void Complain(std::string_view path, std::string message, Severity severity = Severity::kError) {
    reader_.Complain(reader_.PlaceOfSetting(path, {}), path, std::move(message), severity);
  }

  TableReader reader_;
  Configuration configuration_;
};

}  // namespace

Status CheckPlain(const Configuration::Scheduler& scheduler) {
  if (!scheduler.tls.cert_file.empty() || scheduler.allow_plain ||
      IsLoopback(SplitAddress(scheduler.listen).host)) {
    return {};
  }
  return InvalidArgument(
      fmt::format("{} is not on loopback: give scheduler.tls.certFile, or scheduler.allowPlain: "
                  "true, with which whoever reaches the port may bind pods",
                  scheduler.listen));
}

Parsed ParseConfiguration(std::string_view text) { return ConfigurationReader().Read(text); }

}  // namespace berth::config
