#include "berth/config/kube_scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "document.h"
#include "quantities.h"

namespace berth::config {
namespace {

constexpr std::string_view kNativePrefix = "berth.dev/";
constexpr std::string_view kGpuCount = "berth.dev/gpu-count";

// An extender adds score x weight x 10 (score 0 to 10); kube-scheduler's own plugins at most 1,400
// with their default weights. From kAdvises on the best node can win against all of them, from
// kDecides on also against the second best by one step of the score.
constexpr std::int64_t kAdvises = 15;
constexpr std::int64_t kDecides = 141;

constexpr Duration kDefaultHttpTimeout = std::chrono::seconds(5);
constexpr Duration kMinHttpTimeout = std::chrono::seconds(1);
constexpr Duration kMaxHttpTimeout = std::chrono::seconds(30);

class Checker {
 public:
  std::vector<Complaint> Take() && {
    SortByPlace(complaints_);
    return std::move(complaints_);
  }

  void Check(const Node& document) {
    CheckPercentage(document);
    const Node* const extenders = List(document, "extenders", "");
    if (extenders == nullptr || extenders->items.empty()) {
      if (extenders == document.Find("extenders")) {  // not one of the wrong type, told before
        Warn(At(document, "extenders"), "extenders",
             "names no extender, so kube-scheduler never asks Berth");
      }
      return;
    }
    for (std::size_t i = 0; i < extenders->items.size(); ++i) {
      const std::string path = fmt::format("extenders[{}]", i);
      const Node& extender = *extenders->items[i];
      if (extender.kind != Node::Kind::kMap) {
        Fail(extender, path, fmt::format("found {}, expected a map", TypeName(extender)));
        continue;
      }
      CheckFailingOpen(extender, path);
      CheckCertificate(extender, path);
      CheckWeight(extender, path);
      CheckTimeout(extender, path);
      CheckResources(document, extender, path);
    }
  }

 private:
  void Add(const Node& at, std::string path, std::string message, Severity severity) {
    complaints_.push_back({at.line, at.column, std::move(path), std::move(message), severity});
  }
  void Fail(const Node& at, std::string path, std::string message) {
    Add(at, std::move(path), std::move(message), Severity::kError);
  }
  void Warn(const Node& at, std::string path, std::string message) {
    Add(at, std::move(path), std::move(message), Severity::kWarning);
  }

  // The list entry `key`; nullptr, with a complaint unless it is absent, when it is no list.
  const Node* List(const Node& map, std::string_view key, const std::string& path) {
    const Node* const list = map.Find(key);
    if (list != nullptr && list->kind != Node::Kind::kList) {
      Fail(*list, path + std::string(key),
           fmt::format("found {}, expected a list", TypeName(*list)));
      return nullptr;
    }
    return list;
  }

  // The entry `key`, or the map itself to point at when the entry is missing.
  static const Node& At(const Node& map, std::string_view key) {
    const Node* const entry = map.Find(key);
    return entry != nullptr ? *entry : map;
  }

  void CheckFailingOpen(const Node& extender, const std::string& path) {
    if (extender.IsTrue("ignorable")) {
      Fail(At(extender, "ignorable"), path + ".ignorable",
           "true fails open: when Berth is away every node passes, and the default binder binds "
           "the pod without devices; set it to false");
    }
    if (!extender.IsTrue("nodeCacheCapable")) {
      Warn(At(extender, "nodeCacheCapable"), path + ".nodeCacheCapable",
           "is not true: kube-scheduler sends whole nodes, many times slower, and from 1.33 on "
           "scores them as if they were empty");
    }
  }

  void CheckCertificate(const Node& extender, const std::string& path) {
    if (!extender.Text("urlPrefix").starts_with("https://")) {
      return;
    }
    const Node* const tls = extender.Find("tlsConfig");
    if (tls != nullptr && tls->IsTrue("insecure")) {
      Fail(At(*tls, "insecure"), path + ".tlsConfig.insecure",
           "true: kube-scheduler does not verify Berth's certificate; give caFile or caData");
      return;
    }
    if (tls != nullptr && (!tls->Text("caFile").empty() || !tls->Text("caData").empty())) {
      return;
    }
    if (extender.IsTrue("enableHTTPS")) {
      Fail(At(extender, "urlPrefix"), path + ".urlPrefix",
           "https with enableHTTPS but no CA: kube-scheduler does not verify the certificate at "
           "all; set tlsConfig.caFile or tlsConfig.caData");
    } else {
      Fail(At(extender, "urlPrefix"), path + ".urlPrefix",
           "https without a CA: set enableHTTPS and tlsConfig.caFile or tlsConfig.caData");
    }
  }

  void CheckWeight(const Node& extender, const std::string& path) {
    if (extender.Text("prioritizeVerb").empty()) {
      return;
    }
    const Node* const node = extender.Find("weight");
    const auto* const weight = node != nullptr ? std::get_if<std::int64_t>(&node->scalar) : nullptr;
    if (weight == nullptr || *weight <= 0) {
      Fail(At(extender, "weight"), path + ".weight",
           "a prioritizeVerb needs a weight above 0; 150 lets Berth decide");
    } else if (*weight < kAdvises) {
      Warn(*node, path + ".weight",
           fmt::format("{}: Berth only advises, its best score counts less than kube-scheduler's "
                       "own; 150 lets it decide",
                       *weight));
    } else if (*weight < kDecides) {
      Warn(*node, path + ".weight",
           fmt::format("{}: kube-scheduler's own scores can still outvote the step from Berth's "
                       "second best node to the best; 150 lets it decide",
                       *weight));
    }
  }

  void CheckTimeout(const Node& extender, const std::string& path) {
    const Node* const node = extender.Find("httpTimeout");
    if (node == nullptr) {
      Warn(extender, path + ".httpTimeout",
           "is missing and becomes 5s; say it, since a slow call stalls all scheduling");
      return;
    }
    const std::optional<Duration> timeout = ParseDuration(node->text);
    if (!timeout) {
      Fail(*node, path + ".httpTimeout",
           fmt::format("found {}, expected a duration such as 5s", TypeName(*node)));
    } else if (*timeout == Duration(0)) {
      Warn(*node, path + ".httpTimeout", "0 becomes 5s");
    } else if (*timeout < kMinHttpTimeout || *timeout > kMaxHttpTimeout) {
      Warn(*node, path + ".httpTimeout",
           fmt::format("{} is {}; 1s to 30s make sense", FormatDuration(*timeout),
                       *timeout < kMinHttpTimeout
                           ? "so short that a busy API server fails every bind"
                           : "so long that one slow call stalls all scheduling"));
    } else if (*timeout < kDefaultHttpTimeout && !extender.Text("bindVerb").empty()) {
      Warn(*node, path + ".httpTimeout",
           fmt::format("{}: kubernetes.bindTimeout in Berth's configuration must be shorter (4s "
                       "when unset), or pods that were bound keep a false condition",
                       FormatDuration(*timeout)));
    }
  }

  void CheckResources(const Node& document, const Node& extender, const std::string& path) {
    const Node* const resources = List(extender, "managedResources", path + ".");
    if (resources == nullptr || resources->items.empty()) {
      if (!IgnoresNativeResources(document)) {
        Warn(extender, path + ".managedResources",
             "is empty, so kube-scheduler counts berth.dev/ resources itself, of which no node has "
             "any; set ignoredResourceGroups: [berth.dev] in every profile's NodeResourcesFitArgs");
      }
      return;
    }
    WarnOfModelsAlone(*resources, path + ".managedResources");
    for (std::size_t i = 0; i < resources->items.size(); ++i) {
      const Node& resource = *resources->items[i];
      if (resource.Text("name").starts_with(kNativePrefix) &&
          !resource.IsTrue("ignoredByScheduler")) {
        Fail(At(resource, "ignoredByScheduler"),
             fmt::format("{}.managedResources[{}].ignoredByScheduler", path, i),
             fmt::format("must be true for {}: no node has it in allocatable, so kube-scheduler "
                         "would refuse every node",
                         resource.Text("name")));
      }
    }
  }

  // kube-scheduler calls an extender for pods that ask for one of its managed resources. A model is
  // named by an annotation.
  void WarnOfModelsAlone(const Node& resources, std::string path) {
    const bool counted = std::ranges::any_of(resources.items, [](const NodePtr& resource) {
      return resource->Text("name") == kGpuCount;
    });
    Warn(resources, std::move(path),
         fmt::format("pods that ask for none of these are not sent to Berth: one that asks for a "
                     "model only (berth.dev/model) must ask for {} as well{}",
                     kGpuCount, counted ? "" : ", which is not in the list"));
  }

  // True when every profile's NodeResourcesFit leaves the native resources alone.
  static bool IgnoresNativeResources(const Node& document) {
    const Node* const profiles = document.Find("profiles");
    return profiles != nullptr && !profiles->items.empty() &&
           std::ranges::all_of(profiles->items, [](const NodePtr& profile) {
             const Node* const plugins = profile->Find("pluginConfig");
             return plugins != nullptr && std::ranges::any_of(plugins->items, IsFitThatIgnores);
           });
  }
  static bool IsFitThatIgnores(const NodePtr& plugin) {
    const Node* const args = plugin->Find("args");
    const Node* const groups = args == nullptr ? nullptr : args->Find("ignoredResourceGroups");
    return plugin->Text("name") == "NodeResourcesFit" && groups != nullptr &&
           std::ranges::any_of(groups->items,
                               [](const NodePtr& group) { return group->text == "berth.dev"; });
  }

  void CheckPercentage(const Node& document) {
    constexpr std::string_view kKey = "percentageOfNodesToScore";
    const auto check = [&](const Node& map, std::string path) {
      const Node* const node = map.Find(kKey);
      if (node == nullptr || node->scalar != Scalar(std::int64_t{100})) {
        Warn(At(map, kKey), std::move(path),
             "is not 100: Berth sees only a sample of the nodes, and the best may not be in it");
      }
    };
    const Node* const profiles = List(document, "profiles", "");
    bool all_say_it = profiles != nullptr && !profiles->items.empty();
    if (profiles != nullptr) {
      for (std::size_t i = 0; i < profiles->items.size(); ++i) {
        if (profiles->items[i]->Find(kKey) != nullptr) {
          check(*profiles->items[i], fmt::format("profiles[{}].{}", i, kKey));
        } else {
          all_say_it = false;
        }
      }
    }
    if (!all_say_it) {
      check(document, std::string(kKey));
    }
  }

  std::vector<Complaint> complaints_;
};

}  // namespace

std::vector<Complaint> CheckKubeSchedulerConfiguration(std::string_view text) {
  const Documents read = ReadDocuments(text);
  if (!read.complaints.empty()) {
    return read.complaints;
  }
  Checker checker;
  for (const NodePtr& document : read.documents) {
    if (document->Text("kind") == "KubeSchedulerConfiguration") {
      checker.Check(*document);
    }
  }
  return std::move(checker).Take();
}

}  // namespace berth::config
