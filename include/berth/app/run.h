// The program `berth`.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace berth::app {

// Exit codes.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUse = 2;  // command line, configuration or file that makes no sense

// `arguments` without the program's name. `serve` returns after SIGTERM or SIGINT.
int Run(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err);

}  // namespace berth::app
