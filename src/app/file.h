// Files named on the command line.
#pragma once

#include <string>

#include "berth/base/result.h"

namespace berth::app {

// The whole file, or of standard input for "-". The Error names the file and what the system said.
Result<std::string> ReadFile(const std::string& path);

}  // namespace berth::app
