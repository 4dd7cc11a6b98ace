// What a file is, so that one command can check them all.
#pragma once

#include <cstdint>
#include <string_view>

namespace berth::config {

enum class DocumentKind : std::uint8_t {
  kUnknown,
  kBerthConfiguration,
  kModelCatalog,
  kKubeSchedulerConfiguration,
  kTrace,
  kCluster,  // Node, Pod or a List of them
};

std::string_view Name(DocumentKind kind);  // as `kind:` spells it; "Cluster", "unknown"

// The kind of the first document that names one. Reads no more than it needs, so a cluster file of
// many MiB is told quickly; whether the file is well-formed is for its own reader to say.
DocumentKind DetectKind(std::string_view text);

}  // namespace berth::config
