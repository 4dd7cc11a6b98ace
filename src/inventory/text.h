// Small readings of text that several sources share.
#pragma once

#include <optional>
#include <string_view>

#include "berth/base/clock.h"

namespace berth::inventory {

// Without white space around it.
std::string_view Trimmed(std::string_view text);

// What follows the prefix; nullopt: it does not begin so.
std::optional<std::string_view> After(std::string_view text, std::string_view prefix);

// "2026-11-24T05:20:31Z", with a fraction or an offset from UTC too; nullopt: it is none.
std::optional<WallTime> ParseRfc3339(std::string_view text);

}  // namespace berth::inventory
