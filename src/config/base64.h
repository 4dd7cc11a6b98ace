#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth::config {

// Standard alphabet with padding; white space is skipped. nullopt: malformed.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace berth::config
