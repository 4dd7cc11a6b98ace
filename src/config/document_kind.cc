#include "berth/config/document_kind.h"

#include <algorithm>
#include <array>

#include "document.h"
#include "json_text.h"

namespace berth::config {
namespace {

DocumentKind FromName(std::string_view kind) {
  static constexpr std::array<std::string_view, 5> kCluster = {"Node", "Pod", "List", "NodeList",
                                                               "PodList"};
  for (const DocumentKind known :
       {DocumentKind::kBerthConfiguration, DocumentKind::kModelCatalog,
        DocumentKind::kKubeSchedulerConfiguration, DocumentKind::kTrace}) {
    if (kind == Name(known)) {
      return known;
    }
  }
  const bool cluster = std::ranges::find(kCluster, kind) != kCluster.end();
  return cluster ? DocumentKind::kCluster : DocumentKind::kUnknown;
}

std::string_view Trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::string_view Unquote(std::string_view text) {
  const bool quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
                      text.back() == text.front();
  return quoted ? text.substr(1, text.size() - 2) : text;
}

// In block style everything below the top level is indented, so a line that begins with `kind:` is
// a top-level key; kubectl prints a List's after its items.
std::string_view FindKindLine(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::size_t colon = line.find(':');
    if (line.empty() || colon == std::string_view::npos || line.front() == ' ' ||
        Unquote(Trim(line.substr(0, colon))) != "kind") {
      continue;
    }
    std::string_view value = line.substr(colon + 1);
    if (const std::size_t comment = value.find(" #"); comment != std::string_view::npos) {
      value = value.substr(0, comment);
    }
    if (value = Unquote(Trim(value)); !value.empty()) {
      return value;
    }
  }
  return {};
}

// JSON is skimmed. YAML in flow style is rare enough to be read in full, and only when small.
std::string FindKindInFlow(std::string_view text) {
  constexpr std::size_t kMaxFlowYaml = std::size_t{1} << 20;
  const std::string_view json =
      text.starts_with('[') ? text.substr(std::min(text.find('{'), text.size())) : text;
  std::string kind(SkimTopLevelString(json, "kind"));
  if (kind.empty() && text.size() <= kMaxFlowYaml) {
    const Documents read = ReadDocuments(text);
    kind = read.documents.empty() ? "" : read.documents.front()->Text("kind");
  }
  return kind;
}

}  // namespace

std::string_view Name(DocumentKind kind) {
  switch (kind) {
    case DocumentKind::kBerthConfiguration:
      return "BerthConfiguration";
    case DocumentKind::kModelCatalog:
      return "ModelCatalog";
    case DocumentKind::kKubeSchedulerConfiguration:
      return "KubeSchedulerConfiguration";
    case DocumentKind::kTrace:
      return "Trace";
    case DocumentKind::kCluster:
      return "Cluster";
    case DocumentKind::kUnknown:
      break;
  }
  return "unknown";
}

DocumentKind DetectKind(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (begin == std::string_view::npos) {
    return DocumentKind::kUnknown;
  }
  if (text[begin] == '{' || text[begin] == '[') {
    return FromName(FindKindInFlow(text.substr(begin)));
  }
  return FromName(FindKindLine(text));
}

}  // namespace berth::config
