#include "arguments.h"

#include <algorithm>

#include <fmt/format.h>

namespace berth::app {
namespace {

std::string Known(std::span<const Flag> flags) {
  std::string known;
  for (const Flag& flag : flags) {
    known += known.empty() ? "" : ", ";
    known += flag.name;
  }
  return known.empty() ? "none" : known;
}

std::string WordsOf(const Flag& flag) {
  return flag.value.empty() ? std::string(flag.name) : fmt::format("{} {}", flag.name, flag.value);
}

}  // namespace

std::optional<std::string> Arguments::Get(std::string_view flag) const {
  const auto at = flags.find(flag);
  return at == flags.end() ? std::nullopt : std::optional(at->second);
}

Result<Arguments> ParseArguments(std::span<const std::string> words, std::span<const Flag> flags) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--") {
      arguments.operands.insert(arguments.operands.end(),
                                words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
      break;
    }
    if (word == "--help" || word == "-h") {
      arguments.help = true;
      continue;
    }
    if (!word.starts_with("-") || word == "-") {
      arguments.operands.push_back(word);
      continue;
    }
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const auto flag = std::ranges::find(flags, name, &Flag::name);
    if (flag == flags.end()) {
      return InvalidArgument(fmt::format("unknown flag {}; known: {}", name, Known(flags)));
    }
    const bool is_switch = flag->value.empty();
    if (is_switch && equals != std::string::npos) {
      return InvalidArgument(fmt::format("{} takes no value", name));
    }
    if (!is_switch && equals == std::string::npos && i + 1 == words.size()) {
      return InvalidArgument(fmt::format("{} needs a value", name));
    }
    const std::string value = is_switch                     ? ""
                              : equals == std::string::npos ? words[++i]
                                                            : word.substr(equals + 1);
    const auto [given, is_first] = arguments.flags.emplace(name, value);
    if (!is_first && !flag->repeats) {
      return InvalidArgument(fmt::format("{} is given twice", name));
    }
    if (!is_first) {
      given->second += "," + value;
    }
  }
  return arguments;
}

std::string FlagHelp(std::span<const Flag> flags) {
  std::size_t width = 0;
  for (const Flag& flag : flags) {
    width = std::max(width, WordsOf(flag).size());
  }
  std::string help;
  for (const Flag& flag : flags) {
    help += fmt::format("  {:<{}}  {}\n", WordsOf(flag), width, flag.help);
  }
  return help;
}

}  // namespace berth::app
