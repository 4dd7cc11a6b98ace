#include "health.h"

#include <utility>

#include "answers.h"
#include "query.h"

namespace berth::server {
namespace {

struct CheckResult {
  std::string name;
  std::optional<std::string> waits_for;
  std::string says;
};

std::vector<CheckResult> RunChecks(const Operations& operations) {
  std::vector<CheckResult> results;
  results.reserve(operations.ready_checks.size() + 1);
  for (const ReadyCheck& check : operations.ready_checks) {
    results.push_back({check.name, check.waits_for(), check.says ? check.says() : std::string()});
  }
  const bool ending = operations.shutting_down && operations.shutting_down();
  results.push_back(
      {"shutdown", ending ? std::optional<std::string>("shutting down") : std::nullopt, ""});
  return results;
}

bool IsVerbose(std::string_view query) {
  const auto parameters = ParseQuery(query);
  return parameters.ok() && parameters.value().contains("verbose");
}

}  // namespace

void Livez(net::Response& response) { WriteText(response, "ok"); }

void Readyz(const Operations& operations, std::string_view query, net::Response& response) {
  const bool verbose = IsVerbose(query);
  bool ready = true;
  std::string lines;
  for (const CheckResult& result : RunChecks(operations)) {
    if (result.waits_for) {
      ready = false;
      lines += "[-]" + result.name + ": " + *result.waits_for + "\n";
    } else if (verbose) {
      lines += "[+]" + result.name + " ok" + (result.says.empty() ? "" : ": " + result.says) + "\n";
    }
  }
  if (ready && !verbose) {
    WriteText(response, "ok");
    return;
  }
  lines += ready ? "ready\n" : "not ready\n";
  WriteText(response, std::move(lines), ready ? 200 : 503);
}

std::optional<std::string> NotReadyBecause(const Operations& operations) {
  for (CheckResult& result : RunChecks(operations)) {
    if (result.waits_for) {
      return result.name + ": " + *result.waits_for;
    }
  }
  return std::nullopt;
}

}  // namespace berth::server
