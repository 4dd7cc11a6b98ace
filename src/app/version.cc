#include <ostream>

#include "arguments.h"
#include "berth/app/run.h"
#include "build_info.h"
#include "commands.h"

namespace berth::app {

observe::BuildInfo ThisBuild() {
  return {.version = BERTH_VERSION, .revision = BERTH_REVISION, .compiler = BERTH_COMPILER};
}

int Version(std::span<const std::string> words, std::ostream& out, std::ostream& err) {
  const Result<Arguments> arguments = ParseArguments(words, {});
  if (!arguments.ok() || !arguments->operands.empty()) {
    err << "berth version: takes no arguments\n";
    return kWrongUse;
  }
  const observe::BuildInfo build = ThisBuild();
  out << "berth " << build.version << " (revision " << build.revision << ", " << build.compiler
      << ")\n";
  return kDone;
}

}  // namespace berth::app
