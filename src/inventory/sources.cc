#include <algorithm>
#include <vector>

#include "registry.h"

namespace berth::inventory {

std::span<const Source> Sources() {
#define BERTH_CALL_SOURCE(name) name(),
  static const std::vector<Source> kSources = {BERTH_INVENTORY_SOURCES(BERTH_CALL_SOURCE)};
#undef BERTH_CALL_SOURCE
  return kSources;
}

const Source* FindSource(std::string_view kind) {
  const std::span<const Source> sources = Sources();
  const auto at = std::ranges::find_if(sources, [&](const Source& source) {
    return source.read_object != nullptr && source.kind == kind;
  });
  return at == sources.end() ? nullptr : &*at;
}

std::string ListPath(const Source& source, std::string_view own_namespace) {
  constexpr std::string_view kPlace = "{namespace}";
  std::string path(source.path);
  if (const std::size_t at = path.find(kPlace); at != std::string::npos) {
    path.replace(at, kPlace.size(), own_namespace);
  }
  return path;
}

}  // namespace berth::inventory
