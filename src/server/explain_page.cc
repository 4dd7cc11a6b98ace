#include "explain_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "berth/base/columns.h"

namespace berth::server {
namespace {

using extender::ExplainedNode;
using extender::Explanation;

// Three decimals: finer than anybody can tell, and the same on every machine.
double Rounded(double value) { return std::round(value * 1000) / 1000; }

Json TermJson(const core::Term& term) {
  return {{"scorer", term.scorer},
          {"raw", Rounded(term.raw)},
          {"unit", term.unit},
          {"points", term.points},
          {"weightSeconds", Rounded(term.weight)},
          {"costSeconds", Rounded(term.seconds())},
          {"sentence", term.sentence}};
}

Json FittingJson(const ExplainedNode& node) {
  Json item = {{"name", node.name}, {"costSeconds", Rounded(node.cost)}};
  if (!node.variant.empty()) {
    item["variant"] = node.variant;
  }
  if (!node.devices.empty()) {
    item["devices"] = node.devices;
  }
  if (node.contended) {
    item["contended"] = true;
  }
  item["terms"] = Json::array();
  for (const core::Term& term : node.said.terms) {
    item["terms"].push_back(TermJson(term));
  }
  return item;
}

Json RefusedJson(const ExplainedNode& node) {
  return {{"name", node.name},
          {"reason", core::Code(node.reason)},
          {"text", core::Text(node.reason)},
          {"miss", node.said.miss}};
}

void AppendFitting(const Explanation& explanation, std::string& out) {
  if (explanation.fitting.empty()) {
    return;
  }
  out += fmt::format("\nFits on {} node{}, best first. Cost in seconds of waiting:\n",
                     explanation.fitting_total, explanation.fitting_total == 1 ? "" : "s");
  std::vector<std::vector<std::string>> rows = {{"NODE"}};
  std::vector<std::string>& head = rows.front();
  for (const core::Term& term : explanation.fitting.front().said.terms) {
    head.emplace_back(term.scorer);
  }
  head.emplace_back("COST");
  head.emplace_back("VARIANT");
  head.emplace_back("DEVICES");
  for (const ExplainedNode& node : explanation.fitting) {
    std::vector<std::string> cells = {node.name + (node.contended ? " (contended)" : "")};
    for (const core::Term& term : node.said.terms) {
      cells.push_back(fmt::format("{:.2f}", term.seconds()));
    }
    cells.push_back(fmt::format("{:.2f}", node.cost));
    cells.push_back(node.variant.empty() ? "-" : node.variant);
    cells.push_back(node.devices.empty() ? "-" : fmt::format("{}", fmt::join(node.devices, ",")));
    rows.push_back(std::move(cells));
  }
  out += AlignColumns(rows, 1, 2);
  out += fmt::format("\nOn {}:\n", explanation.fitting.front().name);
  for (const core::Term& term : explanation.fitting.front().said.terms) {
    out += fmt::format("  {:<16} {:>3} points  {}\n", term.scorer, term.points, term.sentence);
  }
}

void AppendRefused(const Explanation& explanation, std::string& out) {
  if (explanation.refused.empty()) {
    return;
  }
  out += fmt::format("\nDoes not fit on {} node{}:\n", explanation.refused_total,
                     explanation.refused_total == 1 ? "" : "s");
  for (const auto& [reason, count] : explanation.refused_by_reason) {
    out += fmt::format("  {:>6}  {}\n", count, core::Text(reason));
  }
  std::size_t width = 0;
  for (const ExplainedNode& node : explanation.refused) {
    width = std::max(width, node.name.size());
  }
  out += '\n';
  for (const ExplainedNode& node : explanation.refused) {
    out += fmt::format("  {:<{}}  {}\n", node.name, width, node.said.miss);
  }
}

}  // namespace

Json ExplanationJson(const Explanation& explanation) {
  Json answer = {{"namespace", explanation.pod.ns},
                 {"name", explanation.pod.name},
                 {"uid", explanation.pod.uid},
                 {"observed", explanation.observed},
                 {"decided", explanation.decided},
                 {"at", FormatRfc3339(explanation.at)},
                 {"profile", explanation.profile},
                 {"node", explanation.node},
                 {"why", explanation.why},
                 {"fitting", Json::array()},
                 {"fittingTotal", explanation.fitting_total},
                 {"refused", Json::array()},
                 {"refusedTotal", explanation.refused_total},
                 {"refusedByReason", Json::object()}};
  for (const ExplainedNode& node : explanation.fitting) {
    answer["fitting"].push_back(FittingJson(node));
  }
  for (const ExplainedNode& node : explanation.refused) {
    answer["refused"].push_back(RefusedJson(node));
  }
  for (const auto& [reason, count] : explanation.refused_by_reason) {
    answer["refusedByReason"][std::string(core::Code(reason))] = count;
  }
  return answer;
}

std::string ExplanationText(const Explanation& explanation) {
  std::string out = fmt::format("Pod {}/{}", explanation.pod.ns, explanation.pod.name);
  if (!explanation.pod.model.empty()) {
    out += fmt::format(", model {}", explanation.pod.model);
  }
  if (!explanation.pod.data.empty()) {
    out += fmt::format(", reads {}", fmt::join(explanation.pod.data, ", "));
  }
  if (!explanation.profile.empty()) {
    out += fmt::format(", profile {}", explanation.profile);
  }
  out += '\n';
  if (explanation.decided && explanation.observed) {
    out += fmt::format(
        "Placed on {}; Berth would have {}\n", explanation.node,
        explanation.fitting.empty() ? "refused it" : "chosen " + explanation.fitting.front().name);
  } else if (explanation.decided) {
    out += fmt::format("Decided at {}: {}\n", FormatRfc3339(explanation.at), explanation.node);
  } else if (explanation.node.empty()) {
    out += "Waits: no node fits now\n";
  } else {
    out += fmt::format("Waits; would go to {} now\n", explanation.node);
  }
  out += fmt::format("Why: {}\n", explanation.why);
  AppendFitting(explanation, out);
  AppendRefused(explanation, out);
  return out;
}

}  // namespace berth::server
