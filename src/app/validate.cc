// berth validate FILE...: everything that is wrong with each file, at once.
#include <algorithm>
#include <iterator>
#include <ostream>

#include <fmt/format.h>

#include "arguments.h"
#include "berth/app/run.h"
#include "berth/config/catalog.h"
#include "berth/config/configuration.h"
#include "berth/config/document_kind.h"
#include "berth/config/kube_scheduler.h"
#include "berth/core/reason.h"
#include "berth/device/read.h"
#include "berth/inventory/source.h"
#include "berth/signing/record_keys.h"
#include "berth/sim/trace.h"
#include "cluster_file.h"
#include "commands.h"
#include "file.h"
#include "rules.h"
#include "telemetry.h"

namespace berth::app {
namespace {

using config::DocumentKind;

struct Finding {
  bool is_error = false;
  std::string text;
};

std::vector<Finding> FromComplaints(const std::vector<config::Complaint>& complaints,
                                    const std::string& file) {
  std::vector<Finding> findings;
  findings.reserve(complaints.size());
  for (const config::Complaint& complaint : complaints) {
    findings.push_back({.is_error = complaint.severity == config::Severity::kError,
                        .text = config::Format({complaint}, file)});
  }
  return findings;
}

// A cluster file that parses may still hold nodes that are offered to nobody and pods that fit
// nowhere.
std::vector<Finding> CheckCluster(const std::string& text, const std::string& file) {
  const Result<ClusterFile> cluster = ParseCluster(text, file);
  if (!cluster.ok()) {
    return {{.is_error = true, .text = cluster.error().message + "\n"}};
  }
  std::vector<Finding> findings;
  const auto warn = [&](std::string_view what) {
    findings.push_back({.is_error = false, .text = fmt::format("{}: warning: {}\n", file, what)});
  };
  const device::ClassTable classes = device::ClassTable::BuiltIn();
  for (const kube::NodeObject& node : cluster->nodes) {
    if (const cluster::NodeFacts facts = device::ReadNode(node, classes); !facts.problem.empty()) {
      warn(fmt::format("node {}: {}", facts.name, facts.problem));
    }
  }
  for (const kube::PodObject& pod : cluster->pods) {
    if (const cluster::PodRequest request = device::ReadPod(pod, classes);
        request.fault != cluster::PodFault::kNone) {
      warn(fmt::format("pod {}/{}: {}", request.ns, request.name,
                       core::Text(core::FaultReason(request.fault))));
    }
  }
  kube::Cursor json;
  for (const ClusterObject& object : cluster->objects) {
    const inventory::Reading reading =
        inventory::FindSource(object.kind)
            ->read_object(json, {.ns = object.ns, .name = object.name, .json = object.json});
    for (const std::string& problem : reading.problems) {
      warn(fmt::format("{} {}: {}", object.kind, object.name, problem));
    }
  }
  if (cluster->other > 0) {
    warn(fmt::format("{} objects are of kinds that Berth does not read", cluster->other));
  }
  return findings;
}

// Where the configuration is checked, its files need not be; what is there must be sound.
std::vector<Finding> CheckRecordKeys(const std::string& path, const std::string& file) {
  const Result<std::string> text =
      path.empty() ? InvalidArgument({}) : ReadRegularFile(path, signing::kMaxKeyText + 1);
  if (!text.ok()) {
    return {};
  }
  if (const auto keys = signing::RecordKeys::Parse(*text); !keys.ok()) {
    return {
        {.is_error = true,
         .text = fmt::format("{}: records.keyFile: {}: {}\n", file, path, keys.error().message)}};
  }
  return {};
}

Status CheckTypicalPods(const config::Configuration& configuration) {
  BERTH_ASSIGN_OR_RETURN(const device::ClassTable classes, ClassesOf(configuration));
  const Result<state::TypicalPods> typical = TypicalPodsOf(configuration, classes);
  return typical.ok() ? Status() : Status(typical.error());
}

std::vector<Finding> CheckConfiguration(const std::string& text, const std::string& file) {
  const config::Parsed parsed = config::ParseConfiguration(text);
  std::vector<Finding> findings = FromComplaints(parsed.complaints, file);
  if (const auto engines = EnginesOf(parsed.configuration); !engines.ok()) {
    findings.push_back(
        {.is_error = true, .text = fmt::format("{}: {}\n", file, engines.error().message)});
  }
  if (const Status typical = CheckTypicalPods(parsed.configuration); !typical.ok()) {
    findings.push_back(
        {.is_error = true, .text = fmt::format("{}: {}\n", file, typical.error().message)});
  }
  std::ranges::move(CheckRecordKeys(parsed.configuration.records.key_file, file),
                    std::back_inserter(findings));
  return findings;
}

std::vector<Finding> CheckTrace(const std::string& text, const std::string& file) {
  const Result<sim::Trace> trace = sim::ReadTrace(text, file);
  if (!trace.ok()) {
    return {{.is_error = true, .text = trace.error().message + "\n"}};
  }
  return {};
}

struct Checked {
  std::vector<Finding> findings;
  std::string summary;  // what there is to show of a sound file

  bool sound() const {
    return std::ranges::none_of(findings, [](const Finding& f) { return f.is_error; });
  }
};

Checked Check(const std::string& text, const std::string& file) {
  const DocumentKind kind = config::DetectKind(text);
  switch (kind) {
    case DocumentKind::kBerthConfiguration:
      return {CheckConfiguration(text, file), ""};
    case DocumentKind::kModelCatalog: {
      const config::ParsedCatalog parsed = config::ParseCatalog(text);
      return {FromComplaints(parsed.complaints, file), config::CatalogTable(parsed.catalog)};
    }
    case DocumentKind::kKubeSchedulerConfiguration:
      return {FromComplaints(config::CheckKubeSchedulerConfiguration(text), file), ""};
    case DocumentKind::kTrace:
      return {CheckTrace(text, file), ""};
    case DocumentKind::kCluster:
      return {CheckCluster(text, file), ""};
    case DocumentKind::kUnknown:
      break;
  }
  return {{{.is_error = true,
            .text = fmt::format("{}: kind is neither BerthConfiguration, ModelCatalog, "
                                "KubeSchedulerConfiguration, Trace, Node, Pod nor List\n",
                                file)}},
          ""};
}

}  // namespace

int Validate(std::span<const std::string> words, std::ostream& out, std::ostream& err) {
  const Result<Arguments> arguments = ParseArguments(words, {});
  if (arguments.ok() && arguments->help) {
    out << "usage: berth validate FILE...\n\nChecks a BerthConfiguration, a ModelCatalog (and "
           "shows "
           "what its variants ask for, and its datasets), a KubeSchedulerConfiguration (its "
           "extenders), a Trace, or a cluster "
           "file of Nodes and Pods. - is standard input.\n";
    return kDone;
  }
  if (!arguments.ok() || arguments->operands.empty()) {
    err << "berth validate: " << (arguments.ok() ? "no file is named" : arguments.error().message)
        << "\n";
    return kWrongUse;
  }
  bool sound = true;
  for (const std::string& file : arguments->operands) {
    const Result<std::string> text = ReadFile(file);
    if (!text.ok()) {
      err << "berth validate: " << text.error().message << "\n";
      sound = false;
      continue;
    }
    const Checked checked = Check(*text, file);
    for (const Finding& finding : checked.findings) {
      err << finding.text;
    }
    if (checked.sound()) {
      out << file << ": ok (" << config::Name(config::DetectKind(*text)) << ")\n"
          << checked.summary;
    }
    sound = sound && checked.sound();
  }
  return sound ? kDone : kWrongUse;
}

}  // namespace berth::app
