// Files named on the command line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "berth/base/result.h"

namespace berth::app {

// The whole file, or of standard input for "-". The Error names the file and what the system said.
Result<std::string> ReadFile(const std::string& path);

// What to call the file in a message.
std::string NameOf(const std::string& path);

// At most the first `max_bytes` of a regular file; kInvalidArgument for anything else, which might
// never end or never answer.
Result<std::string> ReadRegularFile(const std::string& path, std::size_t max_bytes);

// In place of what was there. The Error names the file and what the system said.
Status WriteFile(const std::string& path, std::string_view text);

}  // namespace berth::app
