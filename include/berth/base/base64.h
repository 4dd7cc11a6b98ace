#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth {

// Standard alphabet with padding; white space is skipped. nullopt: malformed.
std::optional<std::string> DecodeBase64(std::string_view text);

std::string EncodeBase64(std::string_view bytes);

}  // namespace berth
