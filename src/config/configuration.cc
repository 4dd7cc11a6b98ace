#include "berth/config/configuration.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>

#include "quantities.h"
#include "settings.h"
#include "table_reader.h"

namespace berth::config {
namespace {

constexpr std::size_t kMaxItems = 256;  // of one list

class ConfigurationReader {
 public:
  Parsed Read(std::string_view text) {
    std::vector<std::string_view> paths;
    for (const Setting<Configuration>& setting : Settings()) {
      paths.push_back(setting.spec.path);
    }
    reader_.SuggestElsewhere(std::move(paths));
    const Node* const root =
        reader_.Open(text, {.api_version = kApiVersion, .kind = kKind, .what = "a configuration"});
    if (root != nullptr) {
      const std::array<Nested, 3> nested = {{
          {.key = kDeviceClasses,
           .read = [this](const Node& list,
                          const std::string& at) { ReadDeviceClasses(list, at); }},
          {.key = "apiVersion", .read = {}},
          {.key = "kind", .read = {}},
      }};
      reader_.ReadMap(*root, "", Settings(), configuration_, nested);
      CheckAgainstEachOther(PlaceOf(*root));
    }
    return {std::move(configuration_), reader_.TakeComplaints()};
  }

 private:
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

  void CheckAgainstEachOther(Place root) {
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

Parsed ParseConfiguration(std::string_view text) { return ConfigurationReader().Read(text); }

}  // namespace berth::config
