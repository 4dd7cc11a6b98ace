// Small readings of text that several sources share.
#pragma once

#include <optional>
#include <string_view>

namespace berth::inventory {

// Without white space around it.
std::string_view Trimmed(std::string_view text);

// What follows the prefix; nullopt: it does not begin so.
std::optional<std::string_view> After(std::string_view text, std::string_view prefix);

}  // namespace berth::inventory
