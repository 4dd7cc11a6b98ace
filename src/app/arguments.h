// The command line: each command lists its flags once, for parsing and for help.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/result.h"

namespace berth::app {

struct Flag {
  std::string_view name;   // "--config"
  std::string_view value;  // what it takes: "FILE"; empty: nothing, it is there or not
  std::string_view help;
  bool repeats = false;  // may be given more than once; the values are joined by commas
};

struct Arguments {
  std::map<std::string, std::string, std::less<>> flags;
  std::vector<std::string> operands;
  bool help = false;  // --help or -h was given

  // nullopt when the flag was not given.
  std::optional<std::string> Get(std::string_view flag) const;
  bool Has(std::string_view flag) const { return flags.contains(flag); }
};

// "--flag VALUE" and "--flag=VALUE" anywhere, operands between them, "--" ends flags.
// kInvalidArgument names what is unknown, missing or given twice, and the flags there are.
Result<Arguments> ParseArguments(std::span<const std::string> words, std::span<const Flag> flags);

// One line per flag, lined up.
std::string FlagHelp(std::span<const Flag> flags);

}  // namespace berth::app
